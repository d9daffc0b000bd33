package query

import "time"

// IssueFilter narrows a set of issues. Every member that is given must hold.
type IssueFilter struct {
	And []*IssueFilter
	Or  []*IssueFilter
	Not *IssueFilter

	Instance   *StringFilter // name
	Key        *StringFilter
	Project    *StringFilter // key
	Type       *StringFilter
	Status     *StringFilter
	Priority   *StringFilter
	Resolution *StringFilter
	Assignee   *StringFilter // account id, display name or email
	Reporter   *StringFilter // account id, display name or email
	Summary    *StringFilter
	Label      *StringFilter
	Component  *StringFilter
	FixVersion *StringFilter
	Sprint     *StringFilter // name
	Parent     *StringFilter // key
	Epic       *StringFilter // key

	StatusCategory []StatusCategory // any of them; nil: not asked
	Created        *TimeFilter
	Updated        *TimeFilter
	Resolved       *TimeFilter
	Synced         *TimeFilter
	Due            *DateFilter

	Fields []*FieldCondition // on mapped fields
}

// StringFilter asks of a text. Contains and StartsWith ignore case, the others compare exactly.
type StringFilter struct {
	Eq, Ne               *string
	In, NotIn            []string // nil: not asked; empty: none, or any
	Contains, StartsWith *string
	IsNull               *bool
}

// TimeFilter asks of an instant.
type TimeFilter struct {
	Gt, Gte, Lt, Lte *time.Time
	IsNull           *bool
}

// DateFilter asks of a calendar date: midnight UTC of that day.
type DateFilter struct {
	Gt, Gte, Lt, Lte *time.Time
	IsNull           *bool
}

// StatusCategory is the stage of work a status stands for.
type StatusCategory string

// The categories, in the order of work.
const (
	Todo            StatusCategory = "TODO"
	InProgress      StatusCategory = "IN_PROGRESS"
	Done            StatusCategory = "DONE"
	UnknownCategory StatusCategory = "UNKNOWN"
)

// Visibility says whether deleted issues are in the set.
type Visibility string

// The visibilities.
const (
	Live    Visibility = "LIVE"
	Deleted Visibility = "DELETED"
	All     Visibility = "ALL"
)
