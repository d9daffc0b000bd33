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
