package db

import (
	"encoding/json"
	"fmt"
	"time"

	"jirasync/query"
)

// MappingTag names the version of the field mappings wherever answers are kept.
const MappingTag = "mapping"

// FieldSource is a field of one instance that a mapping reads.
type FieldSource struct {
	InstanceID int    `json:"instance"`
	FieldID    string `json:"field"`
}

// MappingSpec is what an admin says of a mapping.
type MappingSpec struct {
	Name    string          `json:"name"`
	Label   string          `json:"label"`
	Type    query.ValueType `json:"type"`
	Sources []FieldSource   `json:"sources"` // in order of preference
}

// MappingState says how far a mapping is.
type MappingState string

// The states of a mapping.
const (
	MappingPending  MappingState = "PENDING"     // its column is not there yet
	MappingFilling  MappingState = "BACKFILLING" // its column is being filled
	MappingReady    MappingState = "READY"
	MappingRetired  MappingState = "RETIRED" // not offered any more; its data stay until it is purged
	MappingHasError MappingState = "FAILED"
)

// FieldMapping is several instances' fields read as one column.
type FieldMapping struct {
	MappingID   int             `db:"mapping_id"`
	Name        string          `db:"name"`
	Label       string          `db:"label"`
	Type        query.ValueType `db:"field_type"`
	Sources     []FieldSource   `db:"sources"`
	State       MappingState    `db:"state"`
	Error       *string         `db:"error"`
	ReadColumn  *string         `db:"read_column"` // nil until it has been filled for the first time
	IndexWanted bool            `db:"index_wanted"`
	Version     int             `db:"version"`
	CreatedAt   time.Time       `db:"created_at"`
	UpdatedAt   time.Time       `db:"updated_at"`
	UpdatedBy   *string         `db:"updated_by"`
	Aliases     []string        `db:"aliases"` // names it had before
	FillDone    *int            `db:"fill_done"`
	FillTotal   *int            `db:"fill_total"`
}

// ID is its global id.
func (m *FieldMapping) ID() string { return numberedID(KindMapping, 0, int64(m.MappingID)) }

// Column is its column in jira_issues_v2.
func (m *FieldMapping) Column() string { return m.Name }

// Indexed reports whether its use, or an admin, has asked for an index.
func (m *FieldMapping) Indexed() bool { return m.IndexWanted }

// Spec is what was said of it.
func (m *FieldMapping) Spec() MappingSpec {
	return MappingSpec{Name: m.Name, Label: m.Label, Type: m.Type, Sources: m.Sources}
}

// MappingConflictError says that a mapping was changed by somebody else since it was read.
type MappingConflictError struct {
	Current   *FieldMapping // nil: it is gone
	Submitted MappingSpec
	Version   int // that was submitted
}

func (e *MappingConflictError) Error() string {
	if e.Current == nil {
		return fmt.Sprintf("the mapping %q was purged meanwhile: save it without an id to make it anew", e.Submitted.Name)
	}
	by := "somebody"
	if e.Current.UpdatedBy != nil {
		by = *e.Current.UpdatedBy
	}
	return fmt.Sprintf("the mapping %q was changed by %s at %s: it is at version %d, yours began at %d; compare both and save again with the newer version",
		e.Current.Name, by, e.Current.UpdatedAt.UTC().Format(time.RFC3339), e.Current.Version, e.Version)
}

// MappingBackup is the state of all mappings at a time.
type MappingBackup struct {
	BackupID  int64           `db:"backup_id"`
	CreatedAt time.Time       `db:"created_at"`
	CreatedBy *string         `db:"created_by"`
	Note      *string         `db:"note"`
	Automatic bool            `db:"automatic"`
	Saved     []SavedMapping  `db:"-"`
	Document  json.RawMessage `db:"mappings"`
}

// ID is its global id.
func (b *MappingBackup) ID() string { return numberedID(KindBackup, 0, b.BackupID) }

// Mappings are the kept mappings as JSON.
func (b *MappingBackup) Mappings() []json.RawMessage {
	list := make([]json.RawMessage, len(b.Saved))
	for n := range b.Saved {
		list[n], _ = json.Marshal(b.Saved[n]) // texts and numbers always marshal
	}
	return list
}

// SavedMapping is a mapping in a backup.
type SavedMapping struct {
	ID int `json:"id"`
	MappingSpec
	Retired bool     `json:"retired"`
	Aliases []string `json:"aliases"`
}

// MappingDifference is how a mapping in a backup differs from now.
type MappingDifference struct {
	Name   string
	Kind   DifferenceKind
	Backup json.RawMessage // nil: it is not in the backup
	Now    json.RawMessage // nil: it is not there now
}

// DifferenceKind says what a restore would do to a mapping.
type DifferenceKind string

// The kinds of difference.
const (
	DifferenceAdded   DifferenceKind = "ADDED"   // there now, not in the backup: a restore of all retires it
	DifferenceRemoved DifferenceKind = "REMOVED" // in the backup, not there now: a restore makes it again
	DifferenceChanged DifferenceKind = "CHANGED"
)

// JiraField is a field that discovery found in an instance.
type JiraField struct {
	InstanceID   int             `db:"instance_id"`
	FieldID      string          `db:"field_id"`
	Name         string          `db:"name"`
	Custom       bool            `db:"custom"`
	SchemaType   *string         `db:"schema_type"`
	Items        *string         `db:"schema_items"`
	SchemaCustom *string         `db:"schema_custom"`
	DiscoveredAt time.Time       `db:"discovered_at"`
	ChangedAt    time.Time       `db:"changed_at"`
	MissingSince *time.Time      `db:"missing_since"`
	Usage        *float64        `db:"usage"`
	SampleList   json.RawMessage `db:"samples"`
	SampledAt    *time.Time      `db:"sampled_at"`
	Namesakes    int             `db:"namesakes"`  // other fields of the same name in the instance
	MappingID    *int            `db:"mapping_id"` // the first mapping that reads it
}

// Type is the type of its values as Jira calls it; "any" where Jira names none.
func (f *JiraField) Type() string { return or(f.SchemaType, "any") }

// Samples are some of its values.
func (f *JiraField) Samples() []json.RawMessage {
	list := []json.RawMessage{}
	_ = json.Unmarshal(f.SampleList, &list) // our own array, or null
	return list
}

// Sample is one of its values, nil where none was seen.
func (f *JiraField) Sample() json.RawMessage {
	if list := f.Samples(); len(list) > 0 {
		return list[0]
	}
	return nil
}

// FieldChange is what discovery saw Jira change about a field.
type FieldChange struct {
	At     time.Time       `db:"at"`
	Kind   FieldChangeKind `db:"kind"`
	Before *string         `db:"before"`
	After  *string         `db:"after"`
}

// FieldChangeKind says what Jira changed about a field: ADDED, RENAMED, TYPE, MISSING or RETURNED.
type FieldChangeKind string

// FieldDiscovery is what one look at an instance's fields found.
type FieldDiscovery struct {
	InstanceID                     int
	Total, Added, Changed, Missing int
}

// FieldMappingPreview is what a mapping would give.
type FieldMappingPreview struct {
	Column           string
	Type             query.ValueType
	Filled           int
	Empty            int
	Failed           int
	Examined         int // issues that were looked at
	Total            int // issues there are
	Samples          []FieldSample
	Failures         []FailedValue
	EstimatedSeconds float64
}

// FieldSample is a value and what becomes of it.
type FieldSample struct {
	IssueKey string
	Raw      json.RawMessage
	Value    json.RawMessage
	Problem  *string
}

// FailedValue is a value that could not be read, and how often it occurs.
type FailedValue struct {
	Value   string
	Problem string
	Count   int
	Keys    []string // some of the issues
}

// FailedIssue is an issue whose value could not be read.
type FailedIssue struct {
	IssueID int64     `db:"issue_id"`
	Key     string    `db:"issue_key"`
	FieldID string    `db:"field_id"`
	Value   string    `db:"value"`
	Problem string    `db:"problem"`
	At      time.Time `db:"at"`
}

// ID is the global id of the issue.
func (f *FailedIssue) ID() string {
	instance, jiraID := SplitIssueID(f.IssueID)
	return numberedID(KindIssue, instance, jiraID)
}

// FieldMappingSuggestion is a mapping that names, types and values speak for.
type FieldMappingSuggestion struct {
	MappingSpec
	Score  float64
	Reason string
}

// FieldMappingProgress is how far the fill of a mapping is.
type FieldMappingProgress struct {
	MappingID       int          `json:"mapping"`
	State           MappingState `json:"state"`
	Done            int          `json:"done"`
	Total           int          `json:"total"`
	IssuesPerSecond *float64     `json:"rate,omitempty"`
	Version         int64        `json:"version,omitempty"` // of the mappings, once they are READY
}

// MappingFill is how completely a mapping is filled, over the live issues.
type MappingFill struct {
	Filled, Failed int
}

// Completeness is the share of the issues with a raw value that have a value; nil without any.
func (f MappingFill) Completeness() *float64 {
	if f.Filled+f.Failed == 0 {
		return nil
	}
	share := float64(f.Filled) / float64(f.Filled+f.Failed)
	return &share
}
