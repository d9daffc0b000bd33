package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jirasync/cache"
	"jirasync/query"
)

// UsersByKey finds users, at the places of their keys. A restricted asker sees the people of the
// instances that hold a project they may see.
func (s *Store) UsersByKey(ctx context.Context, scope query.Scope, keys []UserKey) ([]Found[*User], error) {
	instances, accounts := make([]int, len(keys)), make([]string, len(keys))
	for n, key := range keys {
		instances[n], accounts[n] = key.Instance, key.AccountID
	}
	rows := query.NewRows(instances, accounts)
	visible := "true"
	if !scope.Unrestricted() {
		visible = "EXISTS (SELECT FROM jira_sync.jira_projects p WHERE p.instance_id = u.instance_id AND " + rows.Scope(scope, "p") + ")"
	}
	sql := `
SELECT k.place, n.version, u.display_name, u.email, u.avatar_url, u.active, n.name, n.url, n.kind
FROM unnest($1::int[], $2::text[]) WITH ORDINALITY AS k (instance_id, account_id, place)
LEFT JOIN jira_sync.jira_instances n USING (instance_id)
LEFT JOIN jira_sync.jira_users u ON u.instance_id = k.instance_id AND u.account_id = k.account_id AND ` + visible
	found := make([]Found[*User], len(keys))
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql, Args: rows.Args()}, rows: func(rows pgx.Rows) error {
		for rows.Next() {
			var place int
			var version *int64
			var p personRow
			var in instanceRow
			if err := rows.Scan(&place, &version, &p.name, &p.email, &p.avatar, &p.active, &in.name, &in.url, &in.kind); err != nil {
				return err
			}
			key := keys[place-1]
			if p.name.Valid {
				p.id = pgtype.Text{String: key.AccountID, Valid: true}
				found[place-1].Value = p.user(key.Instance, in.instance(key.Instance))
			}
			found[place-1].Deps = []cache.Dep{{Tag: InstanceTag(key.Instance), Version: or(version, 0)}}
		}
		return nil
	}})
	if err != nil {
		return nil, fmt.Errorf("find %d users: %w", len(keys), err)
	}
	return found, nil
}
