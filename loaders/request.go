package loaders

import (
	"context"
	"sync"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/query"
)

// largestBatch bounds one statement's keys; a longer list is read in several.
const largestBatch = 1000

// Source is where requests read from.
type Source struct {
	Store *db.Store
	Cache *cache.Cache // nil: every object is read from the database
}

// Request loads objects for one answer.
type Request struct {
	source Source
	scope  query.Scope

	issuesByKey   *loader[issueKey, *db.Issue]
	issuesByID    *loader[issueID, *db.Issue]
	projectsByKey *loader[db.ProjectKey, *db.Project]
	projectsByRef *loader[query.ProjectRef, *db.Project]
	users         *loader[db.UserKey, *db.User]
	instances     *loader[int, *db.Instance]
	states        *loader[int, db.InstanceState]
	counts        *loader[int, db.InstanceCounts]
	projectCounts *loader[query.ProjectRef, int]
	projectIssues *loader[projectPage, *db.IssueConnection]
	changelogs    *loader[changesOf, *db.ChangelogConnection]
	comments      *loader[childrenOf, *db.CommentConnection]
	worklogs      *loader[childrenOf, *db.WorklogConnection]
	links         *loader[int64, []db.IssueLink]
	subtasks      *loader[issueID, []*db.Issue]
	previousKeys  *loader[int64, []string]
	rawFields     *loader[int64, []byte]
	projectRuns   *loader[int64, []db.ProjectRun]
	metrics       *loader[int64, []db.Metric]
	syncErrors    *loader[childrenOf, *db.SyncErrorConnection]

	questions sync.Map // of lists of issues, by where they stand in the operation
}

// New makes the loaders of one answer for an asker with the given scope.
func (s Source) New(scope query.Scope) *Request {
	r := &Request{source: s, scope: scope}
	r.issuesByKey = newLoader(r.loadIssuesByKey)
	r.issuesByID = newLoader(r.loadIssuesByID)
	r.projectsByKey = newLoader(r.loadProjectsByKey)
	r.projectsByRef = newLoader(r.loadProjectsByRef)
	r.users = newLoader(r.loadUsers)
	r.instances = newLoader(r.loadInstances)
	r.states = newLoader(r.loadStates)
	r.counts = newLoader(r.loadCounts)
	r.projectCounts = newLoader(r.loadProjectCounts)
	r.projectIssues = newLoader(r.loadProjectIssues)
	r.changelogs = newLoader(r.loadChangelogs)
	r.comments = newLoader(r.loadComments)
	r.worklogs = newLoader(r.loadWorklogs)
	r.links = newLoader(r.loadLinks)
	r.subtasks = newLoader(r.loadSubtasks)
	r.previousKeys = newLoader(r.loadPreviousKeys)
	r.rawFields = newLoader(r.loadRawFields)
	r.projectRuns = newLoader(r.loadProjectRuns)
	r.metrics = newLoader(r.loadMetrics)
	r.syncErrors = newLoader(r.loadSyncErrors)
	return r
}

type requestKey struct{}

// With returns a context whose answer loads through r.
func With(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// From returns the loaders of the answer at hand.
func From(ctx context.Context) *Request {
	r, ok := ctx.Value(requestKey{}).(*Request)
	if !ok {
		panic("loaders: no request in the context") // whoever composes the server puts it there
	}
	return r
}
