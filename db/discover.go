package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ProjectRow is a project as Jira lists it.
type ProjectRow struct {
	ID        int64
	Key, Name string
	LeadID    *string
	Category  *string
	Archived  bool
	Previous  []string // keys it had before, as the mirror knows them
}

// SaveProjects makes jira_projects agree with what Jira lists. A project that is not listed any
// more stays, marked as not visible: its issues are for the census to judge. One that goes by
// another key takes its issues along; those of other projects that name them are told as changed by
// the run.
func (s *Store) SaveProjects(ctx context.Context, l Lease, syncID int64, projects []ProjectRow) error {
	return s.discoverNames(ctx, l, syncID, "projects", func(tx pgx.Tx, issues *renamedIssues) (changed int64, err error) {
		known, err := projectsOf(ctx, tx, l.InstanceID, true)
		if err != nil || sameProjects(known, projects) {
			return 0, err
		}
		if err := (pageWay{alone: true}).keepOthersOut(ctx, tx, l.InstanceID); err != nil {
			return 0, err
		}
		// Who raises versions takes the instance's before those of its projects.
		if _, err := tx.Exec(ctx, `SELECT FROM jira_sync.jira_instances WHERE instance_id = $1 FOR UPDATE`, l.InstanceID); err != nil {
			return 0, err
		}
		if err := raiseSet(ctx, tx, l.InstanceID); err != nil {
			return 0, err
		}
		renamed, err := renamedProjects(ctx, tx, l.InstanceID, projects)
		if err != nil {
			return 0, err
		}
		for _, p := range renamed {
			if err := renameIssues(ctx, tx, l.InstanceID, p, issues); err != nil {
				return 0, err
			}
		}
		ids := make([]int64, len(projects))
		batch := &pgx.Batch{}
		for i, p := range projects {
			ids[i] = p.ID
			batch.Queue(`
INSERT INTO jira_sync.jira_projects AS p (instance_id, project_id, project_key, name, lead_id, category, archived)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (instance_id, project_id) DO UPDATE
SET previous_keys = CASE WHEN p.project_key = excluded.project_key THEN p.previous_keys
                    ELSE array_append(array_remove(array_remove(p.previous_keys, p.project_key), excluded.project_key), p.project_key) END,
    project_key = excluded.project_key, name = excluded.name, lead_id = excluded.lead_id,
    category = excluded.category, archived = excluded.archived, visible = true
WHERE (p.project_key, p.name, p.lead_id, p.category, p.archived, p.visible)
   IS DISTINCT FROM (excluded.project_key, excluded.name, excluded.lead_id, excluded.category, excluded.archived, true)`,
				l.InstanceID, p.ID, p.Key, p.Name, p.LeadID, p.Category, p.Archived)
		}
		batch.Queue(`
UPDATE jira_sync.jira_projects SET visible = false
WHERE instance_id = $1 AND visible AND project_id <> ALL($2)`, l.InstanceID, ids)
		return affected(ctx, tx, batch)
	})
}

// sameProjects reports whether Jira lists what is known.
func sameProjects(known, listed []ProjectRow) bool {
	byID := make(map[int64]ProjectRow, len(known))
	for _, p := range known {
		byID[p.ID] = p
	}
	return len(known) == len(listed) && !slices.ContainsFunc(listed, func(p ProjectRow) bool {
		k, there := byID[p.ID]
		return !there || k.Key != p.Key || k.Name != p.Name || k.Archived != p.Archived ||
			!sameText(k.LeadID, p.LeadID) || !sameText(k.Category, p.Category)
	})
}

func sameText(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

// StatusRow, PriorityRow and TypeRow are entries of an instance's dictionaries.
type (
	StatusRow   struct{ ID, Name, Category string }
	PriorityRow struct {
		ID, Name string
		Rank     int // 1 is the most urgent
	}
	TypeRow struct {
		ID, Name string
		Subtask  bool
		IconURL  *string
	}
)

// Dictionaries are the names that issues refer to by id.
type Dictionaries struct {
	Statuses   []StatusRow
	Priorities []PriorityRow
	Types      []TypeRow
}

// SaveDictionaries stores the names and, where one is new or has changed, writes it on every issue
// that bears it, which the run is told to have changed: a rename in Jira touches no issue's `updated`.
func (s *Store) SaveDictionaries(ctx context.Context, l Lease, syncID int64, d Dictionaries) error {
	return s.discoverNames(ctx, l, syncID, "dictionaries", func(tx pgx.Tx, issues *renamedIssues) (int64, error) {
		renames, err := saveNames(ctx, tx, l.InstanceID, d, issues)
		if err != nil || renames.Len() == 0 {
			return 0, err
		}
		// Pages write the same issues, in an order of their own.
		if err := (pageWay{alone: true}).keepOthersOut(ctx, tx, l.InstanceID); err != nil {
			return 0, err
		}
		if err := tx.SendBatch(ctx, renames).Close(); err != nil {
			return 0, err
		}
		return int64(renames.Len()), nil
	})
}

// saveNames stores the names and returns what is to be written on the issues that bear a new one,
// which notes them.
func saveNames(ctx context.Context, tx pgx.Tx, instance int, d Dictionaries, issues *renamedIssues) (renames *pgx.Batch, err error) {
	renames = &pgx.Batch{}
	isNew := func(onIssues string, args ...any) func(pgconn.CommandTag) error {
		return func(tag pgconn.CommandTag) error {
			if tag.RowsAffected() > 0 {
				renames.Queue(onIssues+" RETURNING jira_id, deleted_at IS NULL", args...).Query(issues.read)
			}
			return nil
		}
	}
	names := &pgx.Batch{}
	for _, st := range d.Statuses {
		names.Queue(`
INSERT INTO jira_sync.jira_statuses AS s (instance_id, status_id, name, category) VALUES ($1, $2, $3, $4)
ON CONFLICT (instance_id, status_id) DO UPDATE SET name = excluded.name, category = excluded.category
WHERE (s.name, s.category) IS DISTINCT FROM (excluded.name, excluded.category)`,
			instance, st.ID, st.Name, st.Category).Exec(isNew(`
UPDATE jira_sync.jira_issues SET status = $3, status_category = $4, synced_at = now()
WHERE instance_id = $1 AND status_id = $2 AND (status, status_category) IS DISTINCT FROM ($3, $4)`,
			instance, st.ID, st.Name, st.Category))
	}
	for _, p := range d.Priorities {
		names.Queue(`
INSERT INTO jira_sync.jira_priorities AS p (instance_id, priority_id, name, rank) VALUES ($1, $2, $3, $4)
ON CONFLICT (instance_id, priority_id) DO UPDATE SET name = excluded.name, rank = excluded.rank
WHERE (p.name, p.rank) IS DISTINCT FROM (excluded.name, excluded.rank)`,
			instance, p.ID, p.Name, p.Rank).Exec(isNew(`
UPDATE jira_sync.jira_issues SET priority = $3, priority_rank = $4, synced_at = now()
WHERE instance_id = $1 AND priority_id = $2 AND (priority, priority_rank) IS DISTINCT FROM ($3, $4)`,
			instance, p.ID, p.Name, p.Rank))
	}
	for _, t := range d.Types {
		names.Queue(`
INSERT INTO jira_sync.jira_issue_types AS t (instance_id, type_id, name, subtask, icon_url) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (instance_id, type_id) DO UPDATE SET name = excluded.name, subtask = excluded.subtask, icon_url = excluded.icon_url
WHERE (t.name, t.subtask, t.icon_url) IS DISTINCT FROM (excluded.name, excluded.subtask, excluded.icon_url)`,
			instance, t.ID, t.Name, t.Subtask, t.IconURL).Exec(isNew(`
UPDATE jira_sync.jira_issues SET issue_type = $3, synced_at = now()
WHERE instance_id = $1 AND type_id = $2 AND issue_type IS DISTINCT FROM $3`,
			instance, t.ID, t.Name))
	}
	return renames, tx.SendBatch(ctx, names).Close()
}

// discover runs a change of dictionaries under the fence. Names stand in answers about any issue, so
// a change makes every answer about the instance old.
func (s *Store) discover(ctx context.Context, l Lease, what string, change func(pgx.Tx) (int64, error)) error {
	return s.discoverNames(ctx, l, 0, what, func(tx pgx.Tx, _ *renamedIssues) (int64, error) { return change(tx) })
}

// discoverNames is discover for names that stand on the issues themselves: the run tells of those that
// the change notes.
func (s *Store) discoverNames(ctx context.Context, l Lease, syncID int64, what string, change func(pgx.Tx, *renamedIssues) (int64, error)) error {
	err := s.pool.change(ctx, func(tx pgx.Tx) error {
		if err := holdFence(ctx, tx, l.InstanceID, l.Fence); err != nil {
			return err
		}
		var issues renamedIssues
		changed, err := change(tx, &issues)
		if err != nil || changed == 0 {
			return err
		}
		if err := raiseAllVersions(ctx, tx, l.InstanceID); err != nil {
			return err
		}
		return issues.tell(ctx, tx, l.InstanceID, syncID)
	})
	if err != nil {
		return fmt.Errorf("save the %s of instance %d: %w", what, l.InstanceID, err)
	}
	return nil
}

func raiseAllVersions(ctx context.Context, tx pgx.Tx, instance int) error {
	notice := Notice{Kind: NoticeVersions, InstanceID: instance} // without projects: read them all
	if err := tx.QueryRow(ctx, `
UPDATE jira_sync.jira_instances SET version = version + 1 WHERE instance_id = $1 RETURNING version`,
		instance).Scan(&notice.Version); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE jira_sync.jira_projects SET version = version + 1 WHERE instance_id = $1`, instance); err != nil {
		return err
	}
	return notify(ctx, tx, notice)
}

// affected sends a batch and sums the rows it changed.
func affected(ctx context.Context, tx pgx.Tx, batch *pgx.Batch) (changed int64, err error) {
	results := tx.SendBatch(ctx, batch)
	for range batch.Len() {
		tag, err := results.Exec()
		if err != nil {
			_ = results.Close() // the first error is the one to tell
			return 0, err
		}
		changed += tag.RowsAffected()
	}
	return changed, results.Close()
}
