package loaders

import (
	"context"

	"jirasync/db"
)

// changesOf is a page of one issue's changelog, childrenOf of its comments or
// worklogs, or of a run's errors.
type (
	changesOf struct {
		issue int64
		page  db.ChangesPageKey
	}
	childrenOf struct {
		parent int64
		page   db.ChildPage
	}
)

// Changelog returns a page of an issue's changelog.
func (r *Request) Changelog(ctx context.Context, issue int64, page db.ChangesPageKey) (*db.ChangelogConnection, error) {
	return r.changelogs.load(ctx, changesOf{issue, page})
}

func (r *Request) loadChangelogs(ctx context.Context, keys []changesOf) []result[*db.ChangelogConnection] {
	return byPage(keys, func(k changesOf) (int64, db.ChangesPageKey) { return k.issue, k.page },
		func(issues []int64, page db.ChangesPageKey) ([]*db.ChangelogConnection, error) {
			return r.source.Store.Changelogs(ctx, issues, page)
		})
}

// Comments returns a page of an issue's comments.
func (r *Request) Comments(ctx context.Context, issue int64, page db.ChildPage) (*db.CommentConnection, error) {
	return r.comments.load(ctx, childrenOf{issue, page})
}

func (r *Request) loadComments(ctx context.Context, keys []childrenOf) []result[*db.CommentConnection] {
	return byPage(keys, childrenOf.split, func(issues []int64, page db.ChildPage) ([]*db.CommentConnection, error) {
		return r.source.Store.Comments(ctx, issues, page)
	})
}

// Worklogs returns a page of the work logged on an issue.
func (r *Request) Worklogs(ctx context.Context, issue int64, page db.ChildPage) (*db.WorklogConnection, error) {
	return r.worklogs.load(ctx, childrenOf{issue, page})
}

func (r *Request) loadWorklogs(ctx context.Context, keys []childrenOf) []result[*db.WorklogConnection] {
	return byPage(keys, childrenOf.split, func(issues []int64, page db.ChildPage) ([]*db.WorklogConnection, error) {
		return r.source.Store.Worklogs(ctx, issues, page)
	})
}

func (k childrenOf) split() (int64, db.ChildPage) { return k.parent, k.page }

// byPage asks for each page, that is each set of arguments, in a batch of its own.
func byPage[K, P comparable, V any](keys []K, split func(K) (int64, P), ask func([]int64, P) ([]V, error)) []result[V] {
	results := make([]result[V], len(keys))
	places := map[P][]int{}
	for i, key := range keys {
		_, page := split(key)
		places[page] = append(places[page], i)
	}
	for page, at := range places {
		issues := make([]int64, len(at))
		for n, i := range at {
			issues[n], _ = split(keys[i])
		}
		found, err := ask(issues, page)
		for n, r := range all(found, len(at), err) {
			results[at[n]] = r
		}
	}
	return results
}

// Links returns an issue's links.
func (r *Request) Links(ctx context.Context, issue int64) ([]db.IssueLink, error) {
	return r.links.load(ctx, issue)
}

func (r *Request) loadLinks(ctx context.Context, issues []int64) []result[[]db.IssueLink] {
	found, err := r.source.Store.Links(ctx, r.scope, issues)
	return all(found, len(issues), err)
}

// Subtasks returns an issue's sub-tasks.
func (r *Request) Subtasks(ctx context.Context, issue int64, w db.IssueWants) ([]*db.Issue, error) {
	return r.subtasks.load(ctx, issueID{issue, wantsOf(w)})
}

func (r *Request) loadSubtasks(ctx context.Context, keys []issueID) []result[[]*db.Issue] {
	return byWants(keys, func(k issueID) wants { return k.wants }, func(w wants, some []issueID) []result[[]*db.Issue] {
		parents := make([]int64, len(some))
		for i, k := range some {
			parents[i] = k.id
		}
		found, err := r.source.Store.Subtasks(ctx, r.scope, parents, w.db())
		return all(found, len(some), err)
	})
}

// PreviousKeys returns the keys an issue had before.
func (r *Request) PreviousKeys(ctx context.Context, issue int64) ([]string, error) {
	return r.previousKeys.load(ctx, issue)
}

func (r *Request) loadPreviousKeys(ctx context.Context, issues []int64) []result[[]string] {
	found, err := r.source.Store.PreviousKeys(ctx, issues)
	return all(found, len(issues), err)
}

// RawFields returns the document of an issue as Jira sent it.
func (r *Request) RawFields(ctx context.Context, issue int64) ([]byte, error) {
	return r.rawFields.load(ctx, issue)
}

func (r *Request) loadRawFields(ctx context.Context, issues []int64) []result[[]byte] {
	found, err := r.source.Store.RawFields(ctx, issues)
	return all(found, len(issues), err)
}
