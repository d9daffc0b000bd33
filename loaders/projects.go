package loaders

import (
	"context"
	"fmt"
	"strconv"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/query"
)

// ProjectByKey finds a project; nil when there is none.
func (r *Request) ProjectByKey(ctx context.Context, key db.ProjectKey) (*db.Project, error) {
	return r.projectsByKey.load(ctx, plain{}, key)
}

// ProjectByRef finds a project; nil when there is none.
func (r *Request) ProjectByRef(ctx context.Context, ref query.ProjectRef) (*db.Project, error) {
	return r.projectsByRef.load(ctx, plain{}, ref)
}

func (r *Request) loadProjectsByKey(ctx context.Context, _ plain, keys []db.ProjectKey) []result[*db.Project] {
	name := func(k db.ProjectKey) string { return cache.Key("project", r.scope.Key(), k.Key, k.Instance) }
	return cached(ctx, r.source.Cache, keys, name, func(missing []db.ProjectKey) ([]db.Found[*db.Project], []error, error) {
		return r.source.Store.ProjectsByKey(ctx, r.scope, missing)
	})
}

func (r *Request) loadProjectsByRef(ctx context.Context, _ plain, refs []query.ProjectRef) []result[*db.Project] {
	name := func(ref query.ProjectRef) string {
		return cache.Key("project-id", r.scope.Key(), strconv.Itoa(ref.Instance), strconv.FormatInt(ref.ProjectID, 10))
	}
	return cached(ctx, r.source.Cache, refs, name, func(missing []query.ProjectRef) ([]db.Found[*db.Project], []error, error) {
		found, err := r.source.Store.ProjectsByRef(ctx, r.scope, missing)
		return found, nil, err
	})
}

// ProjectIssueCount counts the live issues of a project.
func (r *Request) ProjectIssueCount(ctx context.Context, ref query.ProjectRef) (int, error) {
	return r.projectCounts.load(ctx, plain{}, ref)
}

func (r *Request) loadProjectCounts(ctx context.Context, _ plain, refs []query.ProjectRef) []result[int] {
	counts, err := r.source.Store.ProjectIssueCounts(ctx, refs)
	return all(counts, len(refs), err)
}

// Versions returns the versions of a project.
func (r *Request) Versions(ctx context.Context, ref query.ProjectRef) ([]db.Version, error) {
	return r.versions.load(ctx, plain{}, ref)
}

func (r *Request) loadVersions(ctx context.Context, _ plain, refs []query.ProjectRef) []result[[]db.Version] {
	versions, err := r.source.Store.ProjectVersions(ctx, refs)
	return all(versions, len(refs), err)
}

// Components returns the components of a project.
func (r *Request) Components(ctx context.Context, ref query.ProjectRef) ([]db.Component, error) {
	return r.components.load(ctx, plain{}, ref)
}

func (r *Request) loadComponents(ctx context.Context, _ plain, refs []query.ProjectRef) []result[[]db.Component] {
	components, err := r.source.Store.ProjectComponents(ctx, refs)
	return all(components, len(refs), err)
}

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
