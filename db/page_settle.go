package db

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// maxPayload bounds what is kept of an item that could not be stored.
const maxPayload = 1 << 20

// settleErrors puts the page's failures into sync_errors, one open row an item, and closes the
// rows of items that passed this time.
func settleErrors(ctx context.Context, tx pgx.Tx, instance int, p Page, failed []BrokenItem) error {
	batch := &pgx.Batch{}
	passed := make([]int64, 0, len(p.Issues))
	for i := range p.Issues {
		id := p.Issues[i].JiraID
		if !slices.ContainsFunc(failed, func(f BrokenItem) bool { return f.JiraID == id }) {
			passed = append(passed, id)
		}
	}
	if len(passed) > 0 {
		batch.Queue(`
UPDATE jira_sync.sync_errors SET resolved_at = now()
WHERE instance_id = $1 AND jira_id = ANY($2) AND resolved_at IS NULL`, instance, passed)
	}
	for _, f := range failed {
		payload := string(f.Payload[:min(len(f.Payload), maxPayload)])
		batch.Queue(`
INSERT INTO jira_sync.sync_errors AS e (sync_id, instance_id, jira_id, issue_key, project_key, stage, message, payload)
VALUES ($1, $2, $3, nullif($4, ''), nullif($5, ''), $6, $7, nullif($8, ''))
ON CONFLICT (instance_id, jira_id) WHERE resolved_at IS NULL DO UPDATE
SET sync_id = excluded.sync_id, issue_key = coalesce(excluded.issue_key, e.issue_key),
    project_key = coalesce(excluded.project_key, e.project_key), stage = excluded.stage, message = excluded.message,
    payload = coalesce(excluded.payload, e.payload),
    attempts = e.attempts + 1, last_at = now()`,
			p.SyncID, instance, f.JiraID, *storable(&f.Key), *storable(&f.Project), f.Stage, *storable(&f.Message), *storable(&payload))
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("settle the errors: %w", err)
	}
	return nil
}

// raiseVersions makes every cached answer about the projects old and tells all servers, in the
// transaction that changes their data. It comes last: the row locks it takes end with the commit.
func raiseVersions(ctx context.Context, tx pgx.Tx, instance int, touched []touchedProject) (int64, map[int64]int64, error) {
	if len(touched) == 0 {
		return 0, nil, nil
	}
	var version int64
	if err := tx.QueryRow(ctx, `
UPDATE jira_sync.jira_instances SET version = version + 1 WHERE instance_id = $1 RETURNING version`,
		instance).Scan(&version); err != nil {
		return 0, nil, fmt.Errorf("raise the version of instance %d: %w", instance, err)
	}
	projects, joined, err := raiseProjects(ctx, tx, instance, touched)
	if err != nil {
		return 0, nil, err
	}
	if joined {
		if err := raiseSet(ctx, tx, instance); err != nil {
			return 0, nil, err
		}
	}
	notice := Notice{Kind: NoticeVersions, InstanceID: instance, Version: version, Projects: projects}
	if len(projects) > 200 || joined { // a notice is bounded to 8,000 bytes; the listener then reads the versions
		notice.Projects = nil
	}
	return version, projects, notify(ctx, tx, notice)
}

// raiseProjects raises the versions of projects and tells whether one has joined: a project that
// discovery has not seen yet comes with its first issue. The rows are locked in the order of touched,
// which is the same for every page.
func raiseProjects(ctx context.Context, tx pgx.Tx, instance int, touched []touchedProject) (map[int64]int64, bool, error) {
	ids, keys, names := make([]int64, len(touched)), make([]string, len(touched)), make([]string, len(touched))
	for n, p := range touched {
		ids[n], keys[n], names[n] = p.ID, p.Key, strings.TrimSpace(p.Name)
	}
	rows, _ := tx.Query(ctx, `
INSERT INTO jira_sync.jira_projects AS p (instance_id, project_id, project_key, name, version, last_synced_at)
SELECT $1, t.id, t.key, t.name, 1, now()
FROM unnest($2::bigint[], $3::text[], $4::text[]) WITH ORDINALITY AS t (id, key, name, place)
ORDER BY t.place
ON CONFLICT (instance_id, project_id) DO UPDATE SET version = p.version + 1, last_synced_at = now()
RETURNING project_id, version, xmax = 0`, instance, ids, keys, names)
	raised, joined := make(map[int64]int64, len(touched)), false
	var id, version int64
	var isNew bool
	_, err := pgx.ForEachRow(rows, []any{&id, &version, &isNew}, func() error {
		raised[id], joined = version, joined || isNew
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("raise the versions of %d projects: %w", len(touched), err)
	}
	return raised, joined, nil
}

// raiseSet makes answers old that depend on which projects there are. The instance's own version is
// raised in the same transaction.
func raiseSet(ctx context.Context, tx pgx.Tx, instance int) error {
	_, err := tx.Exec(ctx, `UPDATE jira_sync.jira_instances SET listed = listed + 1 WHERE instance_id = $1`, instance)
	if err != nil {
		return fmt.Errorf("raise the version of the set of projects: %w", err)
	}
	return nil
}
