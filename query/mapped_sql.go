package query

import (
	"slices"
	"strings"
)

// Compare is how a mapped field is compared.
type Compare int

// The comparisons.
const (
	Equals Compare = iota // any of the values; of a list, any member
	Less
	AtMost
	More
	AtLeast
	Holds // a part of the text, or of a member, whatever the case
)

// source names the issues under the alias i, with the mapped columns that are asked about beside
// their own. Every issue has a row of mapped values while there are columns to read.
func source(mapped []Column) string {
	if len(mapped) == 0 {
		return "jira_sync.jira_issues i"
	}
	var list []string
	for _, c := range mapped {
		list = append(list, "f."+c.ID)
	}
	slices.Sort(list)
	return "(SELECT i.*, " + strings.Join(slices.Compact(list), ", ") +
		" FROM jira_sync.jira_issues i JOIN jira_sync.jira_issue_fields f ON f.issue_id = i.issue_id) i"
}

// mapped writes a comparison of a mapped field.
func (w *writer) mapped(c Mapped, not bool) {
	column := "i." + c.Column.ID
	if len(c.Values) == 0 {
		w.add(map[bool]string{false: "false", true: "true"}[not])
		return
	}
	if not {
		w.add("(", column, " IS NULL OR NOT ")
	}
	w.add("(")
	switch {
	case c.Op == Holds:
		w.holds(column, c)
	case c.Op == Equals && c.Column.Type.List():
		w.add(column, " && ", w.arg(c.Values), "::text[]::", c.Column.Type.SQLType())
	case c.Op == Equals && len(c.Values) > 1:
		w.add(column, " = ANY(", w.arg(c.Values), "::text[]::", c.Column.Type.element(), "[])")
	default:
		operator := map[Compare]string{Equals: " = ", Less: " < ", AtMost: " <= ", More: " > ", AtLeast: " >= "}[c.Op]
		w.add(column, operator, w.arg(c.Values[0]), "::text::", c.Column.Type.element())
	}
	w.add(")")
	if not {
		w.add(")")
	}
}

func (w *writer) holds(column string, c Mapped) {
	pattern := w.arg(likePattern(c.Values[0], false))
	switch c.Column.Type {
	case TextListField:
		w.add("EXISTS (SELECT FROM unnest(", column, ") AS member WHERE member ILIKE ", pattern, ")")
	case JSONField:
		w.add(column, "::text ILIKE ", pattern)
	case TextField, NumberField, BooleanField, DateField, TimeField, NumberListField:
		w.add(column, " ILIKE ", pattern)
	}
}

func (w *writer) mappedEmpty(c MappedEmpty, not bool) {
	w.add("i.", c.Column.ID, map[bool]string{false: " IS NULL", true: " IS NOT NULL"}[not])
}

// mappedColumns are the mapped fields that conditions speak of.
func mappedColumns(conds []Cond) (columns []Column) {
	for _, c := range conds {
		switch c := c.(type) {
		case AllOf:
			columns = append(columns, mappedColumns(c)...)
		case AnyOf:
			columns = append(columns, mappedColumns(c)...)
		case Not:
			columns = append(columns, mappedColumns([]Cond{c.Cond})...)
		case Mapped:
			columns = append(columns, c.Column)
		case MappedEmpty:
			columns = append(columns, c.Column)
		}
	}
	return columns
}
