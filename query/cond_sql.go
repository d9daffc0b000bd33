package query

// Conditions are written on jira_issues under the alias i. Negations are carried down to the
// comparisons, where a missing value is spoken for: SQL's own NOT would leave it unknown.

func (w *writer) cond(c Cond, not bool) {
	switch c := c.(type) {
	case AllOf:
		w.list([]Cond(c), not, not)
	case AnyOf:
		w.list([]Cond(c), not, !not)
	case Not:
		w.cond(c.Cond, !not)
	case OneOf:
		w.oneOf(c, not)
	case Like:
		w.like(c, not)
	case Empty:
		w.empty(c, not)
	case Before:
		w.moment(c.Field, momentOperator(false, c.Same, not), w.arg(c.At), not)
	case After:
		w.moment(c.Field, momentOperator(true, c.Same, not), w.arg(c.At), not)
	case Among:
		w.add(prefix(not, "NOT "), "(i.issue_id = ANY(", w.arg(c.IssueIDs), "::bigint[]))")
	case Words:
		w.words(c, not)
	case Mapped:
		w.mapped(c, not)
	case MappedEmpty:
		w.mappedEmpty(c, not)
	}
}

func (w *writer) list(conds []Cond, not, either bool) {
	switch {
	case len(conds) == 0 && either:
		w.add("false")
		return
	case len(conds) == 0:
		w.add("true")
		return
	}
	operator := " AND "
	if either {
		operator = " OR "
	}
	w.add("(")
	for i, c := range conds {
		if i > 0 {
			w.add(operator)
		}
		w.cond(c, not)
	}
	w.add(")")
}

func (w *writer) oneOf(c OneOf, not bool) {
	if len(c.Values) == 0 {
		w.add(map[bool]string{false: "false", true: "true"}[not])
		return
	}
	info := infoOf(c.Field)
	column := "i." + info.column
	switch info.kind {
	case listKind:
		if len(c.Values) == 1 {
			w.add(prefix(not, "NOT "), "(", column, " @> ARRAY[", w.arg(c.Values[0]), "::text])")
			return
		}
		w.add(prefix(not, "NOT "), "(", column, " && ", w.arg(c.Values), ")")
	case personKind:
		w.missing(column, info, not)
		w.people(prefix(not, "NOT "), column, c.Values)
		w.close(info, not)
	case sprintKind:
		w.sprints(prefix(not, "NOT "), "sp.name"+w.in(c.Values))
	case projectKind:
		w.projects(prefix(not, "NOT "), "p.project_key"+w.in(c.Values))
	case instanceKind:
		w.add(prefix(not, "NOT "), "(i.instance_id = ANY(ARRAY(SELECT n.instance_id FROM jira_sync.jira_instances n WHERE n.name",
			w.in(c.Values), ")))")
	case textKind, timeKind, dateKind:
		w.missing(column, info, not)
		switch {
		case !not:
			w.add(column, w.in(c.Values))
		case len(c.Values) == 1:
			w.add(column, " <> ", w.arg(c.Values[0]))
		default:
			w.add(column, " <> ALL(", w.arg(c.Values), ")")
		}
		w.close(info, not)
	}
}

func (w *writer) like(c Like, not bool) {
	info := infoOf(c.Field)
	column := "i." + info.column
	pattern := w.arg(likePattern(c.Text, c.Start))
	switch info.kind {
	case listKind:
		w.add(prefix(not, "NOT "), "EXISTS (SELECT FROM unnest(", column, ") AS member WHERE member ILIKE ", pattern, ")")
	case personKind:
		w.missing(column, info, not)
		w.add(prefix(not, "NOT "), "(", column, " ILIKE ", pattern, " OR (i.instance_id, ", column,
			") IN (SELECT u.instance_id, u.account_id FROM jira_sync.jira_users u WHERE u.display_name ILIKE ",
			pattern, " OR u.email ILIKE ", pattern, "))")
		w.close(info, not)
	case sprintKind:
		w.sprints(prefix(not, "NOT "), "sp.name ILIKE "+pattern)
	case projectKind:
		w.projects(prefix(not, "NOT "), "p.project_key ILIKE "+pattern)
	case instanceKind:
		w.add(prefix(not, "NOT "), "(i.instance_id = ANY(ARRAY(SELECT n.instance_id FROM jira_sync.jira_instances n WHERE n.name ILIKE ",
			pattern, ")))")
	case textKind, timeKind, dateKind:
		w.missing(column, info, not)
		w.add(column, prefix(not, " NOT"), " ILIKE ", pattern)
		w.close(info, not)
	}
}

// people asks by account id, display name or email. It is one set of accounts, known here or not, since
// no index would lead to an alternative of several comparisons.
func (w *writer) people(not, column string, values []string) {
	in := w.in(values)
	var ids string
	if len(values) == 1 {
		ids = w.arg(values[0]) + "::text FROM"
	} else {
		ids = "a.id FROM unnest(" + w.arg(values) + "::text[]) AS a (id),"
	}
	w.add(not, "((i.instance_id, ", column, ") IN (SELECT u.instance_id, u.account_id FROM jira_sync.jira_users u WHERE u.display_name", in,
		" OR u.email", in, " UNION ALL SELECT n.instance_id, ", ids, " jira_sync.jira_instances n))")
}

// projects asks by the key a project has today, which may not be the one in an issue's own key yet.
func (w *writer) projects(not, cond string) {
	w.add(not, "((i.instance_id, i.project_id) IN (SELECT p.instance_id, p.project_id FROM jira_sync.jira_projects p WHERE ", cond, "))")
}

// sprints asks by name; ids are those of an instance. The first condition is what an index leads to.
func (w *writer) sprints(not, cond string) {
	w.add(not, "(i.sprint_ids && ARRAY(SELECT sp.sprint_id FROM jira_sync.jira_sprints sp WHERE ", cond, ") AND EXISTS (SELECT FROM jira_sync.jira_sprints sp WHERE sp.instance_id = i.instance_id AND sp.sprint_id = ANY(i.sprint_ids) AND ", cond, "))")
}

func (w *writer) empty(c Empty, not bool) {
	info := infoOf(c.Field)
	switch {
	case info.kind == listKind || info.kind == sprintKind:
		w.add("i.", info.column, map[bool]string{false: " = '{}'", true: " <> '{}'"}[not])
	case !info.nullable:
		w.add(map[bool]string{false: "false", true: "true"}[not])
	default:
		w.add("i.", info.column, map[bool]string{false: " IS NULL", true: " IS NOT NULL"}[not])
	}
}

func momentOperator(after, same, not bool) string {
	if not { // not later is earlier or the same
		after, same = !after, !same
	}
	switch {
	case after && same:
		return " >= "
	case after:
		return " > "
	case same:
		return " <= "
	}
	return " < "
}

func (w *writer) moment(f Field, operator, at string, not bool) {
	info := infoOf(f)
	if info.kind == dateKind {
		at += "::date"
	}
	column := "i." + info.column
	w.missing(column, info, not)
	w.add(column, operator, at)
	w.close(info, not)
}

// missing opens a negated comparison, which a missing value meets; close closes it.
func (w *writer) missing(column string, info fieldInfo, not bool) {
	if not && info.nullable {
		w.add("(", column, " IS NULL OR ")
	}
}

func (w *writer) close(info fieldInfo, not bool) {
	if not && info.nullable {
		w.add(")")
	}
}

func prefix(on bool, text string) string {
	if on {
		return text
	}
	return ""
}
