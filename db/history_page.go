package db

import (
	"strconv"

	"jirasync/query"
)

// ChildPage says which part of a list of an issue's children is asked for. Pages of one value are
// the same page.
type ChildPage struct {
	query.Page      // Exact: whether more follow is not asked
	Total      bool // the length of the whole list is asked for too
	Authors    Authors
}

// Authors says how much of who wrote a child is read.
type Authors int

// How much of an author.
const (
	NoAuthors    Authors = iota
	AuthorNames          // account and display name
	WholeAuthors         // with their instance
)

// columns are those of the author of h, a child of the issue i; join brings them.
func (a Authors) columns() string {
	switch a {
	case AuthorNames:
		return ", h.author_id, hu.display_name"
	case WholeAuthors:
		return ", h.author_id, hu.display_name, hu.email, hu.avatar_url, hu.active, hn.name, hn.url, hn.kind"
	case NoAuthors:
	}
	return ""
}

func (a Authors) join() string {
	const users = "\nLEFT JOIN jira_sync.jira_users hu ON hu.instance_id = (i.issue_id >> 48)::int AND hu.account_id = h.author_id"
	switch a {
	case AuthorNames:
		return users
	case WholeAuthors:
		return users + "\nLEFT JOIN jira_sync.jira_instances hn ON hn.instance_id = (i.issue_id >> 48)::int"
	case NoAuthors:
	}
	return ""
}

// ChangesPageKey is a page of the changelog, perhaps of one field only.
type ChangesPageKey struct {
	ChildPage
	Field string // name or id; empty: every field
	Texts ChangeTexts
}

// ChangeTexts says which texts of a change are read, besides the name of the field.
type ChangeTexts int

// The texts.
const (
	ChangeFieldID ChangeTexts = 1 << iota
	ChangeFrom
	ChangeFromText
	ChangeTo
	ChangeToText
)

// each calls for those that are read, with their place among all and their name in Jira's JSON.
func (t ChangeTexts) each(call func(place int, name string)) {
	for n, name := range []string{"fieldId", "from", "fromString", "to", "toString"} {
		if t&(1<<n) != 0 {
			call(n, name)
		}
	}
}

// columns of a change, h.
func (t ChangeTexts) columns() string {
	columns := "h.jira_id, h.created_at, h.n, h.item->>'field'"
	t.each(func(_ int, name string) { columns += ", h.item->>'" + name + "'" })
	return columns
}

// ReadAlong reports whether the page can be read in the statement that reads the issues.
func (k ChangesPageKey) ReadAlong() bool {
	return k.Field == "" && k.After == "" && k.Before == "" && !k.Total
}

// ChangesPage is a page of an issue's changelog that was read with the issue.
type ChangesPage struct {
	Key  ChangesPageKey
	Page *ChangelogConnection
}

// The lists of children, as their cursors name them.
const (
	changelogList = "changelog"
	commentsList  = "comments"
	worklogsList  = "worklogs"
)

// childList writes the statement that reads a page of children for each of many issues. Its
// lateral part speaks of the issue at hand as i.issue_id.
type childList struct {
	rows          *query.Rows
	page          ChildPage
	after, before *query.Mark
}

func newChildList(list string, page ChildPage) (*childList, error) {
	l := &childList{rows: query.NewRows(), page: page}
	var err error
	if l.after, err = query.ParseMark(list, page.After); err != nil {
		return nil, err
	}
	l.before, err = query.ParseMark(list, page.Before)
	return l, err
}

// limit reads one more than the page, to tell whether there are more, unless nobody asks. A list of
// changes between cursors begins within a history, which thus counts once more.
func (l *childList) limit(histories bool) string {
	n := l.page.Limit
	if !l.page.Exact {
		n++
	}
	if histories && (l.after != nil || l.before != nil) {
		n++
	}
	return strconv.Itoa(n)
}

// order sorts by the columns, from the end of the list for a page that is read backward.
func (l *childList) order(columns ...string) string {
	order := ""
	for n, column := range columns {
		if n > 0 {
			order += ", "
		}
		order += column
		if l.page.Backward {
			order += " DESC"
		}
	}
	return order
}

// between limits a row of columns to the part of the list between the cursors, whose own rows are
// in it when edges is true.
func (l *childList) between(row string, edges bool, values func(*query.Mark) string) string {
	equal := ""
	if edges {
		equal = "="
	}
	cond := ""
	if l.after != nil {
		cond += " AND " + row + " >" + equal + " (" + values(l.after) + ")"
	}
	if l.before != nil {
		cond += " AND " + row + " <" + equal + " (" + values(l.before) + ")"
	}
	return cond
}

// markArgs are a mark's time and id as arguments.
func (l *childList) markArgs(m *query.Mark) string { return l.rows.Arg(m.At) + ", " + l.rows.Arg(m.ID) }

// changes is the lateral part for a page of the changelog. Histories come first, then the items of
// those few: documents of older ones are not opened, and texts are taken from those items only that
// are on the page.
func (l *childList) changes(field string) string {
	some, one := "", ""
	if field != "" {
		name := l.rows.Arg(field)
		some = " AND EXISTS (SELECT FROM jsonb_array_elements(c.items) AS x (item) WHERE x.item->>'field' = " + name + " OR x.item->>'fieldId' = " + name + ")"
		one = " AND (e.item->>'field' = " + name + " OR e.item->>'fieldId' = " + name + ")"
	}
	return `SELECT h.jira_id, h.created_at, h.author_id, e.n, e.item
FROM (SELECT c.jira_id, c.created_at, c.author_id, c.items FROM jira_sync.jira_changelog c
    WHERE c.issue_id = i.issue_id AND c.items <> '[]'` + some +
		l.between("(c.created_at, c.jira_id)", true, l.markArgs) + ` ORDER BY ` + l.order("c.created_at", "c.jira_id") + ` LIMIT ` + l.limit(true) + `) h
CROSS JOIN LATERAL jsonb_array_elements(h.items) WITH ORDINALITY AS e (item, n)
WHERE true` + one + l.between("(h.created_at, h.jira_id, e.n)", false, func(m *query.Mark) string {
		return l.markArgs(m) + ", " + l.rows.Arg(m.Item)
	}) + ` ORDER BY ` + l.order("h.created_at", "h.jira_id", "e.n") + ` LIMIT ` + l.limit(false)
}

// changesTotal is the length of the whole changelog of the issue at hand.
func (l *childList) changesTotal(field string) string {
	if field == "" {
		return "(SELECT coalesce(sum(jsonb_array_length(c.items)), 0)::bigint FROM jira_sync.jira_changelog c WHERE c.issue_id = i.issue_id)"
	}
	name := l.rows.Arg(field)
	return "(SELECT count(*) FROM jira_sync.jira_changelog c CROSS JOIN LATERAL jsonb_array_elements(c.items) AS x (item)" +
		" WHERE c.issue_id = i.issue_id AND (x.item->>'field' = " + name + " OR x.item->>'fieldId' = " + name + "))"
}
