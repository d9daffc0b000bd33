package loaders

import (
	"context"
	"fmt"

	"jirasync/db"
	"jirasync/query"
)

// ProjectIssueList is a list of issues that the operation asks for, perhaps of many projects.
type ProjectIssueList struct {
	Issues *query.Issues
	Wants  db.IssueWants
}

// ProjectIssueList returns the list that is asked for at a place of the operation. It is compiled for
// each place, not for each project: the first one stays. Two places whose compiled SQL, arguments,
// page and wants are equal get the same pointer, so their projects share a statement.
func (r *Request) ProjectIssueList(place any, compile func() (ProjectIssueList, error)) (*ProjectIssueList, error) {
	if known, ok := r.listsByPlace.Load(place); ok {
		return known.(*ProjectIssueList), nil //nolint:forcetypeassert // only those are stored
	}
	l, err := compile()
	if err != nil {
		return nil, err
	}
	same := &l
	if known, ok := r.listsByText.LoadOrStore(l.text(), same); ok {
		same = known.(*ProjectIssueList) //nolint:forcetypeassert // only those are stored
	}
	known, _ := r.listsByPlace.LoadOrStore(place, same)
	return known.(*ProjectIssueList), nil //nolint:forcetypeassert // only those are stored
}

// text tells lists apart: arguments are quoted, for two may read like one with a space. The page is
// told beside the statement, which reads as much for one more issue as for whether more follow.
func (l ProjectIssueList) text() string {
	statement := l.Issues.ListOf([]query.ProjectRef{{}}, query.Selection{}, false)
	return fmt.Sprintf("%s %#v %v %d %v %#v %#v", statement.SQL, statement.Args, l.Issues.Page(), l.Wants.Fields, l.Wants.Total, l.Wants.Changes, l.Wants.Mapped)
}

// ProjectIssues returns the page of the list that a project has.
func (r *Request) ProjectIssues(ctx context.Context, ref query.ProjectRef, l *ProjectIssueList) (*db.IssueConnection, error) {
	return r.projectIssues.load(ctx, l, ref)
}

func (r *Request) loadProjectIssues(ctx context.Context, l *ProjectIssueList, refs []query.ProjectRef) []result[*db.IssueConnection] {
	if err := r.room(len(refs) * l.Issues.Page().Limit); err != nil {
		return failed[*db.IssueConnection](len(refs), err)
	}
	found, err := r.source.Store.IssuesOf(ctx, refs, l.Issues, l.Wants)
	return all(found, len(refs), err)
}
