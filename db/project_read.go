package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"jirasync/cache"
	"jirasync/query"
)

// ProjectKey is how people name a project.
type ProjectKey struct {
	Key      string
	Instance string // name; empty: whichever has it
}

// Every statement on projects selects these, in this order, from p, n (its instance) and u (its
// lead).
const (
	projectColumns = `p.version, p.visible, p.instance_id, p.project_id, p.project_key, p.name, p.category, p.archived, p.last_synced_at,
    n.name, n.url, n.kind, p.lead_id, u.display_name, u.email, u.avatar_url, u.active`
	projectJoins = `
JOIN jira_sync.jira_instances n ON n.instance_id = p.instance_id
LEFT JOIN jira_sync.jira_users u ON u.instance_id = p.instance_id AND u.account_id = p.lead_id`
)

// projectScan is where a row's project goes. Its columns are null where a join found none.
type projectScan struct {
	version, id *int64
	visible     *bool
	instance    *int
	row         projectRow
	in          instanceRow
}

func (p *projectScan) targets() []any {
	return []any{
		&p.version, &p.visible, &p.instance, &p.id, &p.row.key, &p.row.name, &p.row.category, &p.row.archived, &p.row.syncedAt,
		&p.in.name, &p.in.url, &p.in.kind, &p.row.lead.id, &p.row.lead.name, &p.row.lead.email, &p.row.lead.avatar, &p.row.lead.active,
	}
}

func (p *projectScan) project() *Project {
	if p.id == nil {
		return nil
	}
	ref := query.ProjectRef{Instance: *p.instance, ProjectID: *p.id}
	return p.row.project(ref, p.in.instance(ref.Instance))
}

func (p *projectScan) dep() cache.Dep {
	return cache.Dep{Tag: ProjectTag(*p.instance, *p.id), Version: *p.version}
}

// ProjectsByKey finds projects, at the places of their keys. An [AmbiguousKeyError] stands at its
// own place in errs.
func (s *Store) ProjectsByKey(ctx context.Context, scope query.Scope, keys []ProjectKey) (found []Found[*Project], errs []error, err error) {
	texts := make([]string, len(keys))
	for n, key := range keys {
		texts[n] = key.Key
	}
	rows := query.NewRows()
	candidates, missing, err := s.findProjects(ctx, query.Statement{SQL: "SELECT v.versions, " + projectColumns + `
FROM (SELECT ` + query.InstanceVersions + ` AS versions) v
LEFT JOIN (jira_sync.jira_projects p` + projectJoins + ") ON p.project_key" + rows.In(texts) + " AND " + rows.Scope(scope, "p") + `
ORDER BY p.visible DESC, p.instance_id, p.project_id`, Args: rows.Args()})
	if err != nil {
		return nil, nil, fmt.Errorf("find projects by key: %w", err)
	}
	found, errs = make([]Found[*Project], len(keys)), make([]error, len(keys))
	for n, key := range keys {
		found[n], errs[n] = chooseProject(candidates, key)
		switch {
		case found[n].Value == nil:
			found[n].Deps = missing
		case key.Instance == "": // a project of another instance may come to bear the key too, or to be shown
			found[n].Deps = append(slices.Clone(found[n].Deps), missing[slices.IndexFunc(missing, isOfSet)])
		}
	}
	return found, errs, nil
}

func isOfSet(d cache.Dep) bool { return d.Tag == ProjectsTag }

// projectCandidate is a project that a lookup found.
type projectCandidate struct {
	Found[*Project]
	visible bool // Jira shows it
}

// chooseProject takes the project that a key means. Those that Jira shows come first, and beside them the
// others make no key ambiguous.
func chooseProject(from []projectCandidate, key ProjectKey) (Found[*Project], error) {
	var chosen projectCandidate
	var instances []string
	for _, c := range from {
		p := c.Value
		if p.Key != key.Key || (key.Instance != "" && p.Instance.Name != key.Instance) {
			continue
		}
		if chosen.Value == nil {
			chosen = c
		}
		if c.visible == chosen.visible && !slices.Contains(instances, p.Instance.Name) {
			instances = append(instances, p.Instance.Name)
		}
	}
	if len(instances) > 1 {
		return Found[*Project]{}, &AmbiguousKeyError{What: "project", Key: key.Key, Instances: instances}
	}
	return chosen.Found, nil
}

// ProjectsByRef finds projects, at the places of their refs.
func (s *Store) ProjectsByRef(ctx context.Context, scope query.Scope, refs []query.ProjectRef) ([]Found[*Project], error) {
	instances, projects := make([]int, len(refs)), make([]int64, len(refs))
	for n, ref := range refs {
		instances[n], projects[n] = ref.Instance, ref.ProjectID
	}
	rows := query.NewRows(instances, projects)
	candidates, missing, err := s.findProjects(ctx, query.Statement{SQL: "SELECT v.versions, " + projectColumns + `
FROM (SELECT ` + query.InstanceVersions + ` AS versions) v
LEFT JOIN (jira_sync.jira_projects p` + projectJoins + `)
    ON (p.instance_id, p.project_id) IN (SELECT * FROM unnest($1::int[], $2::bigint[])) AND ` + rows.Scope(scope, "p"), Args: rows.Args()})
	if err != nil {
		return nil, fmt.Errorf("find %d projects: %w", len(refs), err)
	}
	byRef := make(map[query.ProjectRef]Found[*Project], len(candidates))
	for _, c := range candidates {
		byRef[c.Value.Ref()] = c.Found
	}
	found := make([]Found[*Project], len(refs))
	for n, ref := range refs {
		if found[n] = byRef[ref]; found[n].Value == nil {
			found[n].Deps = missing
		}
	}
	return found, nil
}

// findProjects reads rows of versions and projects. The versions are what it depends on that
// there are no more of them.
func (s *Store) findProjects(ctx context.Context, st query.Statement) (found []projectCandidate, missing []cache.Dep, err error) {
	err = s.read(ctx, readStatement{Statement: st, rows: func(rows pgx.Rows) error {
		for rows.Next() {
			var versions string
			var p projectScan
			if err := rows.Scan(append([]any{&versions}, p.targets()...)...); err != nil {
				return err
			}
			if missing, err = parseVersions(versions); err != nil {
				return err
			}
			if project := p.project(); project != nil {
				found = append(found, projectCandidate{Found[*Project]{project, []cache.Dep{p.dep()}}, *p.visible})
			}
		}
		return nil
	}})
	return found, missing, err
}

// ProjectList is a question for projects.
type ProjectList struct {
	Scope    query.Scope
	Instance string // name; empty: all
	Search   string // a part of key or name
	Page     query.Page
	Total    bool
}

// projectsList names the list in its cursors.
const projectsList = "projects"

// Projects returns a page of the projects that Jira shows, in order of their keys. The answer
// depends on all instances: each of them can bring one.
func (s *Store) Projects(ctx context.Context, q ProjectList) (*ProjectConnection, error) {
	after, err := query.ParseMark(projectsList, q.Page.After)
	if err != nil {
		return nil, err
	}
	rows := query.NewRows()
	where := "p.visible AND " + rows.Scope(q.Scope, "p")
	if q.Instance != "" {
		where += " AND n.name = " + rows.Arg(q.Instance)
	}
	if q.Search != "" {
		where += " AND (" + rows.Contains("p.project_key", q.Search) + " OR " + rows.Contains("p.name", q.Search) + ")"
	}
	total := "0::bigint"
	if q.Total {
		total = "(SELECT count(*) FROM jira_sync.jira_projects p JOIN jira_sync.jira_instances n USING (instance_id) WHERE " + where + ")"
	}
	page := where
	if after != nil {
		page += " AND (p.project_key, p.instance_id, p.project_id) > (" + rows.Arg(after.Text) + ", " + rows.Arg(after.Item) + ", " + rows.Arg(after.ID) + ")"
	}
	sql := "SELECT v.versions, v.total, " + projectColumns + `
FROM (SELECT ` + query.InstanceVersions + ` AS versions, ` + total + ` AS total) v
LEFT JOIN LATERAL (SELECT p.* FROM jira_sync.jira_projects p JOIN jira_sync.jira_instances n USING (instance_id) WHERE ` + page + `
    ORDER BY p.project_key, p.instance_id, p.project_id LIMIT ` + strconv.Itoa(q.Page.Limit+1) + `) p ON true
LEFT JOIN jira_sync.jira_instances n ON n.instance_id = p.instance_id
LEFT JOIN jira_sync.jira_users u ON u.instance_id = p.instance_id AND u.account_id = p.lead_id
ORDER BY p.project_key, p.instance_id, p.project_id`
	connection := &ProjectConnection{}
	connection.hasPrev = q.Page.After != ""
	connection.cursor = func(p *Project) string {
		return query.Mark{Text: p.Key, Item: p.InstanceID, ID: p.ProjectID}.Cursor(projectsList)
	}
	err = s.read(ctx, readStatement{Statement: query.Statement{SQL: sql, Args: rows.Args()}, rows: func(rows pgx.Rows) error {
		var versions string
		for rows.Next() {
			var p projectScan
			if err := rows.Scan(append([]any{&versions, &connection.total}, p.targets()...)...); err != nil {
				return err
			}
			if project := p.project(); project != nil {
				connection.Nodes = append(connection.Nodes, project)
			}
		}
		connection.cut(q.Page)
		return depend(ctx, versions)
	}})
	if err != nil {
		return nil, fmt.Errorf("list projects: %w", err)
	}
	return connection, nil
}

// ProjectIssueCounts counts the live issues of each of some projects.
func (s *Store) ProjectIssueCounts(ctx context.Context, refs []query.ProjectRef) ([]int, error) {
	rows := query.NewRows()
	sql := `
SELECT r.place, p.version, (SELECT count(*) FROM jira_sync.jira_issues i
    WHERE i.instance_id = r.instance_id AND i.project_id = r.project_id AND i.deleted_at IS NULL)
FROM ` + rows.Refs(refs) + ` r
LEFT JOIN jira_sync.jira_projects p USING (instance_id, project_id)`
	counts := make([]int, len(refs))
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql, Args: rows.Args()}, rows: func(rows pgx.Rows) error {
		for rows.Next() {
			var place, count int
			var version *int64
			if err := rows.Scan(&place, &version, &count); err != nil {
				return err
			}
			ref := refs[place-1]
			cache.Depend(ctx, ProjectTag(ref.Instance, ref.ProjectID), or(version, 0))
			counts[place-1] = count
		}
		return nil
	}})
	if err != nil {
		return nil, fmt.Errorf("count the issues of %d projects: %w", len(refs), err)
	}
	return counts, nil
}
