package db

import (
	"strconv"
	"time"
)

// Change is one changed field of one history entry.
type Change struct {
	Author    *User
	At        time.Time
	Field     string // its name as Jira wrote it at the time
	FieldID   *string
	From      *string
	FromText  *string
	To        *string
	ToText    *string
	historyID int64 // Jira's, of the entry
	item      int   // its place in the entry, from 1

	texts [5]string // what the pointers above point to
}

// Comment is a comment on an issue.
type Comment struct {
	CommentID int64 // Jira's
	Author    *User
	Body      string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// JiraID is Jira's own number.
func (c *Comment) JiraID() string { return strconv.FormatInt(c.CommentID, 10) }

// Worklog is an entry of work done on an issue.
type Worklog struct {
	WorklogID        int64 // Jira's
	Author           *User
	StartedAt        time.Time
	TimeSpentSeconds int
	Comment          *string
}

// JiraID is Jira's own number.
func (w *Worklog) JiraID() string { return strconv.FormatInt(w.WorklogID, 10) }

// IssueLink is a link as it reads from one of its ends.
type IssueLink struct {
	Type      string // "blocks", "is blocked by"
	Direction LinkDirection
	Key       string // of the other issue
	OtherID   *int64 // IssueID of the other issue
}

// LinkDirection tells the two ends of a link apart.
type LinkDirection string

// The directions of a link.
const (
	Inward  LinkDirection = "INWARD"
	Outward LinkDirection = "OUTWARD"
)
