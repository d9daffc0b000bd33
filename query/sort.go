package query

import (
	"cmp"
	"slices"
	"strings"
)

// SortColumn is a value that issues are sorted by.
type SortColumn int

// The columns.
const (
	SortUpdated SortColumn = iota
	SortCreated
	SortResolved
	SortDue
	SortPriority
	SortCategory
	SortStatus
	SortSummary
	SortProjectKey
	SortKeyNumber
	SortIssueID
	SortMapped    // a mapped field
	SortRelevance // to the words that are searched for
)

// CategoryRank is the place of a status category in the order of work.
func CategoryRank(c StatusCategory) int {
	switch c {
	case Todo:
		return 1
	case InProgress:
		return 2
	case Done:
		return 3
	case UnknownCategory:
	}
	return 4
}

// sortKey is one column of an order. Nulls come last, read forwards.
type sortKey struct {
	column   SortColumn
	desc     bool
	nullable bool
	mapped   *Column // of SortMapped
}

func (k sortKey) sql() string {
	switch k.column {
	case SortUpdated:
		return "i.updated_at"
	case SortCreated:
		return "i.created_at"
	case SortResolved:
		return "i.resolved_at"
	case SortDue:
		return "i.due_date"
	case SortPriority:
		return "i.priority_rank"
	case SortCategory:
		return "(CASE i.status_category WHEN 'TODO' THEN 1 WHEN 'IN_PROGRESS' THEN 2 WHEN 'DONE' THEN 3 ELSE 4 END)"
	case SortStatus:
		return "i.status"
	case SortSummary:
		return "i.summary"
	case SortProjectKey:
		return "i.project_key"
	case SortKeyNumber:
		return "i.key_number"
	case SortIssueID:
		return "i.issue_id"
	case SortMapped:
		return "i." + k.mapped.ID
	case SortRelevance:
		return "i.relevance"
	}
	panic("query: unknown sort column") // the constants above are all there are
}

// columnsOf are the columns of jira_issues that the key reads.
func (k sortKey) columnOf() string {
	if k.column == SortCategory {
		return "status_category"
	}
	return strings.TrimPrefix(k.sql(), "i.")
}

func (o Order) byRelevance() bool {
	return slices.ContainsFunc(o.keys, func(k sortKey) bool { return k.column == SortRelevance })
}

// Order is a total order of issues: the asked-for keys, then the issue's key, then its id.
type Order struct {
	keys      []sortKey
	signature string
}

// NewOrder reads the keys of an order; without any, the newest update comes first.
func NewOrder(by []IssueOrder, columns *Columns) (Order, error) {
	if len(by) == 0 {
		by = []IssueOrder{{By: ByUpdated, Direction: Descending}}
	}
	var o Order
	used := map[IssueOrderField]bool{}
	var names []string
	for _, key := range by {
		key.Direction = cmp.Or(key.Direction, Descending)
		desc := key.Direction.descends()
		if (key.Field == nil) == (key.By == "") {
			return Order{}, inputErrorf("orderBy: give either by or field")
		}
		if key.Field != nil {
			column, err := o.addMapped(*key.Field, desc, columns)
			if err != nil {
				return Order{}, err
			}
			names = append(names, column+" "+string(key.Direction))
			continue
		}
		if used[key.By] {
			return Order{}, inputErrorf("orderBy names %s twice", key.By)
		}
		used[key.By] = true
		o.keys = append(o.keys, keysOf(key.By, desc)...)
		names = append(names, string(key.By)+" "+string(key.Direction))
	}
	if !used[ByKey] {
		o.keys = append(o.keys, keysOf(ByKey, false)...)
	}
	o.keys = append(o.keys, sortKey{column: SortIssueID})
	o.signature = strings.Join(names, ",")
	return o, nil
}

func (d OrderDirection) descends() bool {
	switch d {
	case Ascending:
		return false
	case Descending:
		return true
	}
	panic("query: unknown direction") // the schema lets no other through
}

func keysOf(by IssueOrderField, desc bool) []sortKey {
	switch by {
	case ByUpdated:
		return []sortKey{{column: SortUpdated, desc: desc}}
	case ByCreated:
		return []sortKey{{column: SortCreated, desc: desc}}
	case ByResolved:
		return []sortKey{{column: SortResolved, desc: desc, nullable: true}}
	case ByDue:
		return []sortKey{{column: SortDue, desc: desc, nullable: true}}
	case ByKey:
		return []sortKey{{column: SortProjectKey, desc: desc}, {column: SortKeyNumber, desc: desc}}
	case ByPriority: // rank 1 is the most urgent, and descending begins with it
		return []sortKey{{column: SortPriority, desc: !desc, nullable: true}}
	case ByStatus:
		return []sortKey{{column: SortCategory, desc: desc}, {column: SortStatus, desc: desc}}
	case BySummary:
		return []sortKey{{column: SortSummary, desc: desc}}
	case ByRelevance: // best first, those that answer equally well begin with the newest; ascending turns both
		return []sortKey{{column: SortRelevance, desc: desc}, {column: SortUpdated, desc: desc}}
	}
	panic("query: unknown order field") // the schema lets no other through
}

// addMapped adds a mapped field to the order and returns its column.
func (o *Order) addMapped(name string, desc bool, columns *Columns) (string, error) {
	column, err := columns.Named(name)
	if err != nil {
		return "", err
	}
	if !column.Type.Ordered() {
		return "", inputErrorf("the field %s is %s, which has no order", column.Name, column.Type)
	}
	for _, k := range o.keys {
		if k.mapped != nil && k.mapped.ID == column.ID {
			return "", inputErrorf("orderBy names the field %s twice", column.Name)
		}
	}
	o.keys = append(o.keys, sortKey{SortMapped, desc, true, &column})
	return column.ID, nil
}

// Mapped are the mapped fields that the order is made of.
func (o Order) Mapped() (columns []Column) {
	for _, k := range o.keys {
		if k.mapped != nil {
			columns = append(columns, *k.mapped)
		}
	}
	return columns
}

// orderBy is the ORDER BY clause, read forwards or from the end.
func (o Order) orderBy(backward bool) string {
	keys := make([]string, len(o.keys))
	for n, k := range o.keys {
		keys[n] = k.sql()
		if k.desc != backward {
			keys[n] += " DESC"
		}
		switch {
		case !k.nullable:
		case backward:
			keys[n] += " NULLS FIRST"
		default:
			keys[n] += " NULLS LAST"
		}
	}
	return strings.Join(keys, ", ")
}

// beyond writes the condition that an issue comes after the place, read forwards or from the end.
func (o Order) beyond(w *writer, place []any, backward bool) { beyond(w, o.keys, place, backward) }

func beyond(w *writer, keys []sortKey, place []any, backward bool) {
	if keys[0].nullable {
		beyondNullable(w, keys, place, backward)
		return
	}
	// Keys of one direction compare as one row, which an index can follow.
	n := 1
	for n < len(keys) && !keys[n].nullable && keys[n].desc == keys[0].desc {
		n++
	}
	row := make([]string, n)
	values := make([]string, n)
	for k := range n {
		row[k], values[k] = keys[k].sql(), w.arg(place[k])
	}
	left, right := "("+strings.Join(row, ", ")+")", "("+strings.Join(values, ", ")+")"
	operator := " > "
	if keys[0].desc != backward {
		operator = " < "
	}
	if n == len(keys) {
		w.add(left, operator, right)
		return
	}
	// The first condition is implied by the second; it is what an index starts from.
	w.add("(", left, operator[:2], "= ", right, " AND (", left, operator, right, " OR ")
	beyond(w, keys[n:], place[n:], backward)
	w.add("))")
}

func beyondNullable(w *writer, keys []sortKey, place []any, backward bool) {
	column := keys[0].sql()
	w.add("(")
	switch {
	case place[0] == nil && backward:
		w.add(column, " IS NOT NULL OR (", column, " IS NULL AND ")
	case place[0] == nil:
		w.add("(", column, " IS NULL AND ")
	default:
		operator := " > "
		if keys[0].desc != backward {
			operator = " < "
		}
		value := w.arg(place[0])
		if m := keys[0].mapped; m != nil {
			value += "::text::" + m.Type.element()
		}
		w.add(column, operator, value)
		if !backward {
			w.add(" OR ", column, " IS NULL")
		}
		w.add(" OR (", column, " = ", value, " AND ")
	}
	beyond(w, keys[1:], place[1:], backward) // the last key, the id, is never null
	w.add("))")
}
