package db

import (
	"bytes"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"jirasync/query"
)

// issueSelection is what a statement selects of each issue and where it goes. It is made once for
// each thing that is asked, and not changed afterwards.
type issueSelection struct {
	query.Selection
	fields  IssueFields
	mapped  []query.Column
	targets []func(*issueRow) any
	changes *ChangesPageKey
}

// issueReader reads issues from the rows of a statement with its selection. With a page of the
// changelog, an issue has a row for each change, or one without.
type issueReader struct {
	*issueSelection
	row           issueRow  // the row at hand
	change        changeRow // the same, if there are changes
	changeTargets []any

	last  []byte // issue_id of the row before, as it came
	at    int64  // the same
	pages []*ChangelogConnection
	scans []any
}

// selections are kept for what is asked again. Few things are; whoever asks many different ones
// begins anew.
type selections struct {
	mu   sync.RWMutex
	kept map[selectionKey]*issueSelection
}

type selectionKey struct {
	fields  IssueFields
	along   bool
	changes ChangesPageKey
}

const mostSelections = 1000

// reader makes a reader for what is asked of each issue.
func (s *selections) reader(wants IssueWants) *issueReader {
	r := &issueReader{}
	if len(wants.Mapped) > 0 {
		r.issueSelection = newIssueSelection(wants)
	} else {
		r.issueSelection = s.selection(wants)
	}
	if r.changes != nil {
		r.changeTargets = r.change.targets(*r.changes)
	}
	return r
}

func (s *selections) selection(wants IssueWants) *issueSelection {
	key := selectionKey{fields: wants.Fields}
	if wants.Changes != nil {
		key.along, key.changes = true, *wants.Changes
	}
	s.mu.RLock()
	kept := s.kept[key]
	s.mu.RUnlock()
	if kept != nil {
		return kept
	}
	made := newIssueSelection(wants)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil || len(s.kept) >= mostSelections {
		s.kept = map[selectionKey]*issueSelection{}
	}
	s.kept[key] = made
	return made
}

// newIssueSelection writes the selection. A page of the changelog is read along only from the
// beginning or the end of the whole list, see [ChangesPageKey.ReadAlong].
func newIssueSelection(wants IssueWants) *issueSelection {
	fields, changes := wants.Fields, wants.Changes
	r := &issueSelection{fields: fields, changes: changes, mapped: distinctColumns(wants.Mapped)}
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
		r.List += ", " + changes.Texts.columns() + changes.Authors.columns()
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
	begins := r.changes == nil || !bytes.Equal(id, r.last)
	if begins {
		r.row.Issue = new(Issue)
		for _, target := range r.targets {
			r.scans = append(r.scans, target(&r.row))
		}
		r.last = append(r.last[:0], id...)
	} else {
		r.skip(len(lead) + len(r.targets))
	}
	r.scans = append(r.scans, r.changeTargets...)
	if err := rows.Scan(r.scans...); err != nil {
		return nil, err
	}
	if begins {
		issue = r.row.finish(r.fields)
		if issue.Mapped, err = mappedValues(r.mapped, r.row.mapped); err != nil {
			return nil, err
		}
		r.at = issue.IssueID
	}
	if r.changes != nil {
		r.addChange(issue)
	}
	return issue, nil
}

// begin says that the next row begins an issue, even if it is that of the row before.
func (r *issueReader) begin() { r.last = r.last[:0] }

// skip leaves columns unread, up to the n-th.
func (r *issueReader) skip(n int) {
	for len(r.scans) < n {
		r.scans = append(r.scans, nil)
	}
}

// addChange begins the page of an issue, or goes on with that of the row before.
func (r *issueReader) addChange(begun *Issue) {
	if begun != nil {
		page := newChangelog(r.changes.Page)
		begun.Changes = []ChangesPage{{*r.changes, page}}
		r.pages = append(r.pages, page)
	}
	page := r.pages[len(r.pages)-1]
	if change := r.change.change(r.at, r.changes.Authors); change != nil {
		page.Nodes = append(page.Nodes, change)
	}
}

// cut ends the pages of the changelogs.
func (r *issueReader) cut() {
	for _, page := range r.pages {
		page.cut(r.changes.Page)
	}
}
