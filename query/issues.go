package query

import (
	"slices"
	"strings"
)

// IssueList is a question for issues.
type IssueList struct {
	Scope      Scope
	Where      *IssueFilter
	Search     string
	Visibility Visibility
	OrderBy    []IssueOrder
	Page       PageArgs
	Exact      bool     // whether more follow is not asked
	Columns    *Columns // the mapped fields it may speak of
}

// Issues is a question that has been understood.
type Issues struct {
	scope         Scope
	conds         []Cond   // all must hold
	search        *Words   // one of conds; nil: none
	projects      []string // keys that the set is limited to; nil: it is not
	visibility    Visibility
	order         Order
	page          Page
	after, before []any    // places; nil: none
	mapped        []Column // that conditions and order speak of
}

// Statement is SQL with its arguments.
type Statement struct {
	SQL  string
	Args []any
	// Fresh: the plan must be made for these arguments. A rare word and a common one want
	// different ones.
	Fresh bool
}

// Selection is what a statement reads of each issue, in the words of who reads the rows.
type Selection struct {
	Columns []string // of jira_issues that List and Joins speak of
	List    string   // expressions on the alias i and those of Joins
	Joins   string   // further tables, joined to the page
	Order   string   // of the rows of one issue, ", column ..."; empty: it has one
}

// maxListedProjects is how many projects a list is read from one by one, each along its index.
const maxListedProjects = 20

// Compile understands the question, or says what is wrong with it: [InputError], [LimitError].
func (l IssueList) Compile(limits Limits) (*Issues, error) {
	q, err := compileSet(l.Scope, l.Where, l.Search, l.Visibility, limits, l.Columns)
	if err != nil {
		return nil, err
	}
	by := l.OrderBy
	if len(by) == 0 && q.search != nil {
		by = []IssueOrder{{By: ByRelevance, Direction: Descending}}
	}
	if q.order, err = NewOrder(by, l.Columns); err != nil {
		return nil, err
	}
	if q.order.byRelevance() && q.search == nil {
		return nil, inputErrorf("orderBy RELEVANCE needs a search: give the argument search, or another order")
	}
	q.mapped = append(q.mapped, q.order.Mapped()...)
	if q.page, err = l.Page.Page(limits); err != nil {
		return nil, err
	}
	q.page.Exact = l.Exact
	if q.page.After != "" {
		if q.after, err = q.order.place(q.page.After); err != nil {
			return nil, err
		}
	}
	if q.page.Before != "" {
		if q.before, err = q.order.place(q.page.Before); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// compileSet understands which issues are meant.
func compileSet(scope Scope, where *IssueFilter, search string, visibility Visibility, limits Limits, columns *Columns) (*Issues, error) {
	tree, err := where.Tree(limits, columns)
	if err != nil {
		return nil, err
	}
	words, err := SearchTree(search, limits)
	if err != nil {
		return nil, err
	}
	q := &Issues{scope: scope, visibility: visibility}
	q.conds = flatten(nil, AllOf{tree, words})
	if searched, ok := words.(Words); ok {
		q.search = &searched
	}
	q.mapped = mappedColumns(q.conds)
	q.liftProjects()
	return q, nil
}

// flatten opens nested conjunctions.
func flatten(into []Cond, c Cond) []Cond {
	all, nested := c.(AllOf)
	if !nested {
		return append(into, c)
	}
	for _, each := range all {
		into = flatten(into, each)
	}
	return into
}

// liftProjects takes a condition on few projects out of the others: a list of some projects is
// merged from theirs, which an index holds in order.
func (q *Issues) liftProjects() {
	for n, c := range q.conds {
		one, ok := c.(OneOf)
		if ok && one.Field == FieldProject && len(one.Values) > 0 && len(one.Values) <= maxListedProjects {
			q.projects = one.Values
			q.conds = slices.Delete(slices.Clone(q.conds), n, n+1)
			return
		}
	}
}

// Among is the same question for some issues only.
func (q *Issues) Among(issueIDs []int64) *Issues {
	some := *q
	some.conds = append(slices.Clone(q.conds), Among{issueIDs})
	some.page = Page{Limit: len(issueIDs), Exact: true}
	return &some
}

// Mapped are the mapped fields that conditions and order speak of.
func (q *Issues) Mapped() []Column { return q.mapped }

// Order is the order of the list.
func (q *Issues) Order() Order { return q.order }

// Page is the asked-for part of the list.
func (q *Issues) Page() Page { return q.page }

// Selective reports whether an index leads to the set itself, so that page and total are best
// taken from one pass over it. A search does not count: its words may be common.
func (q *Issues) Selective() bool {
	for _, c := range q.conds {
		switch c := c.(type) {
		case Among:
			return true
		case Like:
			if c.Field == FieldSummary && len(c.Text) >= 3 {
				return true
			}
		case OneOf:
			if c.Field == FieldKey {
				return true
			}
		case Mapped:
			if c.Op == Equals {
				return true // the use of a column gives it an index
			}
		case AllOf, AnyOf, Not, Empty, Before, After, MappedEmpty:
		}
	}
	return false
}

// where writes what an issue must meet, whatever the page.
func (q *Issues) where(w *writer) {
	w.add("WHERE ")
	switch q.visibility {
	case Deleted:
		w.add("i.deleted_at IS NOT NULL")
	case All:
		w.add("true")
	case Live, "":
		w.add("i.deleted_at IS NULL")
	default:
		panic("query: unknown visibility") // the schema lets no other through
	}
	w.add(" AND ")
	w.scope(q.scope, "i")
	for _, c := range q.conds {
		w.add(" AND ")
		w.cond(c, false)
	}
}

// scope writes what the asker may see of a table that names instance and project.
func (w *writer) scope(s Scope, alias string) {
	switch {
	case s.everything:
		w.add("true")
	case len(s.projects) == 0:
		w.add("false")
	default:
		instances, projects := make([]int, len(s.projects)), make([]int64, len(s.projects))
		for n, p := range s.projects {
			instances[n], projects[n] = p.Instance, p.ProjectID
		}
		w.add("(", alias, ".instance_id, ", alias, ".project_id) IN (SELECT * FROM unnest(",
			w.arg(instances), "::int[], ", w.arg(projects), "::bigint[]))")
	}
}

// beyond writes where the page starts and ends.
func (q *Issues) beyond(w *writer) {
	if q.after != nil {
		w.add(" AND ")
		q.order.beyond(w, q.after, false)
	}
	if q.before != nil {
		w.add(" AND ")
		q.order.beyond(w, q.before, true)
	}
}

// columns are those that a page must carry, as a list on the alias i.
func (q *Issues) columns(selection []string) string {
	names := slices.Clone(selection)
	for _, k := range q.order.keys {
		if k.column != SortRelevance { // no column: it is made of the search
			names = append(names, k.columnOf())
		}
	}
	slices.Sort(names)
	return "i." + strings.Join(slices.Compact(names), ", i.")
}
