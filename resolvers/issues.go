package resolvers

import (
	"context"
	"encoding/json"
	"errors"

	"jirasync/auth"
	"jirasync/db"
	"jirasync/graph"
	"jirasync/loaders"
	"jirasync/query"
)

func (r *issueResolver) Sprints(ctx context.Context, obj *db.Issue) ([]db.Sprint, error) {
	sprints, err := loaders.From(ctx).Sprints(ctx, obj.IssueID)
	return unpaged(ctx, sprints, "sprints", "raw has them all"), err
}

func (r *issueResolver) Attachments(ctx context.Context, obj *db.Issue) ([]db.Attachment, error) {
	attachments, err := loaders.From(ctx).Attachments(ctx, obj.IssueID)
	return unpaged(ctx, attachments, "attachments", "raw has them all"), err
}

func (r *issueResolver) Parent(ctx context.Context, obj *db.Issue) (*db.Issue, error) {
	if obj.ParentID == nil {
		return nil, nil
	}
	return loaders.From(ctx).IssueByID(ctx, *obj.ParentID, r.oneWants(ctx))
}

func (r *issueResolver) Epic(ctx context.Context, obj *db.Issue) (*db.Issue, error) {
	if obj.EpicKey == nil {
		return nil, nil
	}
	return loaders.From(ctx).IssueByKey(ctx, db.IssueKey{Key: *obj.EpicKey, Instance: obj.Instance.Name}, r.oneWants(ctx))
}

func (r *issueResolver) Subtasks(ctx context.Context, obj *db.Issue) ([]db.Issue, error) {
	subtasks, err := loaders.From(ctx).Subtasks(ctx, obj.IssueID, r.oneWants(ctx))
	return values(unpaged(ctx, subtasks, "subtasks", "issues(where: {parent: ...}) has pages")), err
}

func (r *issueResolver) Links(ctx context.Context, obj *db.Issue) ([]db.IssueLink, error) {
	links, err := loaders.From(ctx).Links(ctx, obj.IssueID)
	return unpaged(ctx, links, "links", "raw has them all"), err
}

func (r *issueResolver) Comments(ctx context.Context, obj *db.Issue, first *int, after *string, last *int, before *string) (*db.CommentConnection, error) {
	page, err := r.childPage(query.PageArgs{First: first, Last: last, After: after, Before: before},
		selected(ctx, "CommentConnection"), "CommentEdge", "Comment")
	if err != nil {
		return nil, err
	}
	return loaders.From(ctx).Comments(ctx, obj.IssueID, page)
}

func (r *issueResolver) Worklogs(ctx context.Context, obj *db.Issue, first *int, after *string, last *int, before *string) (*db.WorklogConnection, error) {
	page, err := r.childPage(query.PageArgs{First: first, Last: last, After: after, Before: before},
		selected(ctx, "WorklogConnection"), "WorklogEdge", "Worklog")
	if err != nil {
		return nil, err
	}
	return loaders.From(ctx).Worklogs(ctx, obj.IssueID, page)
}

func (r *issueResolver) Changelog(ctx context.Context, obj *db.Issue, first *int, after *string, last *int, before *string, field *string) (*db.ChangelogConnection, error) {
	page, err := r.changesPage(query.PageArgs{First: first, Last: last, After: after, Before: before}, field,
		selected(ctx, "ChangelogConnection"))
	if err != nil {
		return nil, err
	}
	if read, ok := obj.ChangesOf(page); ok {
		return read, nil
	}
	return loaders.From(ctx).Changelog(ctx, obj.IssueID, page)
}

func (r *issueResolver) Raw(ctx context.Context, obj *db.Issue) (json.RawMessage, error) {
	fields, err := loaders.From(ctx).RawFields(ctx, obj.IssueID)
	if err == nil && fields == nil {
		fields = []byte("{}") // never null in the schema: Jira sent nothing that could be stored
	}
	return fields, err
}

func (r *issueResolver) PreviousKeys(ctx context.Context, obj *db.Issue) ([]string, error) {
	keys, err := loaders.From(ctx).PreviousKeys(ctx, obj.IssueID)
	return unpaged(ctx, keys, "previous keys", "the table jira_issue_keys has them all"), err
}

func (r *issueChangeResolver) Run(ctx context.Context, obj *db.IssueChange) (*db.Run, error) {
	if obj.RunID == 0 {
		return nil, nil
	}
	run, err := r.runs.run(ctx, r.Store, obj.RunID)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	return run, err
}

func (r *issueLinkResolver) Issue(ctx context.Context, obj *db.IssueLink) (*db.Issue, error) {
	if obj.OtherID == nil {
		return nil, nil
	}
	return loaders.From(ctx).IssueByID(ctx, *obj.OtherID, r.oneWants(ctx))
}

func (r *queryResolver) Issue(ctx context.Context, key string, instance *string) (*db.Issue, error) {
	name := db.IssueKey{Key: key, Instance: or(instance, "")}
	for what, given := range map[string]string{"key": name.Key, "instance": name.Instance} {
		if err := query.CheckText(what, given, r.Limits); err != nil {
			return nil, err
		}
	}
	return loaders.From(ctx).IssueByKey(ctx, name, r.oneWants(ctx))
}

func (r *queryResolver) Issues(ctx context.Context, where *query.IssueFilter, search *string, visibility *query.Visibility, orderBy []query.IssueOrder, first *int, after *string, last *int, before *string) (*db.IssueConnection, error) {
	columns, err := loaders.From(ctx).Columns(ctx)
	if err != nil {
		return nil, err
	}
	list := query.IssueList{
		Scope: auth.Scope(ctx), Where: where, Search: or(search, ""), Visibility: or(visibility, query.Live), OrderBy: orderBy,
		Page: query.PageArgs{First: first, Last: last, After: after, Before: before}, Columns: columns,
		Exact: !selected(ctx, "IssueConnection").asks("pageInfo"),
	}
	question, err := list.Compile(r.Limits)
	if err != nil {
		return nil, err
	}
	loaders.From(ctx).Uses(ctx, question.Mapped())
	return r.Store.Issues(ctx, question, r.pageWants(ctx))
}

func (r *queryResolver) IssueStats(ctx context.Context, where *query.IssueFilter, search *string, visibility *query.Visibility, groupBy []query.IssueGroupBy, timeZone *string, limit *int) (*db.IssueStats, error) {
	columns, err := loaders.From(ctx).Columns(ctx)
	if err != nil {
		return nil, err
	}
	question, err := query.IssueStats{
		Scope: auth.Scope(ctx), Where: where, Search: or(search, ""), Visibility: or(visibility, query.Live),
		GroupBy: groupBy, Measures: measures(ctx), TimeZone: or(timeZone, "UTC"), Limit: or(limit, 100), Columns: columns,
	}.Compile(r.Limits)
	if err != nil {
		return nil, err
	}
	loaders.From(ctx).Uses(ctx, question.Mapped())
	return r.Store.IssueStats(ctx, question)
}

func (r *subscriptionResolver) IssueChanged(ctx context.Context, where *query.IssueFilter) (<-chan *db.IssueChange, error) {
	return r.watchIssues(ctx, where)
}

func (r *Resolver) Issue() graph.IssueResolver { return &issueResolver{r} }

func (r *Resolver) IssueChange() graph.IssueChangeResolver { return &issueChangeResolver{r} }

func (r *Resolver) IssueLink() graph.IssueLinkResolver { return &issueLinkResolver{r} }

type (
	issueResolver       struct{ *Resolver }
	issueChangeResolver struct{ *Resolver }
	issueLinkResolver   struct{ *Resolver }
)
