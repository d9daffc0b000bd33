package db

import (
	"bytes"
	"encoding/json"

	"jirasync/query"
)

// RunFilter narrows a list of runs; every member that is given must hold.
type RunFilter struct {
	State    []State // any of them; nil: not asked
	Mode     []Mode
	Instance *string // name
	Project  *string // key of a project the run touched
	Started  *query.TimeFilter
}

// ID is its global id.
func (r *Run) ID() string { return numberedID(KindRun, 0, r.SyncID) }

// DurationMs is how long it has taken, nil until it has ended.
func (r *Run) DurationMs() *int {
	if r.FinishedAt == nil {
		return nil
	}
	ms := int(r.FinishedAt.Sub(r.StartedAt).Milliseconds())
	return &ms
}

// IssuesPerSecond is its mean speed, nil until it has ended.
func (r *Run) IssuesPerSecond() *float64 {
	if r.FinishedAt == nil {
		return nil
	}
	seconds := r.FinishedAt.Sub(r.StartedAt).Seconds()
	if seconds <= 0 {
		return nil
	}
	speed := float64(r.IssuesFetched) / seconds
	return &speed
}

// ID is its global id.
func (e *SyncError) ID() string { return numberedID(KindError, e.InstanceID, e.ErrorID) }

// Payload is the item as it came: the JSON it is, without its line breaks, or a JSON string of what it
// was instead.
func (e *SyncError) Payload() json.RawMessage {
	if e.PayloadRaw == nil {
		return nil
	}
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(*e.PayloadRaw)) == nil {
		return compact.Bytes()
	}
	text, err := json.Marshal(*e.PayloadRaw)
	if err != nil {
		return nil // a string always can
	}
	return text
}

// Note is the message, nil when there is none.
func (p *Progress) Note() *string {
	if p.Message == "" {
		return nil
	}
	return &p.Message
}
