package db

import "time"

// Mode is what a run sets out to do.
type Mode string

// The modes of a run.
const (
	Incremental Mode = "INCREMENTAL" // what changed
	Full        Mode = "FULL"        // everything
	Reconcile   Mode = "RECONCILE"   // a census of ids: what was deleted or missed
)

// Kinds of checkpoint that are no modes of a run.
const (
	Recent   Mode = "RECENT"   // the part of a whole read that people look at first
	Reread   Mode = "REREAD"   // the slow rolling re-read of everything
	Worklogs Mode = "WORKLOGS" // worklogs written and removed
	Late     Mode = "LATE"     // changes that no window reached back to
)

// State is how far a run has come.
type State string

// The states of a run, or of one project in it. The last five are final.
const (
	Queued      State = "QUEUED"
	Running     State = "RUNNING"
	Succeeded   State = "SUCCEEDED"
	Partial     State = "PARTIAL"     // some projects or items failed, the rest is stored
	Failed      State = "FAILED"      // nothing more could be done
	Cancelled   State = "CANCELLED"   // a person ended it
	Interrupted State = "INTERRUPTED" // its server went away; the next run goes on from there
)

// Final reports whether a run in this state has ended.
func (s State) Final() bool { return s != Queued && s != Running }

// Phase is what a run in progress is doing.
type Phase string

// The phases of a run, in their order.
const (
	PhaseQueued      Phase = "QUEUED"
	PhaseDiscovering Phase = "DISCOVERING" // projects, fields, dictionaries
	PhaseFetching    Phase = "FETCHING"    // pages of issues
	PhaseWriting     Phase = "WRITING"     // a moment of FETCHING in which Jira has answered all, and pages are stored
	PhaseReconciling Phase = "RECONCILING" // the census
	PhaseFinished    Phase = "FINISHED"
)

// Run is one row of sync_history: one run of one instance.
type Run struct {
	SyncID      int64      `db:"sync_id"`
	InstanceID  int        `db:"instance_id"`
	TriggeredBy string     `db:"triggered_by"` // schedule, resume, retry, cli, or the user who asked
	Mode        Mode       `db:"mode"`
	State       State      `db:"state"`
	Keys        []string   `db:"projects"` // projects it was asked to keep to; empty: all
	Phase       Phase      `db:"phase"`
	CancelAt    *time.Time `db:"cancel_requested_at"`
	StartedAt   time.Time  `db:"started_at"` // while QUEUED: when it was asked for
	FinishedAt  *time.Time `db:"finished_at"`
	Counts
	Requests    int     `db:"requests"`
	Retries     int     `db:"retries"`
	ThrottledMs int     `db:"throttled_ms"`
	Error       *string `db:"error"`
}

// Counts are the issues a run, or one project in it, has seen.
type Counts struct {
	IssuesFetched   int  `db:"issues_fetched"`
	IssuesCreated   int  `db:"issues_created"`
	IssuesUpdated   int  `db:"issues_updated"`
	IssuesUnchanged int  `db:"issues_unchanged"`
	IssuesDeleted   int  `db:"issues_deleted"`
	IssuesFailed    int  `db:"issues_failed"`
	IssuesExpected  *int `db:"issues_expected"` // nil: not known
}

// ProjectRun is one row of sync_project_details.
type ProjectRun struct {
	SyncID     int64      `db:"sync_id"`
	InstanceID int        `db:"instance_id"`
	ProjectKey string     `db:"project_key"`
	ProjectID  *int64     `db:"project_id"` // nil when the project itself could not be read
	State      State      `db:"state"`
	Fetched    int        `db:"fetched"`
	Expected   *int       `db:"expected"`
	Created    int        `db:"created"`
	Updated    int        `db:"updated"`
	Unchanged  int        `db:"unchanged"`
	Deleted    int        `db:"deleted"`
	Failed     int        `db:"failed"`
	StartedAt  time.Time  `db:"started_at"`
	FinishedAt *time.Time `db:"finished_at"`
	Error      *string    `db:"error"`
}

// Metric is one row of sync_performance_metrics.
type Metric struct {
	SyncID int64   `db:"sync_id"`
	Name   string  `db:"name"`
	Value  float64 `db:"value"`
	Unit   string  `db:"unit"`
}

// SyncError is one row of sync_errors: an item that could not be stored, kept with its payload.
type SyncError struct {
	ErrorID    int64      `db:"error_id"`
	SyncID     int64      `db:"sync_id"`
	InstanceID int        `db:"instance_id"`
	JiraID     int64      `db:"jira_id"`
	Key        *string    `db:"issue_key"`
	Project    *string    `db:"project_key"`
	Stage      string     `db:"stage"` // fetch, decode or write
	Message    string     `db:"message"`
	PayloadRaw *string    `db:"payload"` // as it came, which need not be JSON
	At         time.Time  `db:"last_at"`
	ResolvedAt *time.Time `db:"resolved_at"`
}
