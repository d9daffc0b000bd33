package loaders

import (
	"context"
	"strconv"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/query"
)

// ProjectByKey finds a project; nil when there is none.
func (r *Request) ProjectByKey(ctx context.Context, key db.ProjectKey) (*db.Project, error) {
	return r.projectsByKey.load(ctx, key)
}

// ProjectByRef finds a project; nil when there is none.
func (r *Request) ProjectByRef(ctx context.Context, ref query.ProjectRef) (*db.Project, error) {
	return r.projectsByRef.load(ctx, ref)
}

func (r *Request) loadProjectsByKey(ctx context.Context, keys []db.ProjectKey) []result[*db.Project] {
	name := func(k db.ProjectKey) string { return cache.Key("project", r.scope.Key(), k.Key, k.Instance) }
	return cached(ctx, r.source.Cache, keys, name, func(missing []db.ProjectKey) ([]db.Found[*db.Project], []error, error) {
		return r.source.Store.ProjectsByKey(ctx, r.scope, missing)
	})
}

func (r *Request) loadProjectsByRef(ctx context.Context, refs []query.ProjectRef) []result[*db.Project] {
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
	return r.projectCounts.load(ctx, ref)
}

func (r *Request) loadProjectCounts(ctx context.Context, refs []query.ProjectRef) []result[int] {
	counts, err := r.source.Store.ProjectIssueCounts(ctx, refs)
	return all(counts, len(refs), err)
}

// Question is a list of issues that the operation asks for at one place, perhaps of many projects.
type Question struct {
	Issues *query.Issues
	Wants  db.IssueWants
	err    error
}

// Question returns what is asked at a place of the operation; it is understood once, however many
// objects ask it.
func (r *Request) Question(place any, understand func() (*query.Issues, db.IssueWants, error)) (*Question, error) {
	if known, ok := r.questions.Load(place); ok {
		q := known.(*Question) //nolint:forcetypeassert // only those are stored
		return q, q.err
	}
	fresh := new(Question)
	fresh.Issues, fresh.Wants, fresh.err = understand()
	known, _ := r.questions.LoadOrStore(place, fresh)
	q := known.(*Question) //nolint:forcetypeassert // only those are stored
	return q, q.err
}

// projectPage is a question to one project.
type projectPage struct {
	ref      query.ProjectRef
	question *Question
}

// ProjectIssues returns the page of issues that the question asks of a project.
func (r *Request) ProjectIssues(ctx context.Context, ref query.ProjectRef, q *Question) (*db.IssueConnection, error) {
	return r.projectIssues.load(ctx, projectPage{ref, q})
}

func (r *Request) loadProjectIssues(ctx context.Context, pages []projectPage) []result[*db.IssueConnection] {
	results := make([]result[*db.IssueConnection], len(pages))
	places := map[*Question][]int{}
	for i, page := range pages {
		places[page.question] = append(places[page.question], i)
	}
	for q, at := range places {
		refs := make([]query.ProjectRef, len(at))
		for n, i := range at {
			refs[n] = pages[i].ref
		}
		found, err := r.source.Store.IssuesOf(ctx, refs, q.Issues, q.Wants)
		for n, answer := range all(found, len(at), err) {
			results[at[n]] = answer
		}
	}
	return results
}
