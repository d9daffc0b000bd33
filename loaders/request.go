package loaders

import (
	"context"
	"sync"
	"sync/atomic"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/query"
)

// Source is where requests read from.
type Source struct {
	Store *db.Store
	Cache *cache.Cache // nil: every object is read from the database
	Rows  int          // that lists within lists may hold in all; 0: any number
	// Late, if there is one, hears of a batch that had to be sent by the clock: a mistake in the
	// count of those who ask.
	Late func()
}

// Request loads objects for one answer.
type Request struct {
	source Source
	scope  query.Scope
	askers askers
	rows   atomic.Int64 // that were handed out in lists within lists so far
	over   atomic.Pointer[overError]
	told   atomic.Bool // why it is over

	issuesByKey   loaders[wants, db.IssueKey, *db.Issue]
	issuesByID    loaders[wants, int64, *db.Issue]
	subtasks      loaders[wants, int64, []*db.Issue]
	projectsByKey loaders[keyOnly, db.ProjectKey, *db.Project]
	projectsByRef loaders[keyOnly, query.ProjectRef, *db.Project]
	projectCounts loaders[keyOnly, query.ProjectRef, int]
	versions      loaders[keyOnly, query.ProjectRef, []db.Version]
	components    loaders[keyOnly, query.ProjectRef, []db.Component]
	projectIssues loaders[*ProjectIssueList, query.ProjectRef, *db.IssueConnection]
	users         loaders[keyOnly, db.UserKey, *db.User]
	instances     loaders[keyOnly, int, *db.Instance]
	states        loaders[keyOnly, int, db.InstanceState]
	counts        loaders[keyOnly, int, db.InstanceCounts]
	changelogs    loaders[db.ChangesPageKey, int64, *db.ChangelogConnection]
	comments      loaders[db.ChildPage, int64, *db.CommentConnection]
	worklogs      loaders[db.ChildPage, int64, *db.WorklogConnection]
	links         loaders[keyOnly, int64, []db.IssueLink]
	sprints       loaders[keyOnly, int64, []db.Sprint]
	attachments   loaders[keyOnly, int64, []db.Attachment]
	previousKeys  loaders[keyOnly, int64, []string]
	rawFields     loaders[keyOnly, int64, []byte]
	projectRuns   loaders[keyOnly, int64, []db.ProjectRun]
	metrics       loaders[keyOnly, int64, []db.Metric]
	syncErrors    loaders[db.ChildPage, int64, *db.SyncErrorConnection]
	mappings      loaders[keyOnly, int, *db.FieldMapping]
	mappingFills  loaders[keyOnly, int, db.MappingFill]
	jiraFields    loaders[keyOnly, db.JiraFieldKey, *db.JiraField]

	columns columns

	listsByPlace sync.Map // lists of issues of projects, by where they stand in the operation
	listsByText  sync.Map // the same, by how they read
}

// New makes the loaders of one answer for an asker with the given scope.
func (s Source) New(scope query.Scope) *Request {
	r := &Request{source: s, scope: scope}
	r.askers.late = s.Late
	r.issuesByKey.with(&r.askers, r.loadIssuesByKey)
	r.issuesByID.with(&r.askers, r.loadIssuesByID)
	r.subtasks.with(&r.askers, r.loadSubtasks)
	r.projectsByKey.with(&r.askers, r.loadProjectsByKey)
	r.projectsByRef.with(&r.askers, r.loadProjectsByRef)
	r.projectCounts.with(&r.askers, r.loadProjectCounts)
	r.versions.with(&r.askers, r.loadVersions)
	r.components.with(&r.askers, r.loadComponents)
	r.projectIssues.with(&r.askers, r.loadProjectIssues)
	r.users.with(&r.askers, r.loadUsers)
	r.instances.with(&r.askers, r.loadInstances)
	r.states.with(&r.askers, r.loadStates)
	r.counts.with(&r.askers, r.loadCounts)
	r.changelogs.with(&r.askers, r.loadChangelogs)
	r.comments.with(&r.askers, r.loadComments)
	r.worklogs.with(&r.askers, r.loadWorklogs)
	r.links.with(&r.askers, r.loadLinks)
	r.sprints.with(&r.askers, r.loadSprints)
	r.attachments.with(&r.askers, r.loadAttachments)
	r.previousKeys.with(&r.askers, r.loadPreviousKeys)
	r.rawFields.with(&r.askers, r.loadRawFields)
	r.projectRuns.with(&r.askers, r.loadProjectRuns)
	r.metrics.with(&r.askers, r.loadMetrics)
	r.syncErrors.with(&r.askers, r.loadSyncErrors)
	r.mappings.with(&r.askers, r.loadMappings)
	r.mappingFills.with(&r.askers, r.loadMappingFills)
	r.jiraFields.with(&r.askers, r.loadJiraFields)
	return r
}

type requestKey struct{}

// With returns a context whose answer loads through r.
func With(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// At returns the loaders of the answer at hand; ok is false outside of one.
func At(ctx context.Context) (r *Request, ok bool) {
	r, ok = ctx.Value(requestKey{}).(*Request)
	return r, ok
}

// From returns the loaders of the answer at hand.
func From(ctx context.Context) *Request {
	r, ok := At(ctx)
	if !ok {
		panic("loaders: no request in the context") // whoever composes the server puts it there
	}
	return r
}
