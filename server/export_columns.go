package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"jirasync/query"
)

// exportColumn is a column of an export and what it asks of an issue.
type exportColumn struct {
	name      string
	selection string       // empty: the cursor
	mapped    query.Column // of a mapped field
}

// plainExportColumns are those of every issue, in the order of an export that names none. The
// cursor of the last whole row, given back as after, goes on with an export that was cut off.
func plainExportColumns() []exportColumn {
	own := [][2]string{
		{"key", "key"},
		{"instance", "instance { name }"},
		{"project", "project { key }"},
		{"type", "type { name }"},
		{"status", "status { name }"},
		{"statusCategory", "status { category }"},
		{"priority", "priority { name }"},
		{"resolution", "resolution"},
		{"summary", "summary"},
		{"description", "description"},
		{"assignee", "assignee { displayName }"},
		{"reporter", "reporter { displayName }"},
		{"creator", "creator { displayName }"},
		{"labels", "labels"},
		{"components", "components"},
		{"fixVersions", "fixVersions"},
		{"affectsVersions", "affectsVersions"},
		{"createdAt", "createdAt"},
		{"updatedAt", "updatedAt"},
		{"resolvedAt", "resolvedAt"},
		{"dueDate", "dueDate"},
		{"timeSpentSeconds", "timeSpentSeconds"},
		{"syncedAt", "syncedAt"},
		{"deletedAt", "deletedAt"},
		{"deletedReason", "deletedReason"},
		{"url", "url"},
		{"id", "id"},
		{"cursor", ""},
	}
	columns := make([]exportColumn, len(own))
	for n, c := range own {
		columns[n] = exportColumn{name: c[0], selection: c[1]}
	}
	return columns
}

// fieldPrefix leads to a mapped field whose name is one of an issue's own columns as well.
const fieldPrefix = "field."

// exportColumns are the named ones, or all: an issue's own, the mapped fields, the cursor.
func exportColumns(given string, mapped *query.Columns) ([]exportColumn, error) {
	plain := plainExportColumns()
	if given == "" {
		all, last := slices.Clip(plain[:len(plain)-1]), plain[len(plain)-1]
		for _, column := range mapped.All() {
			name := column.Name
			if named(plain, name) >= 0 {
				name = fieldPrefix + name
			}
			all = append(all, mappedExportColumn(name, column))
		}
		return append(all, last), nil
	}
	var columns []exportColumn
	for name := range strings.SplitSeq(given, ",") {
		name = strings.TrimSpace(name)
		if named(columns, name) >= 0 {
			return nil, badRequest("columns names " + name + " twice")
		}
		if n := named(plain, name); n >= 0 {
			columns = append(columns, plain[n])
			continue
		}
		column, err := mapped.Named(strings.TrimPrefix(name, fieldPrefix))
		if err != nil {
			names := make([]string, len(plain))
			for n, c := range plain {
				names[n] = c.name
			}
			return nil, badRequest("columns: " + err.Error() + "; an issue's own are " + strings.Join(names, ", "))
		}
		columns = append(columns, mappedExportColumn(name, column))
	}
	return columns, nil
}

func named(columns []exportColumn, name string) int {
	return slices.IndexFunc(columns, func(c exportColumn) bool { return c.name == name })
}

// mappedExportColumn has the name it was asked by, which may be one that the mapping had before.
func mappedExportColumn(name string, column query.Column) exportColumn {
	return exportColumn{name, "field(name: " + strconv.Quote(column.Name) + ")", column} // letters, digits and underscores
}

// columnAlias is the name of the column at a place in the answer.
func columnAlias(n int) string { return "c" + strconv.Itoa(n) }

// value takes the one member of an object, or the value itself.
func (c exportColumn) value(raw json.RawMessage) json.RawMessage {
	if !strings.HasSuffix(c.selection, "}") || bytes.Equal(raw, []byte("null")) {
		return raw
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return raw
	}
	for _, member := range object {
		return member
	}
	return raw
}

// exportText is the operation for one page, and how many issues its cost allows it.
func exportText(columns []exportColumn, limits Limits) (text string, most int) {
	var fields strings.Builder
	cost := 7 // the edge, its cursor, its issue, __typename, pageInfo and what is in that
	for n, c := range columns {
		if c.selection == "" {
			continue
		}
		fields.WriteString(" " + columnAlias(n) + ": " + c.selection)
		cost += 1 + strings.Count(c.selection, "{")
	}
	return fmt.Sprintf(`query Export($where: IssueFilter, $search: String, $visibility: Visibility!, $first: Int!, $after: String) {
	issues(where: $where, search: $search, visibility: $visibility, orderBy: [{by: UPDATED, direction: ASC}], first: $first, after: $after) {
		edges { cursor node { __typename%s } } pageInfo { hasNextPage endCursor } } }`, fields.String()), max(1, min(limits.Page, (limits.Cost-1)/cost))
}
