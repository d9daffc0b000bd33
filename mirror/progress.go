package mirror

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"jirasync/db"
	"jirasync/jira"
)

// tracker counts what a run has done. Sweeps write to it side by side; watchers read.
type tracker struct {
	phaseChanged chan struct{} // one pending wake-up at most

	mu       sync.Mutex
	run      db.Run
	meter    *jira.Meter
	began    time.Time
	message  string
	writing  int // pages that PostgreSQL is storing
	current  *db.ProjectRun
	projects map[string]*db.ProjectRun
	reads    map[string]*awaited // by name; the empty one is what no read was planned for
	failed   map[int64]bool      // Jira ids of the items that could not be stored: several reads may meet one
	spent    map[string]time.Duration
	entered  time.Time
	passing  bool // a project failed of what may be over in seconds
}

func newTracker(run db.Run, meter *jira.Meter) *tracker {
	run.Phase = db.PhaseDiscovering
	return &tracker{
		phaseChanged: make(chan struct{}, 1), run: run, meter: meter, began: time.Now(), entered: time.Now(),
		projects: map[string]*db.ProjectRun{}, reads: map[string]*awaited{}, failed: map[int64]bool{}, spent: map[string]time.Duration{},
	}
}

// enter moves the run to its next phase.
func (t *tracker) enter(phase db.Phase) {
	t.mu.Lock()
	t.spent[strings.ToLower(string(t.run.Phase))] += time.Since(t.entered)
	t.run.Phase, t.entered = phase, time.Now()
	t.mu.Unlock()
	select {
	case t.phaseChanged <- struct{}{}:
	default: // a wake-up is pending
	}
}

// say gives the watchers a word on what takes time.
func (t *tracker) say(message string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.message = message
}

// spend adds to a figure of time, summed over sweeps side by side.
func (t *tracker) spend(what string, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spent[what] += took
}

// storing counts a page as one that PostgreSQL stores, until it is called back.
func (t *tracker) storing() (stored func()) {
	add := func(n int) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.writing += n
	}
	add(1)
	return func() { add(-1) }
}

// project finds or opens the row of a project. The lock is held.
func (t *tracker) project(id int64, key string) *db.ProjectRun {
	p, known := t.projects[key]
	if !known {
		p = &db.ProjectRun{
			SyncID: t.run.SyncID, InstanceID: t.run.InstanceID, ProjectKey: key, State: db.Running, StartedAt: time.Now(),
		}
		t.projects[key] = p
	}
	if id != 0 {
		p.ProjectID = &id
	}
	return p
}

func (t *tracker) beginProject(id int64, key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.project(id, key)
}

func (t *tracker) finishProject(id int64, key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, now := t.project(id, key), time.Now()
	if p.State == db.Running {
		p.State, p.FinishedAt = db.Succeeded, &now
	}
	t.read(key).ended = true
}

func (t *tracker) failProject(id int64, key string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, now, text := t.project(id, key), time.Now(), err.Error()
	p.State, p.FinishedAt, p.Error = db.Failed, &now, &text
	t.passing = t.passing || passing(err)
}

// failedInPassing reports whether a project failed of what may be over in seconds.
func (t *tracker) failedInPassing() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.passing
}

// landed counts a stored page of a read.
func (t *tracker) landed(read string, issues []db.IssueRow, result db.PageResult) {
	created, updated := asSet(result.Created), asSet(result.Updated)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.read(read).done += len(issues)
	t.run.IssuesFetched += len(issues)
	t.run.IssuesCreated += len(result.Created)
	t.run.IssuesUpdated += len(result.Updated)
	t.run.IssuesUnchanged += result.Unchanged
	for i := range issues {
		p := t.project(issues[i].ProjectID, issues[i].ProjectKey)
		p.Fetched++
		switch id := issues[i].ID(); {
		case created[id]:
			p.Created++
		case updated[id]:
			p.Updated++
		default:
			p.Unchanged++
		}
		t.current = p
	}
	for _, failed := range result.Failed {
		if failed.JiraID != 0 && t.failed[failed.JiraID] {
			continue
		}
		t.failed[failed.JiraID] = true
		t.run.IssuesFailed++
		if failed.Project != "" {
			t.project(0, failed.Project).Failed++
		}
	}
}

func (t *tracker) deleted(projectID int64, key string, count int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.run.IssuesDeleted += count
	if key != "" {
		t.project(projectID, key).Deleted += count
	}
}

func asSet(ids []int64) map[int64]bool {
	set := make(map[int64]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// snapshot is the run as it stands.
func (t *tracker) snapshot() db.Run {
	t.mu.Lock()
	defer t.mu.Unlock()
	run := t.run
	run.IssuesExpected = t.expected()
	m := t.meter.Stats()
	run.Requests, run.Retries, run.ThrottledMs = int(m.Requests), int(m.Retries), int(m.Throttled.Milliseconds())
	return run
}

// moment is the run as watchers see it.
func (t *tracker) moment() db.Progress {
	run := t.snapshot()
	t.mu.Lock()
	defer t.mu.Unlock()
	p := db.Progress{RunID: run.SyncID, InstanceID: run.InstanceID, Phase: run.Phase, Done: run.IssuesFetched, Expected: run.IssuesExpected, Message: t.message}
	if t.current != nil {
		p.ProjectKey = t.current.ProjectKey
		if t.current.ProjectID != nil {
			p.ProjectID = *t.current.ProjectID
		}
	}
	if seconds := time.Since(t.began).Seconds(); seconds > 1 && run.IssuesFetched > 0 {
		speed := float64(run.IssuesFetched) / seconds
		p.IssuesPerSecond = &speed
		if run.IssuesExpected != nil && run.Phase == db.PhaseFetching {
			eta := int(float64(max(0, *run.IssuesExpected-run.IssuesFetched)) / speed)
			p.EtaSeconds = &eta
		}
	}
	if run.Phase == db.PhaseFetching && t.writing > 0 && t.meter.Stats().Open == 0 {
		p.Phase = db.PhaseWriting
	}
	return p
}

// projectRuns are the rows of the projects a run has touched, closed with it.
func (t *tracker) projectRuns(state db.State) []db.ProjectRun {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	closed := make([]db.ProjectRun, 0, len(t.projects))
	for _, p := range sortedValues(t.projects) {
		row := *p
		if row.Expected != nil {
			row.Expected = new(t.read(row.ProjectKey).expected())
		}
		if row.State == db.Running {
			row.FinishedAt, row.State = &now, state
			if state == db.Partial || state == db.Failed {
				row.State = db.Succeeded
			}
			if row.Failed > 0 {
				row.State = db.Partial
			}
		}
		closed = append(closed, row)
	}
	return closed
}

func (t *tracker) metrics(syncID int64) []db.Metric {
	run := t.snapshot()
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.meter.Stats()
	metrics := []db.Metric{
		{SyncID: syncID, Name: "total", Value: time.Since(t.began).Seconds(), Unit: "s"},
		{SyncID: syncID, Name: "downloaded", Value: float64(m.Bytes), Unit: "bytes"},
	}
	t.spent[strings.ToLower(string(run.Phase))] += time.Since(t.entered)
	for name, took := range t.spent {
		metrics = append(metrics, db.Metric{SyncID: syncID, Name: name, Value: took.Seconds(), Unit: "s"})
	}
	slices.SortFunc(metrics, func(a, b db.Metric) int { return strings.Compare(a.Name, b.Name) })
	return metrics
}

func (t *tracker) failedIssues() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.run.IssuesFailed
}

// failedProjects are those that could not be read or judged, in order of their keys.
func (t *tracker) failedProjects() []db.ProjectRun {
	t.mu.Lock()
	defer t.mu.Unlock()
	var failed []db.ProjectRun
	for _, p := range sortedValues(t.projects) {
		if p.State == db.Failed {
			failed = append(failed, *p)
		}
	}
	return failed
}

// describeFailures is one sentence for a run's row; each project's own stands beside it.
func describeFailures(failed []db.ProjectRun) string {
	first := ""
	if failed[0].Error != nil {
		first = *failed[0].Error
	}
	if len(failed) == 1 {
		return first
	}
	return fmt.Sprintf("%d projects could not be brought up to date, the first: %s", len(failed), first)
}
