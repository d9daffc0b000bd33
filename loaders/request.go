package loaders

import (
	"context"
	"sync"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/query"
)

// Source is where requests read from.
type Source struct {
	Store *db.Store
	Cache *cache.Cache // nil: every object is read from the database
}

// Request loads objects for one answer.
type Request struct {
	source Source
	scope  query.Scope

	issuesByKey   loaders[wants, db.IssueKey, *db.Issue]
	issuesByID    loaders[wants, int64, *db.Issue]
	subtasks      loaders[wants, int64, []*db.Issue]
	projectsByKey loaders[plain, db.ProjectKey, *db.Project]
	projectsByRef loaders[plain, query.ProjectRef, *db.Project]
	projectCounts loaders[plain, query.ProjectRef, int]
	projectIssues loaders[*Question, query.ProjectRef, *db.IssueConnection]
	users         loaders[plain, db.UserKey, *db.User]
	instances     loaders[plain, int, *db.Instance]
	states        loaders[plain, int, db.InstanceState]
	counts        loaders[plain, int, db.InstanceCounts]
	changelogs    loaders[db.ChangesPageKey, int64, *db.ChangelogConnection]
	comments      loaders[db.ChildPage, int64, *db.CommentConnection]
	worklogs      loaders[db.ChildPage, int64, *db.WorklogConnection]
	links         loaders[plain, int64, []db.IssueLink]
	previousKeys  loaders[plain, int64, []string]
	rawFields     loaders[plain, int64, []byte]
	projectRuns   loaders[plain, int64, []db.ProjectRun]
	metrics       loaders[plain, int64, []db.Metric]
	syncErrors    loaders[db.ChildPage, int64, *db.SyncErrorConnection]
	mappings      loaders[plain, int, *db.FieldMapping]
	mappingFills  loaders[plain, int, db.MappingFill]
	jiraFields    loaders[plain, db.JiraFieldKey, *db.JiraField]

	columns columns

	places sync.Map // questions for issues, by where they stand in the operation
	words  sync.Map // the same, by how they read
}

// New makes the loaders of one answer for an asker with the given scope.
func (s Source) New(scope query.Scope) *Request {
	r := &Request{source: s, scope: scope}
	r.issuesByKey.batch = r.loadIssuesByKey
	r.issuesByID.batch = r.loadIssuesByID
	r.subtasks.batch = r.loadSubtasks
	r.projectsByKey.batch = r.loadProjectsByKey
	r.projectsByRef.batch = r.loadProjectsByRef
	r.projectCounts.batch = r.loadProjectCounts
	r.projectIssues.batch = r.loadProjectIssues
	r.users.batch = r.loadUsers
	r.instances.batch = r.loadInstances
	r.states.batch = r.loadStates
	r.counts.batch = r.loadCounts
	r.changelogs.batch = r.loadChangelogs
	r.comments.batch = r.loadComments
	r.worklogs.batch = r.loadWorklogs
	r.links.batch = r.loadLinks
	r.previousKeys.batch = r.loadPreviousKeys
	r.rawFields.batch = r.loadRawFields
	r.projectRuns.batch = r.loadProjectRuns
	r.metrics.batch = r.loadMetrics
	r.syncErrors.batch = r.loadSyncErrors
	r.mappings.batch = r.loadMappings
	r.mappingFills.batch = r.loadMappingFills
	r.jiraFields.batch = r.loadJiraFields
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
