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
	return r.projectsByKey.load(ctx, keyOnly{}, key)
}

// ProjectByRef finds a project; nil when there is none.
func (r *Request) ProjectByRef(ctx context.Context, ref query.ProjectRef) (*db.Project, error) {
	return r.projectsByRef.load(ctx, keyOnly{}, ref)
}

func (r *Request) loadProjectsByKey(ctx context.Context, _ keyOnly, keys []db.ProjectKey) []result[*db.Project] {
	name := func(k db.ProjectKey) string { return cache.Key("project", r.scope.Key(), k.Key, k.Instance) }
	return cached(ctx, r.source.Cache, keys, name, func(missing []db.ProjectKey) ([]db.Found[*db.Project], []error, error) {
		return r.source.Store.ProjectsByKey(ctx, r.scope, missing)
	})
}

func (r *Request) loadProjectsByRef(ctx context.Context, _ keyOnly, refs []query.ProjectRef) []result[*db.Project] {
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
	return r.projectCounts.load(ctx, keyOnly{}, ref)
}

func (r *Request) loadProjectCounts(ctx context.Context, _ keyOnly, refs []query.ProjectRef) []result[int] {
	counts, err := r.source.Store.ProjectIssueCounts(ctx, refs)
	return all(counts, len(refs), err)
}

// Versions returns the versions of a project.
func (r *Request) Versions(ctx context.Context, ref query.ProjectRef) ([]db.Version, error) {
	return r.versions.load(ctx, keyOnly{}, ref)
}

func (r *Request) loadVersions(ctx context.Context, _ keyOnly, refs []query.ProjectRef) []result[[]db.Version] {
	versions, err := r.source.Store.ProjectVersions(ctx, refs)
	return all(versions, len(refs), err)
}

// Components returns the components of a project.
func (r *Request) Components(ctx context.Context, ref query.ProjectRef) ([]db.Component, error) {
	return r.components.load(ctx, keyOnly{}, ref)
}

func (r *Request) loadComponents(ctx context.Context, _ keyOnly, refs []query.ProjectRef) []result[[]db.Component] {
	components, err := r.source.Store.ProjectComponents(ctx, refs)
	return all(components, len(refs), err)
}
