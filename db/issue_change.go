package db

import (
	"context"
	"encoding/json"
	"fmt"

	"jirasync/query"
)

// ChangeKind is what a sync did to an issue.
type ChangeKind string

// The kinds of change.
const (
	IssueCreated ChangeKind = "CREATED"
	IssueUpdated ChangeKind = "UPDATED"
	IssueDeleted ChangeKind = "DELETED"
)

// IssueChange is an issue that a sync changed, as it is now.
type IssueChange struct {
	Kind  ChangeKind
	Issue *Issue
	RunID int64 // 0: no run brought it
}

// ChangedIssues are the issues of a [NoticeIssues] that the question asks for. The payload is the
// notice as JSON; one of another release has none.
func (s *Store) ChangedIssues(ctx context.Context, payload []byte, q *query.Issues, wants IssueWants) ([]IssueChange, error) {
	var n Notice
	_ = json.Unmarshal(payload, &n) // of another release: it names no issues
	kinds := map[int64]ChangeKind{}
	var ids []int64
	for kind, list := range map[ChangeKind][]int64{IssueCreated: n.Created, IssueUpdated: n.Updated, IssueDeleted: n.Deleted} {
		for _, jiraID := range list {
			id := IssueID(n.InstanceID, jiraID)
			kinds[id] = kind
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := s.Issues(ctx, q.Among(ids), wants)
	if err != nil {
		return nil, fmt.Errorf("read the changed issues: %w", err)
	}
	changes := make([]IssueChange, len(found.Nodes))
	for i, issue := range found.Nodes {
		changes[i] = IssueChange{Kind: kinds[issue.IssueID], Issue: issue, RunID: n.SyncID}
	}
	return changes, nil
}
