package jira

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Issue is one issue: its fields as Jira sent them, and beside them the members that every
// instance has, decoded. What Jira did not send, or sent as null, is nil or zero.
type Issue struct {
	ID       int64
	Key      string
	Fields   jsontext.Value // the `fields` object, compact
	Replaced int            // NULs, lone surrogates and bytes outside UTF-8 that were replaced
	Notes    []string       // members of Fields that could not be read, for a person

	ProjectID   int64
	ProjectKey  string
	ProjectName string
	Type        IssueType
	Status      Status
	Priority    *Priority
	Resolution  string
	Summary     string
	Description string // plain text of a Cloud document; wiki text as it is
	Assignee    *User
	Reporter    *User
	Creator     *User

	Labels          []string
	Components      []string
	FixVersions     []string
	AffectsVersions []string

	// The ids of those in Components, FixVersions and AffectsVersions; zero where Jira sent a name alone.
	ComponentIDs, FixVersionIDs, AffectsVersionIDs []int64

	Created          time.Time
	Updated          time.Time
	Resolved         *time.Time
	Due              *time.Time // a date: midnight UTC
	TimeSpentSeconds *int

	ParentID  int64
	ParentKey string
	EpicKey   string
	Archived  bool

	Links       []Link
	Comments    []Comment
	Worklogs    []Worklog
	Sprints     []Sprint
	Attachments []Attachment
	Histories   []History // oldest first

	// How many there are by Jira's count; -1 if it sent no list at all.
	CommentTotal, WorklogTotal, HistoryTotal int
	// Whether Jira sent fewer than there are. Complete refills them.
	CommentsCut, WorklogsCut, HistoriesCut bool

	guessed bool // Created is a guess, and says nothing of the issue's place in a result
}

// Placed tells whether Created is Jira's word, and not a guess that says nothing of the issue's
// place in the order of creation.
func (i *Issue) Placed() bool { return !i.guessed }

// Broken is an issue that Jira failed to send, or that could not be decoded. ID and Key are zero if they
// could not be read either.
type Broken struct {
	ID  int64
	Key string
	Raw []byte // as Jira sent it; nil: it failed to
	Err error
}

// Listed is an issue of which Jira shows its id and, where that costs nothing, when it was changed last.
type Listed struct {
	ID      int64
	Updated time.Time // zero: Jira was not asked
}

// IssueType is a kind of issue, such as Bug.
type IssueType struct {
	ID      int64
	Name    string
	Subtask bool
	IconURL string
	Rank    int // place in the dictionary; zero inside an issue
}

// Status is a step of a workflow.
type Status struct {
	ID       int64
	Name     string
	Category string // TODO, IN_PROGRESS, DONE or UNKNOWN
	IconURL  string
	Rank     int // place in the dictionary; zero inside an issue
}

// Priority is a priority.
type Priority struct {
	ID      int64
	Name    string
	IconURL string
	Rank    int // place in the dictionary, 1 the highest; zero inside an issue
}

// User is a person or an app.
type User struct {
	ID          string // accountId on Cloud; key, or else name, on Data Center
	Name        string // login name; Data Center only
	DisplayName string
	Email       string
	AvatarURL   string
	TimeZone    string
	Active      bool
}

// The directions of a link, seen from the issue that holds it.
const (
	Inward  = "INWARD"
	Outward = "OUTWARD"
)

// Link leads from an issue to another one.
type Link struct {
	ID        int64
	Type      string // name of the link type, such as Blocks
	Text      string // the type as read in this direction, such as "is blocked by"
	Direction string // Inward or Outward
	OtherID   int64
	OtherKey  string
}

// Comment is a remark on an issue.
type Comment struct {
	ID       int64
	Author   *User
	Body     string         // plain text of a Cloud document; wiki text as it is
	Document jsontext.Value // Cloud's; nil where the body came as text
	Created  time.Time
	Updated  time.Time
}

// Worklog is time spent on an issue.
type Worklog struct {
	ID               int64
	IssueID          int64 // zero where Jira leaves it out
	Author           *User
	Comment          string
	Started          time.Time
	Created          time.Time
	Updated          time.Time
	TimeSpentSeconds int
	Document         jsontext.Value // of the comment; nil where it came as text
}

// Sprint is a sprint that an issue is or was in.
type Sprint struct {
	ID        int64
	Name      string
	State     string // lower case: future, active, closed
	Goal      string
	BoardID   int64
	Start     *time.Time
	End       *time.Time
	Completed *time.Time
}

// Attachment is a file of an issue; its content is not read.
type Attachment struct {
	ID        int64
	Filename  string
	MimeType  string
	SizeBytes int64
	Author    *User
	Created   time.Time
}

// History is one entry of an issue's changelog: what one person changed at one moment.
type History struct {
	ID      int64
	Author  *User
	Created time.Time
	Items   jsontext.Value // the array of changed fields as Jira sent it
	Changes []Change       // the same, decoded
}

// Change is one changed field of a history entry. What Jira left out, or sent as null, is empty.
type Change struct {
	Field      string // its name
	FieldID    string // Cloud's only
	From       string
	FromString string
	To         string
	ToString   string
}
