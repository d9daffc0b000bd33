package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"jirasync/cache"
	"jirasync/query"
)

// Instances returns the configured instances in order of their number. The answer depends on the set
// too: another may join them.
func (s *Store) Instances(ctx context.Context) ([]*Instance, error) {
	found, set, err := s.instances(ctx, "n.configured")
	if err == nil {
		cache.Depend(ctx, ProjectsTag, set)
	}
	return found, err
}

// InstancesByID finds instances, configured or not, at the places of their numbers; nil where there
// is none, as yet.
func (s *Store) InstancesByID(ctx context.Context, ids []int) ([]*Instance, error) {
	found, set, err := s.instances(ctx, "n.instance_id = ANY($1)", ids)
	if err != nil {
		return nil, err
	}
	at := make([]*Instance, len(ids))
	for n, id := range ids {
		for _, in := range found {
			if in.InstanceID == id {
				at[n] = in
			}
		}
		if at[n] == nil {
			cache.Depend(ctx, ProjectsTag, set)
		}
	}
	return at, nil
}

// instances finds those that meet a condition on n, and the version of the set.
func (s *Store) instances(ctx context.Context, where string, args ...any) (found []*Instance, set int64, err error) {
	sql := `
SELECT s.version, n.instance_id, n.version, n.name, n.url, n.kind
FROM (SELECT ` + query.SetVersion + ` AS version FROM jira_sync.jira_instances n) s
LEFT JOIN jira_sync.jira_instances n ON ` + where + `
ORDER BY n.instance_id`
	err = s.read(ctx, readStatement{Statement: query.Statement{SQL: sql, Args: args}, rows: func(rows pgx.Rows) error {
		for rows.Next() {
			var id *int
			var version *int64
			var in instanceRow
			if err := rows.Scan(&set, &id, &version, &in.name, &in.url, &in.kind); err != nil {
				return err
			}
			if id != nil {
				cache.Depend(ctx, InstanceTag(*id), or(version, 0))
				found = append(found, in.instance(*id))
			}
		}
		return nil
	}})
	if err != nil {
		return nil, 0, fmt.Errorf("read the instances: %w", err)
	}
	return found, set, nil
}

// InstanceStates returns what is known of each of some instances now. It is no part of a version:
// an answer with it is not to be kept.
func (s *Store) InstanceStates(ctx context.Context, ids []int) (map[int]InstanceState, error) {
	const sql = `
SELECT instance_id, reachable, last_error, complete_as_of, history_from, limit_remaining, limit_total, limit_until, limit_reason
FROM jira_sync.jira_instances
WHERE instance_id = ANY($1)`
	states := make(map[int]InstanceState, len(ids))
	cache.NoStore(ctx)
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql, Args: []any{ids}}, rows: func(rows pgx.Rows) error {
		for rows.Next() {
			var st InstanceState
			var limit RateLimit
			if err := rows.Scan(&st.InstanceID, &st.Reachable, &st.LastError, &st.CompleteAsOf, &st.HistoryFrom,
				&limit.Remaining, &limit.Limit, &limit.Until, &limit.Reason); err != nil {
				return err
			}
			if limit != (RateLimit{}) {
				st.RateLimit = &limit
			}
			states[st.InstanceID] = st
		}
		return nil
	}})
	if err != nil {
		return nil, fmt.Errorf("read the state of %d instances: %w", len(ids), err)
	}
	return states, nil
}

// InstanceCounts counts what is in the mirror of each of some instances.
func (s *Store) InstanceCounts(ctx context.Context, scope query.Scope, ids []int) (map[int]InstanceCounts, error) {
	rows := query.NewRows(ids)
	sql := `
SELECT n.instance_id, n.version,
    (SELECT count(*) FROM jira_sync.jira_issues i WHERE i.instance_id = n.instance_id AND i.deleted_at IS NULL AND ` + rows.Scope(scope, "i") + `),
    (SELECT count(*) FROM jira_sync.jira_projects p WHERE p.instance_id = n.instance_id AND p.visible AND ` + rows.Scope(scope, "p") + `),
    (SELECT count(*) FROM jira_sync.jira_field_cache f WHERE f.instance_id = n.instance_id AND f.missing_since IS NULL)
FROM jira_sync.jira_instances n
WHERE n.instance_id = ANY($1)`
	counts := make(map[int]InstanceCounts, len(ids))
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql, Args: rows.Args()}, rows: func(rows pgx.Rows) error {
		for rows.Next() {
			var id int
			var version int64
			var c InstanceCounts
			if err := rows.Scan(&id, &version, &c.Issues, &c.Projects, &c.Fields); err != nil {
				return err
			}
			cache.Depend(ctx, InstanceTag(id), version)
			counts[id] = c
		}
		return nil
	}})
	if err != nil {
		return nil, fmt.Errorf("count what %d instances hold: %w", len(ids), err)
	}
	return counts, nil
}

// Freshness is how complete the mirror of an instance is.
type Freshness struct {
	InstanceID   int
	Name         string
	CompleteAsOf *time.Time // nil: no run has completed yet
}

// Freshness tells how complete the mirror of each configured instance is.
func (s *Store) Freshness(ctx context.Context) ([]Freshness, error) {
	const sql = `SELECT instance_id, name, complete_as_of FROM jira_sync.jira_instances WHERE configured ORDER BY instance_id`
	var all []Freshness
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql}, rows: func(rows pgx.Rows) error {
		for rows.Next() {
			var f Freshness
			if err := rows.Scan(&f.InstanceID, &f.Name, &f.CompleteAsOf); err != nil {
				return err
			}
			all = append(all, f)
		}
		return nil
	}})
	if err != nil {
		return nil, fmt.Errorf("read how complete the instances are: %w", err)
	}
	return all, nil
}
