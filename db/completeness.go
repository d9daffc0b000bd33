package db

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"jirasync/query"
)

// ProjectCompleteness holds one project of the mirror against Jira.
type ProjectCompleteness struct {
	Project      *Project
	Mirrored     int        // live issues in the mirror
	Jira         *int       // its own count at the last census, an estimate on Cloud; nil: it gave none
	Missing      int        // shown by the last census and not in the mirror when it ended
	Extra        int        // in the mirror and not shown by it: suspects, or removals that want a word
	Stopped      bool       // the last census would have removed so much that it removed nothing
	CheckedAt    *time.Time // of the last census
	CompleteAsOf *time.Time // nil: the project was never read to its end
}

// mostCompleteness is how many projects are held against Jira in one answer.
const mostCompleteness = 10_000

const completenessSQL = `
LEFT JOIN jira_sync.sync_census c ON c.instance_id = p.instance_id AND c.project_id = p.project_id
LEFT JOIN jira_sync.sync_checkpoints w ON w.instance_id = p.instance_id AND w.project_id = p.project_id AND w.kind = 'FULL'
CROSS JOIN LATERAL (
    SELECT count(*) AS live FROM jira_sync.jira_issues i
    WHERE i.instance_id = p.instance_id AND i.project_id = p.project_id AND i.deleted_at IS NULL
) m
WHERE n.configured AND (p.visible OR m.live > 0) AND (w.watermark IS NOT NULL OR m.live > 0)`

// Completeness returns the projects of an instance, or of all for an empty name, in order of
// instance and key.
func (s *Store) Completeness(ctx context.Context, scope query.Scope, instance string) ([]ProjectCompleteness, error) {
	args := query.NewRows(instance)
	var all []ProjectCompleteness
	err := s.read(ctx, readStatement{
		Statement: query.Statement{SQL: `SELECT ` + projectColumns + `,
    m.live, c.jira_count, coalesce(c.missing, 0), coalesce(c.extra, 0), coalesce(c.stopped, false), c.checked_at,
    CASE WHEN p.complete_as_of IS NOT NULL THEN nullif(p.complete_as_of, '-infinity')
         WHEN w.watermark IS NOT NULL THEN greatest(n.complete_as_of, n.reached_as_of) END
FROM jira_sync.jira_projects p` + projectJoins + completenessSQL + `
  AND ($1 = '' OR n.name = $1) AND ` + args.Scope(scope, "p") + `
ORDER BY p.instance_id, p.project_key
LIMIT ` + strconv.Itoa(mostCompleteness+1), Args: args.Args()},
		rows: func(rows pgx.Rows) error {
			for rows.Next() {
				var p projectScan
				var c ProjectCompleteness
				if err := rows.Scan(append(p.targets(), &c.Mirrored, &c.Jira, &c.Missing, &c.Extra, &c.Stopped, &c.CheckedAt, &c.CompleteAsOf)...); err != nil {
					return err
				}
				c.Project = p.project()
				all = append(all, c)
			}
			return rows.Err()
		},
	})
	if err != nil {
		return nil, fmt.Errorf("read how complete the mirror is: %w", err)
	}
	if len(all) > mostCompleteness {
		return nil, &query.LimitError{What: "projects", Got: len(all), Limit: mostCompleteness}
	}
	return all, nil
}

// InstanceFigures are what an operator watches of an instance.
type InstanceFigures struct {
	Name         string     `db:"name"`
	CompleteAsOf *time.Time `db:"complete_as_of"`
	Missing      int        `db:"missing"`
	Extra        int        `db:"extra"`
	Unlisted     int        `db:"unlisted"` // counted by Jira, and not shown by the last census
	Stopped      int        `db:"stopped"`  // projects whose census waits for a word
	Errors       int        `db:"errors"`   // items that could not be stored
	Webhooks     int        `db:"webhooks"` // that wait
}

// Figures returns the figures of every configured instance.
func (s *Store) Figures(ctx context.Context) ([]InstanceFigures, error) {
	rows, _ := s.reads.Query(ctx, `
SELECT n.name, n.complete_as_of,
       (SELECT coalesce(sum(c.missing), 0)::int FROM jira_sync.sync_census c WHERE c.instance_id = n.instance_id) AS missing,
       (SELECT coalesce(sum(c.extra), 0)::int FROM jira_sync.sync_census c WHERE c.instance_id = n.instance_id) AS extra,
       (SELECT coalesce(sum(c.unlisted), 0)::int FROM jira_sync.sync_census c WHERE c.instance_id = n.instance_id) AS unlisted,
       (SELECT count(*)::int FROM jira_sync.sync_census c WHERE c.instance_id = n.instance_id AND c.stopped) AS stopped,
       (SELECT count(*)::int FROM jira_sync.sync_errors e WHERE e.instance_id = n.instance_id AND e.resolved_at IS NULL) AS errors,
       (SELECT count(*)::int FROM jira_sync.sync_webhooks w WHERE w.instance_id = n.instance_id AND w.fetched_at IS NULL) AS webhooks
FROM jira_sync.jira_instances n
WHERE n.configured
ORDER BY n.instance_id`)
	figures, err := pgx.CollectRows(rows, pgx.RowToStructByName[InstanceFigures])
	if err != nil {
		return nil, fmt.Errorf("read the figures of the instances: %w", err)
	}
	return figures, nil
}
