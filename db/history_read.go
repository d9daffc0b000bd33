package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"jirasync/query"
)

// Children of issues are read for many issues in one statement. What an answer about them depends
// on, the versions of the issues' projects, was recorded when the issues were read, which was
// earlier: an answer can thus be newer than it claims, never older.

// authorColumns and authorJoin show who wrote the child at hand, h, of the issue i.
const (
	authorColumns = "hu.display_name, hu.email, hu.avatar_url, hu.active, hn.name, hn.url, hn.kind"
	authorJoin    = `
LEFT JOIN jira_sync.jira_instances hn ON hn.instance_id = (i.issue_id >> 48)::int
LEFT JOIN jira_sync.jira_users hu ON hu.instance_id = hn.instance_id AND hu.account_id = h.author_id`
)

// authorRow is an author as a row tells them.
type authorRow struct {
	personRow
	instance instanceRow
}

func (a *authorRow) targets() []any {
	return []any{&a.name, &a.email, &a.avatar, &a.active, &a.instance.name, &a.instance.url, &a.instance.kind}
}

func (a *authorRow) author(issueID int64) *User {
	instance, _ := SplitIssueID(issueID)
	return a.user(instance, a.instance.instance(instance))
}

// changeRow is a changed field as a row tells it.
type changeRow struct {
	id     *int64
	at     *time.Time
	author authorRow
	item   *int
	field  *string
	Change
}

func (c *changeRow) targets() []any {
	own := []any{&c.id, &c.at, &c.author.id, &c.item, &c.field, &c.FieldID, &c.From, &c.FromText, &c.To, &c.ToText}
	return append(own, c.author.targets()...)
}

const changeColumns = `h.jira_id, h.created_at, h.author_id, h.n, h.field, h.field_id, h."from", h.from_text, h."to", h.to_text, ` + authorColumns

// change is nil where the issue has none.
func (c *changeRow) change(issueID int64) *Change {
	if c.id == nil {
		return nil
	}
	change := c.Change
	change.Author, change.At, change.Field = c.author.author(issueID), or(c.at, time.Time{}), or(c.field, "")
	change.historyID, change.item = *c.id, or(c.item, 0)
	return &change
}

func newChangelog(page query.Page) *ChangelogConnection {
	c := &ChangelogConnection{}
	c.cursor = func(ch *Change) string {
		return query.Mark{At: ch.At, ID: ch.historyID, Item: ch.item}.Cursor(changelogList)
	}
	c.hasPrev, c.hasNext = page.After != "", page.Before != ""
	return c
}

// Changelogs returns the same page of the changelog of each of some issues, at their places.
func (s *Store) Changelogs(ctx context.Context, issues []int64, key ChangesPageKey) ([]*ChangelogConnection, error) {
	list, err := newChildList(changelogList, key.ChildPage, issues)
	if err != nil {
		return nil, err
	}
	pages := make([]*ChangelogConnection, len(issues))
	for n := range pages {
		pages[n] = newChangelog(key.Page)
	}
	total := ""
	if key.Total {
		total = list.changesTotal(key.Field)
	}
	err = s.children(ctx, list, total, changeColumns, list.changes(key.Field), list.order("h.created_at", "h.jira_id", "h.n"),
		func(rows pgx.Rows, place, total *int) error {
			row := new(changeRow)
			if err := rows.Scan(append([]any{place, total}, row.targets()...)...); err != nil {
				return err
			}
			page := pages[*place-1]
			page.total = *total
			if change := row.change(issues[*place-1]); change != nil {
				page.Nodes = append(page.Nodes, change)
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read the changelogs of %d issues: %w", len(issues), err)
	}
	for _, page := range pages {
		page.cut(key.Page)
	}
	return pages, nil
}

// children runs the statement of a list of children for the issues in its first argument. Rows
// come in order of the issues' places, then in the order given; an issue without children has one
// row of nulls.
func (s *Store) children(ctx context.Context, l *childList, total, columns, lateral, order string,
	scan func(rows pgx.Rows, place, total *int) error,
) error {
	if total == "" {
		total = "0::bigint"
	}
	sql := "SELECT i.place, " + total + ", " + columns + `
FROM unnest($1::bigint[]) WITH ORDINALITY AS i (issue_id, place)
LEFT JOIN LATERAL (` + lateral + `) h ON true` + authorJoin + `
ORDER BY i.place, ` + order
	return s.read(ctx, readStatement{
		Statement: query.Statement{SQL: sql, Args: l.rows.Args()},
		rows: func(rows pgx.Rows) error {
			for rows.Next() {
				var place, total int
				if err := scan(rows, &place, &total); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

// lateral reads a page of a table whose rows are the children.
func (l *childList) lateral(table, columns, at string) string {
	return "SELECT c.jira_id, c.author_id, " + columns + " FROM jira_sync." + table + " c WHERE c.issue_id = i.issue_id" +
		l.between("(c."+at+", c.jira_id)", false, l.markArgs) + " ORDER BY " + l.order("c."+at, "c.jira_id") + " LIMIT " + l.limit(1)
}

func tableTotal(table string, wanted bool) string {
	if !wanted {
		return ""
	}
	return "(SELECT count(*) FROM jira_sync." + table + " c WHERE c.issue_id = i.issue_id)"
}

// Comments returns the same page of the comments of each of some issues, at their places.
func (s *Store) Comments(ctx context.Context, issues []int64, page ChildPage) ([]*CommentConnection, error) {
	list, err := newChildList(commentsList, page, issues)
	if err != nil {
		return nil, err
	}
	pages := make([]*CommentConnection, len(issues))
	for n := range pages {
		pages[n] = &CommentConnection{}
		pages[n].cursor = func(c *Comment) string { return query.Mark{At: c.CreatedAt, ID: c.CommentID}.Cursor(commentsList) }
		pages[n].hasPrev, pages[n].hasNext = page.After != "", page.Before != ""
	}
	err = s.children(ctx, list, tableTotal("jira_comments", page.Total), "h.jira_id, h.author_id, h.body, h.created_at, h.updated_at, "+authorColumns,
		list.lateral("jira_comments", "c.body, c.created_at, c.updated_at", "created_at"), list.order("h.created_at", "h.jira_id"),
		func(rows pgx.Rows, place, total *int) error {
			var id *int64
			var body *string
			var created, updated *time.Time
			author := new(authorRow)
			if err := rows.Scan(append([]any{place, total, &id, &author.id, &body, &created, &updated}, author.targets()...)...); err != nil {
				return err
			}
			connection := pages[*place-1]
			connection.total = *total
			if id != nil {
				connection.Nodes = append(connection.Nodes, &Comment{
					CommentID: *id, Author: author.author(issues[*place-1]), Body: *body, CreatedAt: *created, UpdatedAt: *updated,
				})
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read the comments of %d issues: %w", len(issues), err)
	}
	for _, connection := range pages {
		connection.cut(page.Page)
	}
	return pages, nil
}

// Worklogs returns the same page of the work logged on each of some issues, at their places.
func (s *Store) Worklogs(ctx context.Context, issues []int64, page ChildPage) ([]*WorklogConnection, error) {
	list, err := newChildList(worklogsList, page, issues)
	if err != nil {
		return nil, err
	}
	pages := make([]*WorklogConnection, len(issues))
	for n := range pages {
		pages[n] = &WorklogConnection{}
		pages[n].cursor = func(w *Worklog) string { return query.Mark{At: w.StartedAt, ID: w.WorklogID}.Cursor(worklogsList) }
		pages[n].hasPrev, pages[n].hasNext = page.After != "", page.Before != ""
	}
	err = s.children(ctx, list, tableTotal("jira_worklogs", page.Total), "h.jira_id, h.author_id, h.started_at, h.time_spent_seconds, h.comment, "+authorColumns,
		list.lateral("jira_worklogs", "c.started_at, c.time_spent_seconds, c.comment", "started_at"), list.order("h.started_at", "h.jira_id"),
		func(rows pgx.Rows, place, total *int) error {
			var id *int64
			var started *time.Time
			var seconds *int
			var comment *string
			author := new(authorRow)
			if err := rows.Scan(append([]any{place, total, &id, &author.id, &started, &seconds, &comment}, author.targets()...)...); err != nil {
				return err
			}
			connection := pages[*place-1]
			connection.total = *total
			if id != nil {
				connection.Nodes = append(connection.Nodes, &Worklog{
					WorklogID: *id, Author: author.author(issues[*place-1]), StartedAt: *started, TimeSpentSeconds: *seconds, Comment: comment,
				})
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read the worklogs of %d issues: %w", len(issues), err)
	}
	for _, connection := range pages {
		connection.cut(page.Page)
	}
	return pages, nil
}
