package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// VersionRow and ComponentRow are entries of a project's dictionaries.
type (
	VersionRow struct {
		ID                 int64
		Name               string
		Description        *string
		Released, Archived bool
		StartOn, ReleaseOn *time.Time
	}
	ComponentRow struct {
		ID          int64
		Name        string
		Description *string
		LeadID      *string
	}
)

// SaveParts makes a project's versions and components agree with what Jira lists. A name that has
// changed is changed on the project's issues too: Jira does not move their `updated`.
func (s *Store) SaveParts(ctx context.Context, l Lease, project ProjectRow, versions []VersionRow, components []ComponentRow) error {
	return s.underFence(ctx, l, "save the versions and components of "+project.Key, func(tx pgx.Tx) error {
		ofVersions, err := saveVersions(ctx, tx, l.InstanceID, project.ID, versions)
		if err != nil {
			return fmt.Errorf("versions: %w", err)
		}
		ofComponents, err := saveComponents(ctx, tx, l.InstanceID, project.ID, components)
		if err != nil {
			return fmt.Errorf("components: %w", err)
		}
		if ofVersions+ofComponents == 0 {
			return nil
		}
		_, _, err = raiseVersions(ctx, tx, l.InstanceID, []touchedProject{{project.ID, project.Key, project.Name}})
		return err
	})
}

func saveVersions(ctx context.Context, tx pgx.Tx, instance int, project int64, versions []VersionRow) (int64, error) {
	ids, names := make([]int64, len(versions)), make([]string, len(versions))
	for i, v := range versions {
		ids[i], names[i] = v.ID, *storable(&v.Name)
	}
	renamed, err := renamedParts(ctx, tx, `
SELECT v.name AS "Old", l.name AS "New"
FROM unnest($3::bigint[], $4::text[]) AS l (id, name)
JOIN jira_sync.jira_versions v ON v.instance_id = $1 AND v.version_id = l.id AND v.project_id = $2 AND v.name <> l.name`,
		instance, project, ids, names)
	if err != nil {
		return 0, err
	}
	if err := renamed.onIssues(ctx, tx, instance, project, "fix_versions", "affects_versions"); err != nil {
		return 0, err
	}
	batch := &pgx.Batch{}
	for _, v := range versions {
		batch.Queue(`
INSERT INTO jira_sync.jira_versions AS v (instance_id, version_id, project_id, name, description, released, archived, start_date, release_date)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (instance_id, version_id) DO UPDATE
SET project_id = excluded.project_id, name = excluded.name, description = excluded.description, released = excluded.released,
    archived = excluded.archived, start_date = excluded.start_date, release_date = excluded.release_date
WHERE (v.project_id, v.name, v.description, v.released, v.archived, v.start_date, v.release_date) IS DISTINCT FROM
      (excluded.project_id, excluded.name, excluded.description, excluded.released, excluded.archived, excluded.start_date, excluded.release_date)`,
			instance, v.ID, project, *storable(&v.Name), storable(v.Description), v.Released, v.Archived, v.StartOn, v.ReleaseOn)
	}
	batch.Queue(`
DELETE FROM jira_sync.jira_versions WHERE instance_id = $1 AND project_id = $2 AND version_id <> ALL($3)`, instance, project, ids)
	return affected(ctx, tx, batch)
}

// newNames are the names that have changed of a project's versions or components.
type newNames struct{ old, new []string }

func renamedParts(ctx context.Context, tx pgx.Tx, query string, args ...any) (names newNames, err error) {
	rows, _ := tx.Query(ctx, query, args...)
	renamed, err := pgx.CollectRows(rows, pgx.RowToStructByName[struct{ Old, New string }])
	for _, r := range renamed {
		names.old, names.new = append(names.old, r.Old), append(names.new, r.New)
	}
	return names, err
}

// onIssues writes the new names into these columns of the project's issues.
func (n newNames) onIssues(ctx context.Context, tx pgx.Tx, instance int, project int64, columns ...string) error {
	if len(n.old) == 0 {
		return nil
	}
	if err := (pageWay{alone: true}).keepOthersOut(ctx, tx, instance); err != nil {
		return err
	}
	for _, column := range columns {
		if _, err := tx.Exec(ctx, fmt.Sprintf(`
UPDATE jira_sync.jira_issues i
SET %[1]s = ARRAY(SELECT coalesce(r.new, n.name) FROM unnest(i.%[1]s) WITH ORDINALITY AS n (name, place)
                  LEFT JOIN unnest($3::text[], $4::text[]) AS r (old, new) ON r.old = n.name ORDER BY n.place)
WHERE i.instance_id = $1 AND i.project_id = $2 AND i.%[1]s && $3`, column), instance, project, n.old, n.new); err != nil {
			return err
		}
	}
	return nil
}

func saveComponents(ctx context.Context, tx pgx.Tx, instance int, project int64, components []ComponentRow) (int64, error) {
	ids, names := make([]int64, len(components)), make([]string, len(components))
	for i, c := range components {
		ids[i], names[i] = c.ID, *storable(&c.Name)
	}
	renamed, err := renamedParts(ctx, tx, `
SELECT c.name AS "Old", l.name AS "New"
FROM unnest($3::bigint[], $4::text[]) AS l (id, name)
JOIN jira_sync.jira_components c ON c.instance_id = $1 AND c.component_id = l.id AND c.project_id = $2 AND c.name <> l.name`,
		instance, project, ids, names)
	if err != nil {
		return 0, err
	}
	if err := renamed.onIssues(ctx, tx, instance, project, "components"); err != nil {
		return 0, err
	}
	batch := &pgx.Batch{}
	for _, c := range components {
		batch.Queue(`
INSERT INTO jira_sync.jira_components AS c (instance_id, component_id, project_id, name, description, lead_id)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (instance_id, component_id) DO UPDATE
SET project_id = excluded.project_id, name = excluded.name, description = excluded.description, lead_id = excluded.lead_id
WHERE (c.project_id, c.name, c.description, c.lead_id) IS DISTINCT FROM
      (excluded.project_id, excluded.name, excluded.description, excluded.lead_id)`,
			instance, c.ID, project, *storable(&c.Name), storable(c.Description), c.LeadID)
	}
	batch.Queue(`
DELETE FROM jira_sync.jira_components WHERE instance_id = $1 AND project_id = $2 AND component_id <> ALL($3)`, instance, project, ids)
	return affected(ctx, tx, batch)
}

// SprintWitnesses returns an issue each for up to limit sprints that are not closed, the newest
// sprints first: what Jira says of a sprint, it says in every issue that is in it.
func (s *Store) SprintWitnesses(ctx context.Context, instance, limit int) ([]int64, error) {
	rows, _ := s.pool.Query(ctx, `
SELECT DISTINCT w.jira_id
FROM (SELECT min(i.jira_id) AS jira_id
      FROM jira_sync.jira_issues i, unnest(i.sprint_ids) AS u (sprint_id)
      JOIN jira_sync.jira_sprints s ON s.instance_id = $1 AND s.sprint_id = u.sprint_id AND lower(s.state) <> 'closed'
      WHERE i.instance_id = $1 AND i.deleted_at IS NULL AND i.sprint_ids <> '{}'
      GROUP BY u.sprint_id
      ORDER BY u.sprint_id DESC
      LIMIT $2) w
ORDER BY w.jira_id`, instance, limit)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("choose issues of the open sprints of instance %d: %w", instance, err)
	}
	return ids, nil
}
