package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jirasync/cache"
	"jirasync/query"
)

// MaxUnpaged is how many elements a list without pages has at most.
const MaxUnpaged = 1000

// moreUnpaged ends such lists where they are read: one more tells that there are more.
const moreUnpaged = "1001"

// Subtasks returns the live sub-tasks of each of some issues, in order of their keys: at most one
// more than [MaxUnpaged].
func (s *Store) Subtasks(ctx context.Context, scope query.Scope, parents []int64, wants IssueWants) ([][]*Issue, error) {
	wants.Fields |= fieldKeyNumber
	reader := s.selections.reader(wants)
	rows := query.NewRows(parents)
	sql := "SELECT parent.place, " + issueVersions("parent", askedIssues) + ", " + findLead + reader.List + `
FROM ` + askedIssues + ` parent
LEFT JOIN LATERAL (SELECT i.* FROM jira_sync.jira_issues i
    LEFT JOIN jira_sync.jira_issue_types t ON t.instance_id = i.instance_id AND t.type_id = i.type_id
    WHERE i.parent_id = parent.issue_id AND i.deleted_at IS NULL AND coalesce(t.subtask, true) AND ` + rows.Scope(scope, "i") + `
    ORDER BY i.project_key, i.key_number LIMIT ` + moreUnpaged + `) i ON true` + findJoin + reader.Joins + `
ORDER BY parent.place, i.project_key, i.key_number, i.issue_id` + reader.Order
	subtasks := make([][]*Issue, len(parents))
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql, Args: rows.Args()}, rows: func(rows pgx.Rows) error {
		defer reader.cut()
		var told toldVersions
		for rows.Next() {
			var place int
			var versions pgtype.Text
			var version int64
			issue, err := reader.scan(rows, []any{&place, &versions, &version})
			if err != nil {
				return err
			}
			if err := told.depend(ctx, versions); err != nil {
				return err
			}
			if issue != nil {
				cache.Depend(ctx, ProjectTag(issue.InstanceID, issue.ProjectID), version)
				subtasks[place-1] = append(subtasks[place-1], issue)
			}
		}
		return nil
	}})
	if err != nil {
		return nil, fmt.Errorf("read the subtasks of %d issues: %w", len(parents), err)
	}
	return subtasks, nil
}

// Links returns the links of each of some issues: at most one more than [MaxUnpaged]. A link to an
// issue that the asker may not see is not shown.
func (s *Store) Links(ctx context.Context, scope query.Scope, issues []int64) ([][]IssueLink, error) {
	rows := query.NewRows(issues)
	sql := `
SELECT i.place, ` + askedVersions + `, l.issue_id IS NOT NULL AND coalesce(` + visibleLink(rows, scope) + `, false),
    coalesce(l.type, ''), coalesce(l.direction, ''), coalesce(o.issue_key, l.other_key, ''), l.other_id, o.instance_id, o.project_id, p.version
FROM ` + askedIssues + ` i
LEFT JOIN LATERAL (SELECT * FROM jira_sync.jira_issue_links l WHERE l.issue_id = i.issue_id
    ORDER BY l.type, l.other_key, l.jira_id LIMIT ` + moreUnpaged + `) l ON true
LEFT JOIN jira_sync.jira_issues o ON o.issue_id = l.other_id
LEFT JOIN jira_sync.jira_projects p ON p.instance_id = o.instance_id AND p.project_id = o.project_id
ORDER BY i.place, l.type, l.other_key, l.jira_id`
	links := make([][]IssueLink, len(issues))
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql, Args: rows.Args()}, rows: func(rows pgx.Rows) error {
		var told toldVersions
		for rows.Next() {
			var place int
			var versions pgtype.Text
			var visible bool
			var l IssueLink
			var instance *int
			var project, version *int64
			if err := rows.Scan(&place, &versions, &visible, &l.Type, &l.Direction, &l.Key, &l.OtherID, &instance, &project, &version); err != nil {
				return err
			}
			if err := told.depend(ctx, versions); err != nil {
				return err
			}
			if !visible {
				continue
			}
			if instance != nil { // the other one can move
				cache.Depend(ctx, ProjectTag(*instance, *project), or(version, 0))
			}
			links[place-1] = append(links[place-1], l)
		}
		return nil
	}})
	if err != nil {
		return nil, fmt.Errorf("read the links of %d issues: %w", len(issues), err)
	}
	return links, nil
}

func visibleLink(rows *query.Rows, scope query.Scope) string {
	if scope.Unrestricted() {
		return "true"
	}
	return rows.Scope(scope, "o") // what is not in the mirror may be anywhere
}

// PreviousKeys returns the keys that each of some issues had before, newest first: at most one more
// than [MaxUnpaged].
func (s *Store) PreviousKeys(ctx context.Context, issues []int64) ([][]string, error) {
	const sql = `
SELECT i.place, ` + askedVersions + `, k.issue_key
FROM ` + askedIssues + ` i
LEFT JOIN LATERAL (SELECT k.issue_key, k.until FROM jira_sync.jira_issue_keys k WHERE k.issue_id = i.issue_id
    ORDER BY k.until DESC, k.issue_key LIMIT ` + moreUnpaged + `) k ON true
ORDER BY i.place, k.until DESC, k.issue_key`
	keys := make([][]string, len(issues))
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql, Args: []any{issues}}, rows: func(rows pgx.Rows) error {
		var told toldVersions
		for rows.Next() {
			var place int
			var versions, key pgtype.Text
			if err := rows.Scan(&place, &versions, &key); err != nil {
				return err
			}
			if err := told.depend(ctx, versions); err != nil {
				return err
			}
			if key.Valid {
				keys[place-1] = append(keys[place-1], key.String)
			}
		}
		return nil
	}})
	if err != nil {
		return nil, fmt.Errorf("read the previous keys of %d issues: %w", len(issues), err)
	}
	return keys, nil
}

// RawFields returns the `fields` object of each of some issues as Jira sent it; nil where there is
// none.
func (s *Store) RawFields(ctx context.Context, issues []int64) ([][]byte, error) {
	const sql = `
SELECT i.place, ` + askedVersions + `, r.fields::text
FROM ` + askedIssues + ` i
LEFT JOIN jira_sync.jira_issue_raw r USING (issue_id)
ORDER BY i.place`
	fields := make([][]byte, len(issues))
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql, Args: []any{issues}}, rows: func(rows pgx.Rows) error {
		var told toldVersions
		for rows.Next() {
			var place int
			var versions pgtype.Text
			var text []byte
			if err := rows.Scan(&place, &versions, &text); err != nil {
				return err
			}
			if err := told.depend(ctx, versions); err != nil {
				return err
			}
			fields[place-1] = text
		}
		return nil
	}})
	if err != nil {
		return nil, fmt.Errorf("read the documents of %d issues: %w", len(issues), err)
	}
	return fields, nil
}
