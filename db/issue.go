package db

import (
	"encoding/json"
	"strconv"
	"time"

	"jirasync/query"
)

// Issue is an issue as the mirror last saw it. Members that [IssueFields] did not ask for are zero.
type Issue struct {
	IssueID    int64
	InstanceID int
	ProjectID  int64 // Jira's
	Key        string

	Instance    *Instance
	Project     *Project
	Type        IssueType
	Status      Status
	Priority    *Priority
	Resolution  *string
	Summary     string
	Description *string
	Assignee    *User
	Reporter    *User
	Creator     *User

	Labels          []string
	Components      []string
	FixVersions     []string
	AffectsVersions []string

	ParentID         *int64 // an IssueID, whether that issue is in the mirror or not
	EpicKey          *string
	CreatedAt        time.Time
	UpdatedAt        time.Time
	ResolvedAt       *time.Time
	DueDate          *time.Time
	TimeSpentSeconds *int
	SyncedAt         time.Time
	DeletedAt        *time.Time
	DeletedReason    *DeletedReason

	// Mapped are the values of mapped fields by the id of their column; those without one are
	// absent.
	Mapped map[string]json.RawMessage `json:",omitempty"`

	// Changes hold pages of the changelog that were read together with the issue.
	Changes []ChangesPage `json:"-"`

	// What orders are made of, for cursors.
	projectKey   string
	keyNumber    int32
	priorityRank *int
	relevance    int32
}

// IssueType, Status and Priority are the names an issue bears.
type (
	IssueType struct {
		Name    string
		Subtask bool
		IconURL *string
	}
	Status struct {
		Name     string
		Category query.StatusCategory
	}
	Priority struct {
		Name string
		Rank *int // 1 is the most urgent
	}
)

// DeletedReason says why an issue is no longer shown by Jira.
type DeletedReason string

// The reasons.
const (
	WasDeleted DeletedReason = "DELETED"
	MovedOut   DeletedReason = "MOVED_OUT"
	Archived   DeletedReason = "ARCHIVED"
	AccessLost DeletedReason = "ACCESS_LOST"
	Gone       DeletedReason = "GONE" // Jira does not tell which
)

// ID is its global id.
func (i *Issue) ID() string {
	_, jiraID := SplitIssueID(i.IssueID)
	return numberedID(KindIssue, i.InstanceID, jiraID)
}

// JiraID is Jira's own number.
func (i *Issue) JiraID() string {
	_, jiraID := SplitIssueID(i.IssueID)
	return strconv.FormatInt(jiraID, 10)
}

// URL is its page in Jira. It needs [FieldInstance].
func (i *Issue) URL() string { return i.Instance.URL + "/browse/" + i.Key }

// ProjectRef names its project.
func (i *Issue) ProjectRef() query.ProjectRef {
	return query.ProjectRef{Instance: i.InstanceID, ProjectID: i.ProjectID}
}

// ChangesOf returns a page of the changelog that was read together with the issue.
func (i *Issue) ChangesOf(page ChangesPageKey) (*ChangelogConnection, bool) {
	for k := range i.Changes {
		if i.Changes[k].Key == page {
			return i.Changes[k].Page, true
		}
	}
	return nil, false
}
