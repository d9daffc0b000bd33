package db

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jirasync/query"
)

// Sprint is a sprint that an issue is or was in.
type Sprint struct {
	SprintID                    int64
	Name                        string
	State                       string // future, active or closed
	StartAt, EndAt, CompletedAt *time.Time
}

// JiraID is Jira's own number.
func (s Sprint) JiraID() string { return strconv.FormatInt(s.SprintID, 10) }

// Attachment is a file that hangs on an issue; the file itself stays in Jira.
type Attachment struct {
	JiraID    string
	Filename  string
	MimeType  *string
	SizeBytes *int
	Author    *User
	CreatedAt time.Time
}

// Sprints returns the sprints of each of some issues, oldest first: at most one more than
// [MaxUnpaged]. Those that no dictionary knows are left out.
func (s *Store) Sprints(ctx context.Context, issues []int64) ([][]Sprint, error) {
	const sql = `
SELECT i.place, ` + askedVersions + `, sp.sprint_id, coalesce(sp.name, ''), coalesce(sp.state, ''), sp.start_at, sp.end_at, sp.completed_at
FROM ` + askedIssues + ` i
LEFT JOIN jira_sync.jira_issues o ON o.issue_id = i.issue_id
LEFT JOIN LATERAL (SELECT * FROM jira_sync.jira_sprints s WHERE s.instance_id = o.instance_id AND s.sprint_id = ANY(o.sprint_ids)
    ORDER BY s.start_at NULLS LAST, s.sprint_id LIMIT ` + moreUnpaged + `) sp ON true
ORDER BY i.place, sp.start_at NULLS LAST, sp.sprint_id`
	sprints := make([][]Sprint, len(issues))
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql, Args: []any{issues}}, rows: func(rows pgx.Rows) error {
		var told toldVersions
		for rows.Next() {
			var place int
			var versions pgtype.Text
			var id *int64
			var sp Sprint
			if err := rows.Scan(&place, &versions, &id, &sp.Name, &sp.State, &sp.StartAt, &sp.EndAt, &sp.CompletedAt); err != nil {
				return err
			}
			if err := told.depend(ctx, versions); err != nil {
				return err
			}
			if id != nil {
				sp.SprintID = *id
				sprints[place-1] = append(sprints[place-1], sp)
			}
		}
		return nil
	}})
	if err != nil {
		return nil, fmt.Errorf("read the sprints of %d issues: %w", len(issues), err)
	}
	return sprints, nil
}

// attachmentsSQL reads the documents: attachments are asked for too seldom to have a table. Entries
// that have no id, name or moment are none of Jira's.
const attachmentsSQL = `
SELECT i.place, ` + askedVersions + `, i.issue_id, a.entry->>'id', coalesce(a.entry->>'filename', ''), nullif(a.entry->>'mimeType', ''),
    CASE WHEN jsonb_typeof(a.entry->'size') = 'number' THEN least((a.entry->>'size')::numeric, 2147483647)::int END,
    coalesce(a.entry->>'created', ''), u.account_id, u.display_name, u.email, u.avatar_url, u.active, n.name, n.url, n.kind
FROM ` + askedIssues + ` i
LEFT JOIN jira_sync.jira_issue_raw r ON r.issue_id = i.issue_id
LEFT JOIN LATERAL (SELECT entry, n FROM jsonb_array_elements(
    CASE jsonb_typeof(r.fields->'attachment') WHEN 'array' THEN r.fields->'attachment' ELSE '[]' END) WITH ORDINALITY AS e (entry, n)
    WHERE num_nulls(entry->>'id', entry->>'filename', entry->>'created') = 0 LIMIT ` + moreUnpaged + `) a ON true
LEFT JOIN jira_sync.jira_users u ON u.instance_id = r.instance_id
    AND u.account_id = coalesce(a.entry->'author'->>'accountId', a.entry->'author'->>'key')
LEFT JOIN jira_sync.jira_instances n ON n.instance_id = r.instance_id
ORDER BY i.place, a.entry->>'created', a.n`

// Attachments returns what is attached to each of some issues, oldest first: at most one more than
// [MaxUnpaged].
func (s *Store) Attachments(ctx context.Context, issues []int64) ([][]Attachment, error) {
	attachments := make([][]Attachment, len(issues))
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: attachmentsSQL, Args: []any{issues}}, rows: func(rows pgx.Rows) error {
		var told toldVersions
		for rows.Next() {
			var place int
			var versions, id pgtype.Text
			var issue int64
			var a Attachment
			var created string
			var author authorRow
			targets := []any{&place, &versions, &issue, &id, &a.Filename, &a.MimeType, &a.SizeBytes, &created}
			if err := rows.Scan(append(targets, author.targets(WholeAuthors)...)...); err != nil {
				return err
			}
			if err := told.depend(ctx, versions); err != nil {
				return err
			}
			a.JiraID, a.Author = id.String, author.author(issue, WholeAuthors)
			var known bool
			if a.CreatedAt, known = jiraMoment(created); known {
				attachments[place-1] = append(attachments[place-1], a)
			}
		}
		return nil
	}})
	if err != nil {
		return nil, fmt.Errorf("read the attachments of %d issues: %w", len(issues), err)
	}
	return attachments, nil
}

// jiraMoment reads a moment as Jira writes it in a document.
func jiraMoment(text string) (at time.Time, ok bool) {
	for _, layout := range []string{"2006-01-02T15:04:05.999-0700", time.RFC3339Nano} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
