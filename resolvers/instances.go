package resolvers

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"jirasync/auth"
	"jirasync/db"
	"jirasync/graph"
	"jirasync/loaders"
	"jirasync/query"
)

func (r *instanceResolver) Reachable(ctx context.Context, obj *db.Instance) (*bool, error) {
	state, err := loaders.From(ctx).InstanceState(ctx, obj.InstanceID)
	return state.Reachable, err
}

func (r *instanceResolver) LastError(ctx context.Context, obj *db.Instance) (*string, error) {
	state, err := loaders.From(ctx).InstanceState(ctx, obj.InstanceID)
	return state.LastError, err
}

func (r *instanceResolver) CompleteAsOf(ctx context.Context, obj *db.Instance) (*time.Time, error) {
	state, err := loaders.From(ctx).InstanceState(ctx, obj.InstanceID)
	return state.CompleteAsOf, err
}

func (r *instanceResolver) RateLimit(ctx context.Context, obj *db.Instance) (*db.RateLimit, error) {
	state, err := loaders.From(ctx).InstanceState(ctx, obj.InstanceID)
	return state.RateLimit, err
}

func (r *instanceResolver) IssueCount(ctx context.Context, obj *db.Instance) (int, error) {
	counts, err := loaders.From(ctx).InstanceCounts(ctx, obj.InstanceID)
	return counts.Issues, err
}

func (r *instanceResolver) ProjectCount(ctx context.Context, obj *db.Instance) (int, error) {
	counts, err := loaders.From(ctx).InstanceCounts(ctx, obj.InstanceID)
	return counts.Projects, err
}

func (r *instanceResolver) FieldCount(ctx context.Context, obj *db.Instance) (int, error) {
	counts, err := loaders.From(ctx).InstanceCounts(ctx, obj.InstanceID)
	return counts.Fields, err
}

func (r *projectResolver) IssueCount(ctx context.Context, obj *db.Project) (int, error) {
	return loaders.From(ctx).ProjectIssueCount(ctx, obj.Ref())
}

func (r *projectResolver) Versions(ctx context.Context, obj *db.Project) ([]db.Version, error) {
	versions, err := loaders.From(ctx).Versions(ctx, obj.Ref())
	return unpaged(ctx, versions, "versions of "+obj.Key, "the table jira_versions has them all"), err
}

func (r *projectResolver) Components(ctx context.Context, obj *db.Project) ([]db.Component, error) {
	components, err := loaders.From(ctx).Components(ctx, obj.Ref())
	return unpaged(ctx, components, "components of "+obj.Key, "the table jira_components has them all"), err
}

func (r *projectResolver) Issues(ctx context.Context, obj *db.Project, where *query.IssueFilter, visibility *query.Visibility, orderBy []query.IssueOrder, first *int, after *string, last *int, before *string) (*db.IssueConnection, error) {
	load := loaders.From(ctx)
	list, err := load.ProjectIssueList(placeOf(graphql.GetFieldContext(ctx).Field), func() (loaders.ProjectIssueList, error) {
		columns, err := load.Columns(ctx)
		if err != nil {
			return loaders.ProjectIssueList{}, err
		}
		asked := query.IssueList{
			Scope: auth.Scope(ctx), Where: where, Visibility: or(visibility, query.Live), OrderBy: orderBy,
			Page: query.PageArgs{First: first, Last: last, After: after, Before: before}, Columns: columns,
			Exact: !selected(ctx, "IssueConnection").asks("pageInfo"),
		}
		issues, err := asked.Compile(r.Limits)
		if err != nil {
			return loaders.ProjectIssueList{}, err
		}
		load.Uses(ctx, issues.Mapped())
		return loaders.ProjectIssueList{Issues: issues, Wants: r.pageWants(ctx)}, nil
	})
	if err != nil {
		return nil, err
	}
	return load.ProjectIssues(ctx, obj.Ref(), list)
}

func (r *queryResolver) Instances(ctx context.Context) ([]db.Instance, error) {
	instances, err := r.Store.Instances(ctx)
	return values(instances), err
}

func (r *queryResolver) Project(ctx context.Context, key string, instance *string) (*db.Project, error) {
	name := db.ProjectKey{Key: key, Instance: or(instance, "")}
	for what, given := range map[string]string{"key": name.Key, "instance": name.Instance} {
		if err := query.CheckText(what, given, r.Limits); err != nil {
			return nil, err
		}
	}
	return loaders.From(ctx).ProjectByKey(ctx, name)
}

func (r *queryResolver) Projects(ctx context.Context, instance *string, search *string, first *int, after *string) (*db.ProjectConnection, error) {
	page, err := query.PageArgs{First: first, After: after}.Page(r.Limits)
	if err != nil {
		return nil, err
	}
	for name, given := range map[string]*string{"search": search, "instance": instance} {
		if err := query.CheckText(name, or(given, ""), r.Limits); err != nil {
			return nil, err
		}
	}
	return r.Store.Projects(ctx, db.ProjectList{
		Scope: auth.Scope(ctx), Instance: or(instance, ""), Search: or(search, ""), Page: page,
		Total: selected(ctx, "ProjectConnection").asks("totalCount"),
	})
}

func (r *Resolver) Instance() graph.InstanceResolver { return &instanceResolver{r} }

func (r *Resolver) Project() graph.ProjectResolver { return &projectResolver{r} }

type (
	instanceResolver struct{ *Resolver }
	projectResolver  struct{ *Resolver }
)
