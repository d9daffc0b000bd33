package query

// Rows writes conditions on tables other than jira_issues, for statements that are otherwise
// fixed. Arguments are numbered after those it began with.
type Rows struct{ w *writer }

// NewRows begins after the given arguments.
func NewRows(args ...any) *Rows { return &Rows{&writer{args: args}} }

// Arg makes a value an argument and returns its place in the text.
func (r *Rows) Arg(v any) string { return r.w.arg(v) }

// Args are all arguments.
func (r *Rows) Args() []any { return r.w.args }

// Scope is what the asker may see of a table with instance_id and project_id.
func (r *Rows) Scope(s Scope, alias string) string {
	w := &writer{args: r.w.args}
	w.scope(s, alias)
	r.w.args = w.args
	return w.text.String()
}

// IDs writes ids as a table of place, from 1, and issue_id. One is no list, see [writer.in].
func (r *Rows) IDs(ids []int64) string {
	if len(ids) == 1 {
		return "(SELECT 1::bigint AS place, " + r.w.arg(ids[0]) + "::bigint AS issue_id)"
	}
	return "(SELECT place, issue_id FROM unnest(" + r.w.arg(ids) + "::bigint[]) WITH ORDINALITY AS i (issue_id, place))"
}

// Refs writes projects as a table of place, from 1, instance_id and project_id.
func (r *Rows) Refs(refs []ProjectRef) string { return r.w.refs(refs) }

// In compares with one value or with any of several.
func (r *Rows) In(values []string) string { return r.w.in(values) }

// Contains matches a part of a text, whatever the case.
func (r *Rows) Contains(expr, text string) string {
	return expr + " ILIKE " + r.w.arg(likePattern(text, false))
}

// CheckText refuses a text that no row can hold, or that is longer than a search may be.
func CheckText(name, text string, limits Limits) error {
	_, err := SearchTree(text, limits)
	if err != nil {
		return err
	}
	return storable(name, text)
}
