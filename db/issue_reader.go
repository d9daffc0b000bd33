package db

import (
	"bytes"
	"strings"

	"github.com/jackc/pgx/v5"

	"jirasync/query"
)

// issueReader reads issues with the asked-for members from rows whose selection it wrote. With a
// page of the changelog, an issue has a row for each change, or one without.
type issueReader struct {
	query.Selection
	fields  IssueFields
	mapped  []query.Column
	targets []func(*issueRow) any
	changes *ChangesPageKey

	last  []byte // issue_id of the row before, as it came
	at    int64  // the same
	pages []*ChangelogConnection
	scans []any
}

// newIssueReader writes the selection. A page of the changelog is read along only from the
// beginning or the end of the whole list, see [ChangesPageKey.ReadAlong].
func newIssueReader(wants IssueWants) *issueReader {
	fields, changes := wants.Fields, wants.Changes
	r := &issueReader{fields: fields, changes: changes, mapped: distinctColumns(wants.Mapped)}
	var list []string
	for _, c := range issueColumns() {
		if c.field&^fields != 0 {
			continue
		}
		if c.column != "" {
			r.Columns = append(r.Columns, c.column)
		}
		expr := c.expr
		if expr == "" {
			expr = "i." + c.column
		}
		list = append(list, expr)
		r.targets = append(r.targets, c.target)
	}
	r.Joins = issueJoins(fields)
	if len(r.mapped) > 0 {
		list = append(list, mappedList(r.mapped))
		r.Joins += mappedJoin
		r.targets = append(r.targets, func(row *issueRow) any { return &row.mapped })
	}
	r.List = strings.Join(list, ", ")
	if changes != nil {
		page := &childList{rows: query.NewRows(), page: changes.ChildPage}
		r.List += ", " + changeColumns + changes.Authors.columns()
		r.Joins += "\nLEFT JOIN LATERAL (" + page.changes("") + ") h ON true" + changes.Authors.join()
		r.Order = ", " + page.order("h.created_at", "h.jira_id", "h.n")
	}
	return r
}

// scan reads one row, whose first columns go to lead. It returns the issue if the row begins one,
// nil if it goes on with the one before or holds none.
func (r *issueReader) scan(rows pgx.Rows, lead []any) (issue *Issue, err error) {
	raw := rows.RawValues()
	id := raw[len(lead)] // issue_id stands first
	r.scans = append(r.scans[:0], lead...)
	if id == nil {
		r.skip(len(raw))
		return nil, rows.Scan(r.scans...)
	}
	row := (*issueRow)(nil)
	if r.changes == nil || !bytes.Equal(id, r.last) {
		row = new(issueRow)
		for _, target := range r.targets {
			r.scans = append(r.scans, target(row))
		}
		r.last = append(r.last[:0], id...)
	} else {
		r.skip(len(lead) + len(r.targets))
	}
	var change *changeRow
	if r.changes != nil {
		change = new(changeRow)
		r.scans = append(r.scans, change.targets(r.changes.Authors)...)
	}
	if err := rows.Scan(r.scans...); err != nil {
		return nil, err
	}
	if row != nil {
		issue = row.finish(r.fields)
		if issue.Mapped, err = mappedValues(r.mapped, row.mapped); err != nil {
			return nil, err
		}
		r.at = issue.IssueID
	}
	if change != nil {
		r.addChange(issue, change)
	}
	return issue, nil
}

// skip leaves columns unread, up to the n-th.
func (r *issueReader) skip(n int) {
	for len(r.scans) < n {
		r.scans = append(r.scans, nil)
	}
}

// addChange begins the page of an issue, or goes on with that of the row before.
func (r *issueReader) addChange(begun *Issue, row *changeRow) {
	if begun != nil {
		page := newChangelog(r.changes.Page)
		begun.Changes = []ChangesPage{{*r.changes, page}}
		r.pages = append(r.pages, page)
	}
	page := r.pages[len(r.pages)-1]
	if change := row.change(r.at, r.changes.Authors); change != nil {
		page.Nodes = append(page.Nodes, change)
	}
}

// cut ends the pages of the changelogs.
func (r *issueReader) cut() {
	for _, page := range r.pages {
		page.cut(r.changes.Page)
	}
}
