package query

import "strconv"

// SetVersion is the version of the set of all projects: it rises with each that joins it or goes by
// another key, and with each instance. Aggregated over n, jira_instances.
const SetVersion = `coalesce(sum(1 + n.listed), 0)`

// InstanceVersions is the text of all instances' versions and that of the set, for who caches what
// was read from anywhere.
const InstanceVersions = `(SELECT coalesce(string_agg('instance:' || n.instance_id || '=' || n.version, ' '), '') || ' projects=' || ` + SetVersion +
	` FROM jira_sync.jira_instances n)`

// projectVersions is the text of the versions of the projects in pf, and that of the set: others may
// come to bear such a key. Where there are none, the answer is that nothing was found, which any
// instance can change.
const projectVersions = `coalesce((SELECT string_agg('project:' || pf.instance_id || ':' || pf.project_id || '=' || pf.version, ' ') FROM pf) ||
    (SELECT ' projects=' || ` + SetVersion + ` FROM jira_sync.jira_instances n), ` + InstanceVersions + `)`

// List is the statement for the page. Its rows are: the versions the answer depends on, the total
// or null, then the selection; a page without issues is one row whose selection is null. One more
// issue than the page holds is read, which tells whether another page follows, unless nobody asks.
//
// With total, the set is read once and both page and total are taken from it. In an order by
// relevance the total is null if the set is larger than what is ranked.
func (q *Issues) List(s Selection, total bool) Statement {
	if q.ByRelevance() {
		return q.ranked(s, total)
	}
	w := newWriter()
	w.fresh = q.search != nil
	limit := strconv.Itoa(q.page.read())
	order := q.order.orderBy(q.page.Backward)
	versions := InstanceVersions
	w.listedProjects(q)
	if q.projects != nil {
		versions = projectVersions
	}
	if total {
		w.add(prefix(q.projects == nil, "WITH "), prefix(q.projects != nil, ", "), "m AS MATERIALIZED (SELECT ", q.columns([]string{"issue_id"}), " FROM ")
		w.set(q)
		w.add(")\n")
	}
	w.add("SELECT v.versions, v.total, ", s.List, "\nFROM (SELECT ", versions, " AS versions, ")
	if total {
		w.add("(SELECT count(*) FROM m)")
	} else {
		w.add("NULL::bigint")
	}
	w.add(" AS total) v\nLEFT JOIN LATERAL (")
	switch {
	case total:
		w.add("SELECT i.* FROM (SELECT i.issue_id FROM m i WHERE true")
		q.beyond(w)
		w.add(" ORDER BY ", order, " LIMIT ", limit, ") m JOIN ", source(q.mapped), " USING (issue_id)")
	case q.projects != nil: // the first of each project, then the first of those
		w.add("SELECT i.* FROM pf CROSS JOIN LATERAL (")
		w.pageOf(q, s, limit, order)
		w.add(") i ORDER BY ", order, " LIMIT ", limit)
	case q.walked():
		w.walk(q, q.columns(s.Columns))
	case q.mayBeFew():
		w.few(q, q.columns(s.Columns), limit, order)
	default:
		w.pageOf(q, s, limit, order)
	}
	w.add(") i ON true\n", s.Joins, "\nORDER BY ", order, s.Order)
	return w.statement()
}

// listedProjects writes the projects that the set is limited to, as pf.
func (w *writer) listedProjects(q *Issues) {
	if q.projects == nil {
		return
	}
	w.add("WITH pf AS MATERIALIZED (SELECT p.instance_id, p.project_id, p.version FROM jira_sync.jira_projects p WHERE p.project_key", w.in(q.projects), " AND ")
	w.scope(q.scope, "p")
	w.add(")\n")
}

// set writes the tables and conditions of the whole set.
func (w *writer) set(q *Issues) {
	if q.projects != nil {
		w.add("pf JOIN ", source(q.mapped), " USING (instance_id, project_id) ")
	} else {
		w.add(source(q.mapped), " ")
	}
	q.where(w)
}

// pageOf writes the page of the set, or of one project of pf.
func (w *writer) pageOf(q *Issues, s Selection, limit, order string) {
	w.add("SELECT ", q.columns(s.Columns), " FROM ", source(q.mapped), " ")
	q.where(w)
	if q.projects != nil {
		w.add(" AND i.instance_id = pf.instance_id AND i.project_id = pf.project_id")
	}
	q.beyond(w)
	w.add(" ORDER BY ", order, " LIMIT ", limit)
}

// Count is the statement for the total alone.
func (q *Issues) Count() Statement {
	w := newWriter()
	w.fresh = q.search != nil
	w.listedProjects(q)
	w.add("SELECT count(*) FROM ")
	w.set(q)
	return w.statement()
}

// ListOf is the statement for the same page of each of some projects. Its rows are: the place of
// the project in refs, from 1; its version, or null if there is no such project; the total of its
// set, or null; then the selection, which is null where a project has no such issue.
func (q *Issues) ListOf(refs []ProjectRef, s Selection, total bool) Statement {
	w := newWriter()
	limit := strconv.Itoa(q.page.read())
	order := q.order.orderBy(q.page.Backward)
	listed := w.refs(refs)
	w.add("SELECT pf.place, pf.version, ")
	if total {
		w.add("(SELECT count(*) FROM ", source(q.mapped), " ")
		w.oneProject(q)
		w.add(")")
	} else {
		w.add("NULL::bigint")
	}
	w.add(", ", s.List, "\nFROM (SELECT r.place, r.instance_id, r.project_id, p.version FROM ", listed, " r LEFT JOIN jira_sync.jira_projects p USING (instance_id, project_id)) pf\nLEFT JOIN LATERAL (SELECT ",
		q.columns(s.Columns), " FROM ", source(q.mapped), " ")
	w.oneProject(q)
	q.beyond(w)
	w.add(" ORDER BY ", order, " LIMIT ", limit, ") i ON true\n", s.Joins, "\nORDER BY pf.place, ", order, s.Order)
	return w.statement()
}

// oneProject writes the conditions on the issues of the project at hand in pf, which need not be
// among those that the set is limited to.
func (w *writer) oneProject(q *Issues) {
	q.where(w)
	w.add(" AND i.instance_id = pf.instance_id AND i.project_id = pf.project_id")
	if q.projects != nil {
		w.add(" AND ")
		w.cond(OneOf{FieldProject, q.projects}, false)
	}
}

// refs writes projects as a table of place, instance_id and project_id. One is no list, see
// [writer.in].
func (w *writer) refs(refs []ProjectRef) string {
	if len(refs) == 1 {
		return "(SELECT 1::bigint AS place, " + w.arg(refs[0].Instance) + "::int AS instance_id, " + w.arg(refs[0].ProjectID) + "::bigint AS project_id)"
	}
	instances, projects := make([]int, len(refs)), make([]int64, len(refs))
	for n, ref := range refs {
		instances[n], projects[n] = ref.Instance, ref.ProjectID
	}
	return "(SELECT place, instance_id, project_id FROM unnest(" + w.arg(instances) + "::int[], " + w.arg(projects) +
		"::bigint[]) WITH ORDINALITY AS r (instance_id, project_id, place))"
}
