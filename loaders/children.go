package loaders

import (
	"context"

	"jirasync/db"
)

// Changelog returns a page of an issue's changelog.
func (r *Request) Changelog(ctx context.Context, issue int64, page db.ChangesPageKey) (*db.ChangelogConnection, error) {
	return r.changelogs.load(ctx, page, issue)
}

func (r *Request) loadChangelogs(ctx context.Context, page db.ChangesPageKey, issues []int64) []result[*db.ChangelogConnection] {
	found, err := r.source.Store.Changelogs(ctx, issues, page)
	return all(found, len(issues), err)
}

// Comments returns a page of an issue's comments.
func (r *Request) Comments(ctx context.Context, issue int64, page db.ChildPage) (*db.CommentConnection, error) {
	return r.comments.load(ctx, page, issue)
}

func (r *Request) loadComments(ctx context.Context, page db.ChildPage, issues []int64) []result[*db.CommentConnection] {
	found, err := r.source.Store.Comments(ctx, issues, page)
	return all(found, len(issues), err)
}

// Worklogs returns a page of the work logged on an issue.
func (r *Request) Worklogs(ctx context.Context, issue int64, page db.ChildPage) (*db.WorklogConnection, error) {
	return r.worklogs.load(ctx, page, issue)
}

func (r *Request) loadWorklogs(ctx context.Context, page db.ChildPage, issues []int64) []result[*db.WorklogConnection] {
	found, err := r.source.Store.Worklogs(ctx, issues, page)
	return all(found, len(issues), err)
}

// Links returns an issue's links.
func (r *Request) Links(ctx context.Context, issue int64) ([]db.IssueLink, error) {
	return r.links.load(ctx, keyOnly{}, issue)
}

func (r *Request) loadLinks(ctx context.Context, _ keyOnly, issues []int64) []result[[]db.IssueLink] {
	found, err := r.source.Store.Links(ctx, r.scope, issues)
	return all(found, len(issues), err)
}

// Sprints returns the sprints an issue is or was in.
func (r *Request) Sprints(ctx context.Context, issue int64) ([]db.Sprint, error) {
	return r.sprints.load(ctx, keyOnly{}, issue)
}

func (r *Request) loadSprints(ctx context.Context, _ keyOnly, issues []int64) []result[[]db.Sprint] {
	found, err := r.source.Store.Sprints(ctx, issues)
	return all(found, len(issues), err)
}

// Attachments returns what is attached to an issue.
func (r *Request) Attachments(ctx context.Context, issue int64) ([]db.Attachment, error) {
	return r.attachments.load(ctx, keyOnly{}, issue)
}

func (r *Request) loadAttachments(ctx context.Context, _ keyOnly, issues []int64) []result[[]db.Attachment] {
	found, err := r.source.Store.Attachments(ctx, issues)
	return all(found, len(issues), err)
}

// PreviousKeys returns the keys an issue had before.
func (r *Request) PreviousKeys(ctx context.Context, issue int64) ([]string, error) {
	return r.previousKeys.load(ctx, keyOnly{}, issue)
}

func (r *Request) loadPreviousKeys(ctx context.Context, _ keyOnly, issues []int64) []result[[]string] {
	found, err := r.source.Store.PreviousKeys(ctx, issues)
	return all(found, len(issues), err)
}

// RawFields returns the document of an issue as Jira sent it.
func (r *Request) RawFields(ctx context.Context, issue int64) ([]byte, error) {
	return r.rawFields.load(ctx, keyOnly{}, issue)
}

func (r *Request) loadRawFields(ctx context.Context, _ keyOnly, issues []int64) []result[[]byte] {
	found, err := r.source.Store.RawFields(ctx, issues)
	return all(found, len(issues), err)
}
