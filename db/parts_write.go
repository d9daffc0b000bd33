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
// changed is changed on the project's issues too, which are told as changed by the run: Jira does not
// move their `updated`.
func (s *Store) SaveParts(ctx context.Context, l Lease, syncID int64, project ProjectRow, versions []VersionRow, components []ComponentRow) error {
	return s.underFence(ctx, l, "save the versions and components of "+project.Key, func(tx pgx.Tx) error {
		var renamed renamedIssues
		ofVersions, err := saveVersions(ctx, tx, l.InstanceID, project.ID, versions, &renamed)
		if err != nil {
			return fmt.Errorf("versions: %w", err)
		}
		ofComponents, err := saveComponents(ctx, tx, l.InstanceID, project.ID, components, &renamed)
		if err != nil {
			return fmt.Errorf("components: %w", err)
		}
		if ofVersions+ofComponents == 0 {
			return nil
		}
		if _, _, err := raiseVersions(ctx, tx, l.InstanceID, []touchedProject{{project.ID, project.Key, project.Name}}); err != nil {
			return err
		}
		return renamed.tell(ctx, tx, l.InstanceID, syncID)
	})
}

func saveVersions(ctx context.Context, tx pgx.Tx, instance int, project int64, versions []VersionRow, renamed *renamedIssues) (int64, error) {
	ids, names := make([]int64, len(versions)), make([]string, len(versions))
	for i, v := range versions {
		ids[i], names[i] = v.ID, *storable(&v.Name)
	}
	if err := renameParts(ctx, tx, instance, project, renamed, "jira_versions", "version_id", ids, names, "fix_versions", "affects_versions"); err != nil {
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

// renameParts writes the names that have changed of a project's versions or components, as these ids
// and names are now, into the columns of its issues, and notes those. The table still has the old names.
func renameParts(ctx context.Context, tx pgx.Tx, instance int, project int64, issues *renamedIssues, table, id string, ids []int64, names []string, columns ...string) error {
	rows, _ := tx.Query(ctx, fmt.Sprintf(`
SELECT p.name AS "Old", l.name AS "New"
FROM unnest($3::bigint[], $4::text[]) AS l (id, name)
JOIN jira_sync.%s p ON p.instance_id = $1 AND p.%s = l.id AND p.project_id = $2 AND p.name <> l.name`, table, id),
		instance, project, ids, names)
	renamed, err := pgx.CollectRows(rows, pgx.RowToStructByName[struct{ Old, New string }])
	if err != nil || len(renamed) == 0 {
		return err
	}
	if err := (pageWay{alone: true}).keepOthersOut(ctx, tx, instance); err != nil {
		return err
	}
	var was, is []string
	for _, r := range renamed {
		was, is = append(was, r.Old), append(is, r.New)
	}
	for _, column := range columns {
		rows, _ := tx.Query(ctx, fmt.Sprintf(`
UPDATE jira_sync.jira_issues i
SET synced_at = now(), %[1]s = ARRAY(SELECT coalesce(r.is_now, n.name) FROM unnest(i.%[1]s) WITH ORDINALITY AS n (name, place)
                  LEFT JOIN unnest($3::text[], $4::text[]) AS r (was, is_now) ON r.was = n.name ORDER BY n.place)
WHERE i.instance_id = $1 AND i.project_id = $2 AND i.%[1]s && $3
RETURNING i.jira_id, i.deleted_at IS NULL`, column), instance, project, was, is)
		if err := issues.read(rows); err != nil {
			return err
		}
	}
	return nil
}

func saveComponents(ctx context.Context, tx pgx.Tx, instance int, project int64, components []ComponentRow, renamed *renamedIssues) (int64, error) {
	ids, names := make([]int64, len(components)), make([]string, len(components))
	for i, c := range components {
		ids[i], names[i] = c.ID, *storable(&c.Name)
	}
	if err := renameParts(ctx, tx, instance, project, renamed, "jira_components", "component_id", ids, names, "components"); err != nil {
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
