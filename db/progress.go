package db

// Progress is a moment of a run, as those who watch it see it.
type Progress struct {
	RunID           int64    `json:"runId"`
	InstanceID      int      `json:"instanceId"`
	Phase           Phase    `json:"phase"`
	ProjectID       int64    `json:"projectId,omitempty"` // whose page landed last; 0: none yet
	ProjectKey      string   `json:"projectKey,omitempty"`
	Done            int      `json:"done"` // issues
	Expected        *int     `json:"expected,omitempty"`
	IssuesPerSecond *float64 `json:"issuesPerSecond,omitempty"`
	EtaSeconds      *int     `json:"etaSeconds,omitempty"`
	Message         string   `json:"message,omitempty"`
}

// Progress is how far the run was when it was read.
func (r *Run) Progress() Progress {
	return Progress{
		RunID: r.SyncID, InstanceID: r.InstanceID, Phase: r.Phase,
		Done: r.IssuesFetched, Expected: r.IssuesExpected, IssuesPerSecond: r.IssuesPerSecond(),
	}
}
