package loaders

import (
	"context"
	"fmt"

	"jirasync/db"
	"jirasync/query"
)

// Question is a list of issues that the operation asks for, perhaps of many projects.
type Question struct {
	Issues *query.Issues
	Wants  db.IssueWants
}

// Question returns what is asked at a place of the operation. It is understood once, however many
// projects are asked, and is the same as one that reads the same at another place.
func (r *Request) Question(place any, understand func() (Question, error)) (*Question, error) {
	if known, ok := r.places.Load(place); ok {
		return known.(*Question), nil //nolint:forcetypeassert // only those are stored
	}
	q, err := understand()
	if err != nil {
		return nil, err
	}
	same := &q
	if known, ok := r.words.LoadOrStore(q.words(), same); ok {
		same = known.(*Question) //nolint:forcetypeassert // only those are stored
	}
	known, _ := r.places.LoadOrStore(place, same)
	return known.(*Question), nil //nolint:forcetypeassert // only those are stored
}

// words tell questions apart: texts are quoted, for two may read like one with a space. The page is
// told beside the statement, which reads as much for one more issue as for whether more follow.
func (q Question) words() string {
	statement := q.Issues.ListOf([]query.ProjectRef{{}}, query.Selection{}, false)
	return fmt.Sprintf("%s %#v %v %d %v %#v %#v", statement.SQL, statement.Args, q.Issues.Page(), q.Wants.Fields, q.Wants.Total, q.Wants.Changes, q.Wants.Mapped)
}

// ProjectIssues returns the page of issues that the question asks of a project.
func (r *Request) ProjectIssues(ctx context.Context, ref query.ProjectRef, q *Question) (*db.IssueConnection, error) {
	return r.projectIssues.load(ctx, q, ref)
}

func (r *Request) loadProjectIssues(ctx context.Context, q *Question, refs []query.ProjectRef) []result[*db.IssueConnection] {
	if err := r.room(len(refs) * q.Issues.Page().Limit); err != nil {
		return failed[*db.IssueConnection](len(refs), err)
	}
	found, err := r.source.Store.IssuesOf(ctx, refs, q.Issues, q.Wants)
	return all(found, len(refs), err)
}
