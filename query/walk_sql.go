package query

import (
	"slices"
	"strconv"
	"strings"
)

// A page of all issues in order of priority or status is read along an index, however deep it lies.
// No index holds these orders as they are: the key breaks ties in one direction, whatever theirs,
// and nulls come last in either. So the page is gathered from stretches that an index does hold: the
// issues of each of the few values, and those without one. Each stretch gives as many issues as the
// page has, and the page is the first of those.

// walk is a page that is gathered.
type walk struct {
	*writer
	q       *Issues
	columns string
	apart   []sortKey // the keys whose values are stretches
	rest    []sortKey // those after them: the issue's key
	place   []any     // where the page goes on; nil: it is at the end of the list
}

// apart is how many keys come before the one that breaks ties, if an order by them must be gathered;
// otherwise 0.
func (o Order) apart() int {
	var n int
	switch o.keys[0].column {
	case SortPriority:
		n = 1
	case SortCategory:
		n = 2
	default:
		return 0
	}
	if o.keys[n].column != SortProjectKey {
		return 0 // no index breaks the ties
	}
	return n
}

// walked reports whether the page is gathered. A filter that few issues meet makes that slower than
// to sort those.
func (q *Issues) walked() bool {
	unlimited := q.scope.everything && q.projects == nil && len(q.conds) == 0 && q.visibility != Deleted
	farEnd := q.before
	if q.page.Backward {
		farEnd = q.after
	}
	return unlimited && farEnd == nil && q.order.apart() > 0
}

// walk writes the page of all issues.
func (w *writer) walk(q *Issues, columns string) {
	n := q.order.apart()
	p := walk{w, q, columns, q.order.keys[:n], q.order.keys[n:], q.after}
	if q.page.Backward {
		p.place = q.before
	}
	w.add("SELECT i.* FROM (")
	for k, stretch := range p.stretches() {
		w.add(prefix(k > 0, " UNION ALL "), "(")
		stretch()
		w.add(")")
	}
	w.add(") i")
	p.end(q.order.keys)
}

// stretches are what the page can reach.
func (p walk) stretches() (stretches []func()) {
	valued := p.place
	lacking := p.place != nil && p.place[0] == nil // the page goes on among issues without a value
	if lacking {
		valued = nil
	}
	if valued != nil {
		stretches = append(stretches, func() { p.groupOf(valued) })
	}
	if !lacking || p.q.page.Backward { // else it is past all with one
		stretches = append(stretches, func() { p.groupsBeyond(valued) })
	}
	if p.apart[0].nullable && (valued == nil || !p.q.page.Backward) {
		stretches = append(stretches, p.valueless)
	}
	return stretches
}

// valueless writes the stretch of issues without a value.
func (p walk) valueless() {
	p.begin(p.apart[0].sql() + " IS NULL")
	if p.place != nil && p.place[0] == nil {
		p.beyond(p.rest, p.place[1:])
	}
	// Few may be without: naming the first column leads to them in its index.
	first := sortKey{column: p.apart[0].column, desc: p.rest[0].desc}
	p.end(append([]sortKey{first}, p.rest...))
}

// groupOf writes the stretch of the values at the place, from there on.
func (p walk) groupOf(place []any) {
	values := make([]string, len(p.apart))
	for n, k := range p.apart {
		values[n] = k.sql() + " = " + p.arg(place[n])
	}
	p.groups(func() { p.add(strings.Join(values, " AND ")) }, place[len(p.apart):])
}

// groupsBeyond writes the stretches of all values after the place.
func (p walk) groupsBeyond(place []any) {
	keys := slices.Clone(p.apart)
	keys[0].nullable = false
	p.groups(func() {
		p.add("true")
		p.beyond(keys, place)
	}, nil)
}

// groups writes a stretch for each of those values that meet the condition, from the place on.
func (p walk) groups(cond func(), place []any) {
	columns := p.valueColumns()
	same := make([]string, len(columns))
	for n, c := range columns {
		same[n] = "i." + c + " = g." + c
	}
	p.add("SELECT i.* FROM (")
	p.values(columns)
	p.add(" WHERE ")
	cond()
	p.add(") g CROSS JOIN LATERAL (")
	p.begin(strings.Join(same, " AND "))
	p.beyond(p.rest, place)
	p.end(p.rest)
	p.add(") i")
}

// valueColumns are where the values stand, in the order of their index.
func (p walk) valueColumns() []string {
	if p.apart[0].column == SortCategory {
		return []string{"status", "status_category"}
	}
	return []string{p.apart[0].columnOf()}
}

// values writes the table of the values that occur, each found in the index behind the one before.
func (p walk) values(columns []string) {
	list := "i." + strings.Join(columns, ", i.")
	from := "SELECT " + list + " FROM jira_sync.jira_issues i WHERE "
	first := " ORDER BY " + list + " LIMIT 1"
	p.add("WITH RECURSIVE g AS ((", from, "i.", columns[0], " IS NOT NULL", first, ") UNION ALL SELECT i.* FROM g CROSS JOIN LATERAL (",
		from, "(", list, ") > (g.", strings.Join(columns, ", g."), ")", first, ") i) SELECT * FROM g i")
}

// begin writes the issues of a stretch.
func (p walk) begin(cond string) {
	p.add("SELECT ", p.columns, " FROM jira_sync.jira_issues i ")
	p.q.where(p.writer)
	p.add(" AND ", cond)
}

// beyond writes the condition that an issue comes after the place, if there is one.
func (p walk) beyond(keys []sortKey, place []any) {
	if place != nil {
		p.add(" AND ")
		beyond(p.writer, keys, place, p.q.page.Backward)
	}
}

// end writes the order and length of a stretch, or of the page.
func (p walk) end(keys []sortKey) {
	p.add(" ORDER BY ", Order{keys: keys}.orderBy(p.q.page.Backward), " LIMIT ", strconv.Itoa(p.q.page.read()))
}
