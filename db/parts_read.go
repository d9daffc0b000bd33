package db

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"jirasync/cache"
	"jirasync/query"
)

// Version is a release of a project.
type Version struct {
	VersionID              int64
	Name                   string
	Description            *string
	Released, Archived     bool
	StartDate, ReleaseDate *time.Time
}

// JiraID is Jira's own number.
func (v Version) JiraID() string { return strconv.FormatInt(v.VersionID, 10) }

// Component is a part of what a project makes.
type Component struct {
	ComponentID int64
	Name        string
	Description *string
	Lead        *User
}

// JiraID is Jira's own number.
func (c Component) JiraID() string { return strconv.FormatInt(c.ComponentID, 10) }

// ProjectVersions returns the versions of each of some projects: those without a date of release last, as
// they are to come. At most one more than [MaxUnpaged].
func (s *Store) ProjectVersions(ctx context.Context, refs []query.ProjectRef) ([][]Version, error) {
	rows := query.NewRows()
	sql := `
SELECT r.place, p.version, v.version_id, v.name, v.description, v.released, v.archived, v.start_date, v.release_date
FROM ` + rows.Refs(refs) + ` r
LEFT JOIN jira_sync.jira_projects p USING (instance_id, project_id)
LEFT JOIN LATERAL (SELECT * FROM jira_sync.jira_versions v
    WHERE v.instance_id = r.instance_id AND v.project_id = r.project_id
    ORDER BY v.release_date NULLS LAST, v.version_id
    LIMIT ` + moreUnpaged + `) v ON true
ORDER BY r.place, v.release_date NULLS LAST, v.version_id`
	all := make([][]Version, len(refs))
	err := s.partsOf(ctx, query.Statement{SQL: sql, Args: rows.Args()}, refs, func(row pgx.Rows) (int, *int64, error) {
		var place int
		var raised, id *int64
		var name *string
		var released, archived *bool
		var v Version
		err := row.Scan(&place, &raised, &id, &name, &v.Description, &released, &archived, &v.StartDate, &v.ReleaseDate)
		if err == nil && id != nil {
			v.VersionID, v.Name, v.Released, v.Archived = *id, *name, *released, *archived
			all[place-1] = append(all[place-1], v)
		}
		return place, raised, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the versions of %d projects: %w", len(refs), err)
	}
	return all, nil
}

// ProjectComponents returns the components of each of some projects, in order of their names: at
// most one more than [MaxUnpaged].
func (s *Store) ProjectComponents(ctx context.Context, refs []query.ProjectRef) ([][]Component, error) {
	rows := query.NewRows()
	sql := `
SELECT r.place, p.version, c.component_id, c.name, c.description, c.lead_id, u.display_name, u.email, u.avatar_url, u.active,
       n.name, n.url, n.kind
FROM ` + rows.Refs(refs) + ` r
LEFT JOIN jira_sync.jira_projects p USING (instance_id, project_id)
LEFT JOIN jira_sync.jira_instances n USING (instance_id)
LEFT JOIN LATERAL (SELECT * FROM jira_sync.jira_components c
    WHERE c.instance_id = r.instance_id AND c.project_id = r.project_id
    ORDER BY c.name, c.component_id
    LIMIT ` + moreUnpaged + `) c ON true
LEFT JOIN jira_sync.jira_users u ON u.instance_id = r.instance_id AND u.account_id = c.lead_id
ORDER BY r.place, c.name, c.component_id`
	all := make([][]Component, len(refs))
	err := s.partsOf(ctx, query.Statement{SQL: sql, Args: rows.Args()}, refs, func(row pgx.Rows) (int, *int64, error) {
		var place int
		var raised, id *int64
		var name *string
		var lead personRow
		var in instanceRow
		var c Component
		err := row.Scan(&place, &raised, &id, &name, &c.Description, &lead.id, &lead.name, &lead.email, &lead.avatar, &lead.active,
			&in.name, &in.url, &in.kind)
		if err == nil && id != nil {
			instance := refs[place-1].Instance
			c.ComponentID, c.Name = *id, *name
			if lead.name.Valid {
				c.Lead = lead.user(instance, in.instance(instance))
			}
			all[place-1] = append(all[place-1], c)
		}
		return place, raised, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the components of %d projects: %w", len(refs), err)
	}
	return all, nil
}

// partsOf reads rows that depend on the projects they are of.
func (s *Store) partsOf(ctx context.Context, st query.Statement, refs []query.ProjectRef, take func(pgx.Rows) (place int, version *int64, err error)) error {
	return s.read(ctx, readStatement{Statement: st, rows: func(rows pgx.Rows) error {
		for rows.Next() {
			place, version, err := take(rows)
			if err != nil {
				return err
			}
			ref := refs[place-1]
			cache.Depend(ctx, ProjectTag(ref.Instance, ref.ProjectID), or(version, 0))
		}
		return nil
	}})
}
