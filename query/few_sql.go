package query

import (
	"slices"
	"strconv"
)

// A page of the newest issues that meet a filter is read along the index of updates, which is soon
// done where many meet it. Where few do, it would go through all issues to find them. So the set is
// gathered first, along an index that leads to it, and only one that turns out large is walked
// through instead.

// fewIssues are as soon sorted as a page of a larger set is found.
const fewIssues = 2000

// mayBeFew reports whether an index leads to a set that may be small, in an order that another index
// has.
func (q *Issues) mayBeFew() bool {
	if q.projects != nil || q.search != nil || !q.order.byUpdate() {
		return false
	}
	return slices.ContainsFunc(q.conds, func(c Cond) bool {
		switch c := c.(type) {
		case OneOf:
			return slices.Contains(foundBy, c.Field)
		case After:
			return c.Field == FieldSynced
		}
		return false
	})
}

// foundBy are the fields of which an index leads to the issues with a value.
var foundBy = []Field{FieldAssignee, FieldReporter, FieldLabel, FieldComponent, FieldFixVersion, FieldSprint, FieldParent, FieldEpic}

func (o Order) byUpdate() bool {
	return o.keys[0].column == SortUpdated && o.keys[1].column == SortProjectKey
}

// few writes the page of a set that is gathered first.
func (w *writer) few(q *Issues, columns, limit, order string) {
	few := strconv.Itoa(fewIssues)
	set := func() {
		w.add("SELECT ", columns, " FROM ", source(q.mapped), " ")
		q.where(w)
		q.beyond(w)
	}
	w.add("WITH few AS MATERIALIZED (")
	set()
	w.add(" LIMIT ", few, " + 1), size AS MATERIALIZED (SELECT count(*) AS n FROM few)\nSELECT * FROM (SELECT i.* FROM few i WHERE (SELECT n FROM size) <= ", few,
		" ORDER BY ", order, " LIMIT ", limit, ") i UNION ALL (")
	set()
	w.add(" AND (SELECT n FROM size) > ", few, " ORDER BY ", order, " LIMIT ", limit, ")")
}
