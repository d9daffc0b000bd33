package db

import (
	"strconv"
	"time"
)

// Instance is a Jira that the mirror copies.
type Instance struct {
	InstanceID int
	Name       string
	URL        string
	Kind       InstanceKind
}

// InstanceKind is the product an instance runs.
type InstanceKind string

// The kinds of instance.
const (
	Cloud       InstanceKind = "CLOUD"
	DataCenter  InstanceKind = "DATA_CENTER"
	UnknownKind InstanceKind = "UNKNOWN" // it has not answered yet
)

// InstanceState is what changes about an instance without a change of its data.
type InstanceState struct {
	InstanceID   int
	Reachable    *bool // nil: never tried
	LastError    *string
	CompleteAsOf *time.Time // all that Jira showed up to then is here, but for what waits in sync_errors
	HistoryFrom  *time.Time // how far back the first read has come; nil before and after it
	RateLimit    *RateLimit // nil: Jira has said nothing
}

// RateLimit is what Jira last said of its limits.
type RateLimit struct {
	Remaining *int
	Limit     *int
	Until     *time.Time // set while we wait
	Reason    *string
}

// InstanceCounts are how much of an instance is in the mirror.
type InstanceCounts struct {
	Issues   int // live ones
	Projects int // that Jira shows us
	Fields   int
}

// ID is its global id.
func (i *Instance) ID() string {
	return GlobalID{KindInstance, i.InstanceID, strconv.Itoa(i.InstanceID)}.String()
}
