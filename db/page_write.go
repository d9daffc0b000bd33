package db

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// writeIssues puts issues into the tables by COPY, without a staging copy of the documents: new
// ones as they are, changed ones after what they replace is gone. Histories are never deleted;
// only those not yet here are added.
func writeIssues(ctx context.Context, tx pgx.Tx, created, changed []*IssueRow, words freshWords) error {
	if len(created)+len(changed) == 0 {
		return nil
	}
	if err := deleteReplaced(ctx, tx, changed); err != nil {
		return err
	}
	if err := readKept(ctx, tx, changed); err != nil {
		return err
	}
	known, err := knownHistories(ctx, tx, changed)
	if err != nil {
		return err
	}
	issues := make([]*IssueRow, 0, len(created)+len(changed))
	issues = append(append(issues, created...), changed...)
	for _, table := range []copyTable{
		issuesTable(issues), rawTable(issues), searchTable(issues, words), changelogTable(issues, known),
		commentsTable(issues), worklogsTable(issues), linksTable(issues),
	} {
		if err := table.copy(ctx, tx); err != nil {
			return err
		}
	}
	return keepKeys(ctx, tx, issues)
}

func deleteReplaced(ctx context.Context, tx pgx.Tx, changed []*IssueRow) error {
	if len(changed) == 0 {
		return nil
	}
	ids, replaced := issueIDs(changed), make([][]byte, len(changed))
	for n, issue := range changed {
		replaced[n] = issue.replaces
	}
	batch := &pgx.Batch{}
	batch.Queue(`
DELETE FROM jira_sync.jira_issues i USING unnest($1::bigint[], $2::bytea[]) AS o (issue_id, content_hash)
WHERE i.issue_id = ANY($1) AND i.issue_id = o.issue_id AND i.content_hash IS NOT DISTINCT FROM o.content_hash`,
		ids, replaced).Exec(func(tag pgconn.CommandTag) error {
		if int(tag.RowsAffected()) < len(changed) {
			return errOvertaken
		}
		return nil
	})
	for _, table := range []string{"jira_issue_raw", "jira_issue_search", "jira_issue_links"} {
		batch.Queue("DELETE FROM jira_sync."+table+" WHERE issue_id = ANY($1)", ids)
	}
	comments, worklogs := replacedList{}, replacedList{}
	for _, issue := range changed {
		comments.add(issue, issue.CommentsPart, commentIDs)
		worklogs.add(issue, issue.WorklogsPart, worklogIDs)
	}
	comments.queue(batch, "jira_comments")
	worklogs.queue(batch, "jira_worklogs")
	batch.Queue("DELETE FROM jira_sync.sync_suspects WHERE issue_id = ANY($1)", ids)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("clear what is replaced: %w", err)
	}
	return nil
}

// replacedList is what goes of a list that hangs on issues: all of it, or where only a part came,
// what that part replaces.
type replacedList struct {
	whole       []int64 // issues
	part, parts []int64 // issues, and the ids that came
}

func (l *replacedList) add(issue *IssueRow, part bool, came func(*IssueRow) []int64) {
	if !part {
		l.whole = append(l.whole, issue.ID())
		return
	}
	l.part, l.parts = append(l.part, issue.ID()), append(l.parts, came(issue)...)
}

func (l *replacedList) queue(batch *pgx.Batch, table string) {
	batch.Queue("DELETE FROM jira_sync."+table+" WHERE issue_id = ANY($1)", l.whole)
	if len(l.parts) > 0 {
		batch.Queue("DELETE FROM jira_sync."+table+" WHERE issue_id = ANY($1) AND jira_id = ANY($2)", l.part, l.parts)
	}
}

func commentIDs(issue *IssueRow) []int64 {
	ids := make([]int64, len(issue.Comments))
	for n, c := range issue.Comments {
		ids[n] = c.JiraID
	}
	return ids
}

func worklogIDs(issue *IssueRow) []int64 {
	ids := make([]int64, len(issue.Worklogs))
	for n, w := range issue.Worklogs {
		ids[n] = w.JiraID
	}
	return ids
}

// readKept reads the comments that stay beside a part that came: the issue is still found by their
// words.
func readKept(ctx context.Context, tx pgx.Tx, changed []*IssueRow) error {
	parts := map[int64]*IssueRow{}
	for _, issue := range changed {
		if issue.kept = nil; issue.CommentsPart { // the page may be tried again
			parts[issue.ID()] = issue
		}
	}
	if len(parts) == 0 {
		return nil
	}
	rows, _ := tx.Query(ctx, `
SELECT issue_id, body FROM jira_sync.jira_comments WHERE issue_id = ANY($1) ORDER BY created_at, jira_id`, slices.Collect(maps.Keys(parts)))
	var id int64
	var body string
	_, err := pgx.ForEachRow(rows, []any{&id, &body}, func() error {
		parts[id].kept = append(parts[id].kept, body)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the comments that stay: %w", err)
	}
	return nil
}

type historyKey struct{ issue, history int64 }

func knownHistories(ctx context.Context, tx pgx.Tx, changed []*IssueRow) (map[historyKey]bool, error) {
	known := map[historyKey]bool{}
	if len(changed) == 0 {
		return known, nil
	}
	rows, err := tx.Query(ctx, `SELECT issue_id, jira_id FROM jira_sync.jira_changelog WHERE issue_id = ANY($1)`, issueIDs(changed))
	if err != nil {
		return nil, fmt.Errorf("look up the known histories: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key historyKey
		if err := rows.Scan(&key.issue, &key.history); err != nil {
			return nil, fmt.Errorf("look up the known histories: %w", err)
		}
		known[key] = true
	}
	return known, rows.Err()
}

// keepKeys keeps the keys of before.
func keepKeys(ctx context.Context, tx pgx.Tx, issues []*IssueRow) error {
	batch := &pgx.Batch{}
	for _, issue := range issues {
		for _, previous := range issue.PreviousKeys {
			if previous.Key == issue.Key {
				continue
			}
			batch.Queue(`
INSERT INTO jira_sync.jira_issue_keys (instance_id, issue_key, issue_id, until) VALUES ($1, $2, $3, $4)
ON CONFLICT (issue_key, issue_id) DO NOTHING`, issue.InstanceID, previous.Key, issue.ID(), previous.Until)
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("keep the keys of before: %w", err)
	}
	return nil
}

// copyTable is the COPY of one table.
type copyTable struct {
	name    string
	columns []string
	rows    [][]any
}

func (t copyTable) copy(ctx context.Context, tx pgx.Tx) error {
	if len(t.rows) == 0 {
		return nil
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"jira_sync", t.name}, t.columns, pgx.CopyFromRows(t.rows)); err != nil {
		return fmt.Errorf("copy into %s: %w", t.name, err)
	}
	return nil
}

func issuesTable(issues []*IssueRow) copyTable {
	t := copyTable{name: "jira_issues", columns: []string{
		"issue_id", "instance_id", "jira_id", "issue_key", "key_number", "project_id", "project_key", "type_id",
		"issue_type", "status_id", "status", "status_category", "priority_id", "priority", "priority_rank",
		"resolution", "summary", "description", "assignee_id", "reporter_id", "creator_id", "labels", "components",
		"fix_versions", "affects_versions", "sprint_ids", "parent_id", "parent_key", "epic_key", "created_at",
		"updated_at", "resolved_at", "due_date", "time_spent_seconds", "content_hash", "synced_at",
	}}
	for _, i := range issues {
		t.rows = append(t.rows, []any{
			i.ID(), i.InstanceID, i.JiraID, i.Key, i.KeyNumber, i.ProjectID, i.ProjectKey, i.TypeID,
			i.Type, i.StatusID, i.Status, i.StatusCategory, i.PriorityID, i.Priority, i.PriorityRank,
			i.Resolution, i.Summary, i.Description, i.AssigneeID, i.ReporterID, i.CreatorID, texts(i.Labels), texts(i.Components),
			texts(i.FixVersions), texts(i.AffectsVersions), numbers(i.SprintIDs), i.ParentID, i.ParentKey, i.EpicKey, i.CreatedAt,
			i.UpdatedAt, i.ResolvedAt, i.DueDate, i.TimeSpentSeconds, i.ContentHash, i.SyncedAt,
		})
	}
	return t
}

func rawTable(issues []*IssueRow) copyTable {
	t := copyTable{name: "jira_issue_raw", columns: []string{"issue_id", "instance_id", "jira_id", "fields", "replaced", "initial_values"}}
	for _, i := range issues {
		t.rows = append(t.rows, []any{i.ID(), i.InstanceID, i.JiraID, i.Fields, i.Replaced, i.InitialValues})
	}
	return t
}

func searchTable(issues []*IssueRow, words freshWords) copyTable {
	t := copyTable{name: "jira_issue_search", columns: []string{"issue_id", "words", "form"}}
	for _, i := range issues {
		t.rows = append(t.rows, []any{i.ID(), i.searchedText().Vector(words.meet), searchForm})
	}
	return t
}

func changelogTable(issues []*IssueRow, known map[historyKey]bool) copyTable {
	t := copyTable{name: "jira_changelog", columns: []string{"issue_id", "instance_id", "jira_id", "author_id", "created_at", "items"}}
	for _, i := range issues {
		for _, h := range i.Histories {
			key := historyKey{i.ID(), h.JiraID}
			if known[key] {
				continue
			}
			known[key] = true
			t.rows = append(t.rows, []any{i.ID(), i.InstanceID, h.JiraID, h.AuthorID, h.CreatedAt, h.Items})
		}
	}
	return t
}

func commentsTable(issues []*IssueRow) copyTable {
	t := copyTable{name: "jira_comments", columns: []string{
		"issue_id", "instance_id", "jira_id", "author_id", "body", "body_raw", "created_at", "updated_at",
	}}
	for _, i := range issues {
		for _, c := range i.Comments {
			t.rows = append(t.rows, []any{i.ID(), i.InstanceID, c.JiraID, c.AuthorID, c.Body, c.BodyRaw, c.CreatedAt, c.UpdatedAt})
		}
	}
	return t
}

func worklogsTable(issues []*IssueRow) copyTable {
	t := copyTable{name: "jira_worklogs", columns: []string{
		"issue_id", "instance_id", "jira_id", "author_id", "started_at", "time_spent_seconds", "comment", "comment_raw",
		"created_at", "updated_at",
	}}
	for _, i := range issues {
		for _, w := range i.Worklogs {
			t.rows = append(t.rows, []any{
				i.ID(), i.InstanceID, w.JiraID, w.AuthorID, w.StartedAt, w.TimeSpentSeconds, w.Comment, w.CommentRaw,
				w.CreatedAt, w.UpdatedAt,
			})
		}
	}
	return t
}

func linksTable(issues []*IssueRow) copyTable {
	t := copyTable{name: "jira_issue_links", columns: []string{
		"issue_id", "instance_id", "jira_id", "type", "direction", "other_id", "other_key",
	}}
	for _, i := range issues {
		for _, l := range i.Links {
			t.rows = append(t.rows, []any{i.ID(), i.InstanceID, l.JiraID, l.Type, l.Direction, l.OtherID, l.OtherKey})
		}
	}
	return t
}

// texts and numbers give an absent list as an empty array: the columns are NOT NULL.
func texts(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func numbers(list []int64) []int64 {
	if list == nil {
		return []int64{}
	}
	return list
}
