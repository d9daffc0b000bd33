package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"jirasync/query"
)

// Children of issues are read for many issues in one statement, each row of which has a childLead.

// childLead stands first in a row of children.
type childLead struct {
	place, total int
	versions     pgtype.Text // see [issueVersions]
}

func (l *childLead) targets(more ...any) []any {
	return append([]any{&l.place, &l.versions, &l.total}, more...)
}

// authorRow is an author as a row tells them.
type authorRow struct {
	personRow
	instance instanceRow
}

func (a *authorRow) targets(how Authors) []any {
	switch how {
	case AuthorNames:
		return []any{&a.id, &a.name}
	case WholeAuthors:
		return []any{&a.id, &a.name, &a.email, &a.avatar, &a.active, &a.instance.name, &a.instance.url, &a.instance.kind}
	case NoAuthors:
	}
	return nil
}

func (a *authorRow) author(issueID int64, how Authors) *User {
	instance, _ := SplitIssueID(issueID)
	if how == WholeAuthors {
		return a.user(instance, a.instance.instance(instance))
	}
	return a.user(instance, nil)
}

// changeRow is a changed field as a row tells it. One is scanned into again and again.
type changeRow struct {
	id     pgtype.Int8
	at     pgtype.Timestamptz
	item   pgtype.Int8
	field  pgtype.Text
	texts  [5]pgtype.Text // fieldId, from, fromText, to, toText
	author authorRow
}

func (c *changeRow) targets(key ChangesPageKey) []any {
	targets := []any{&c.id, &c.at, &c.item, &c.field}
	key.Texts.each(func(n int, _ string) { targets = append(targets, &c.texts[n]) })
	return append(targets, c.author.targets(key.Authors)...)
}

// change is nil where the issue has none.
func (c *changeRow) change(issueID int64, how Authors) *Change {
	if !c.id.Valid {
		return nil
	}
	change := &Change{At: c.at.Time, Field: c.field.String, historyID: c.id.Int64, item: int(c.item.Int64)}
	for n, to := range []**string{&change.FieldID, &change.From, &change.FromText, &change.To, &change.ToText} {
		if c.texts[n].Valid {
			change.texts[n] = c.texts[n].String
			*to = &change.texts[n]
		}
	}
	change.Author = c.author.author(issueID, how)
	return change
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
	list, err := newChildList(changelogList, key.ChildPage)
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
	err = s.children(ctx, issues, list, total, key.Texts.columns(), list.changes(key.Field), list.order("h.created_at", "h.jira_id", "h.n"),
		func(rows pgx.Rows, lead *childLead) error {
			row := new(changeRow)
			if err := rows.Scan(lead.targets(row.targets(key)...)...); err != nil {
				return err
			}
			page := pages[lead.place-1]
			page.total = lead.total
			if change := row.change(issues[lead.place-1], key.Authors); change != nil {
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

// children runs the statement of a list of children for the issues. Rows come in order of the issues'
// places, then in the order given; an issue without children has one row of nulls.
func (s *Store) children(ctx context.Context, issues []int64, l *childList, total, columns, lateral, order string,
	scan func(rows pgx.Rows, lead *childLead) error,
) error {
	if total == "" {
		total = "0::bigint"
	}
	asked := l.rows.IDs(issues)
	sql := "SELECT i.place, " + issueVersions("i", asked) + ", " + total + ", " + columns + l.page.Authors.columns() + `
FROM ` + asked + ` i
LEFT JOIN LATERAL (` + lateral + `) h ON true` + l.page.Authors.join() + `
ORDER BY i.place, ` + order
	return s.read(ctx, readStatement{
		Statement: query.Statement{SQL: sql, Args: l.rows.Args()},
		rows: func(rows pgx.Rows) error {
			var told toldVersions
			for rows.Next() {
				var lead childLead
				if err := scan(rows, &lead); err != nil {
					return err
				}
				if err := told.depend(ctx, lead.versions); err != nil {
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
		l.between("(c."+at+", c.jira_id)", false, l.markArgs) + " ORDER BY " + l.order("c."+at, "c.jira_id") + " LIMIT " + l.limit(false)
}

func tableTotal(table string, wanted bool) string {
	if !wanted {
		return ""
	}
	return "(SELECT count(*) FROM jira_sync." + table + " c WHERE c.issue_id = i.issue_id)"
}

// Comments returns the same page of the comments of each of some issues, at their places.
func (s *Store) Comments(ctx context.Context, issues []int64, page ChildPage) ([]*CommentConnection, error) {
	list, err := newChildList(commentsList, page)
	if err != nil {
		return nil, err
	}
	pages := make([]*CommentConnection, len(issues))
	for n := range pages {
		pages[n] = &CommentConnection{}
		pages[n].cursor = func(c *Comment) string { return query.Mark{At: c.CreatedAt, ID: c.CommentID}.Cursor(commentsList) }
		pages[n].hasPrev, pages[n].hasNext = page.After != "", page.Before != ""
	}
	err = s.children(ctx, issues, list, tableTotal("jira_comments", page.Total), "h.jira_id, h.body, h.created_at, h.updated_at",
		list.lateral("jira_comments", "c.body, c.created_at, c.updated_at", "created_at"), list.order("h.created_at", "h.jira_id"),
		func(rows pgx.Rows, lead *childLead) error {
			var id *int64
			var body *string
			var created, updated *time.Time
			author := new(authorRow)
			if err := rows.Scan(append(lead.targets(&id, &body, &created, &updated), author.targets(page.Authors)...)...); err != nil {
				return err
			}
			connection := pages[lead.place-1]
			connection.total = lead.total
			if id != nil {
				connection.Nodes = append(connection.Nodes, &Comment{
					CommentID: *id, Author: author.author(issues[lead.place-1], page.Authors), Body: *body, CreatedAt: *created, UpdatedAt: *updated,
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
	list, err := newChildList(worklogsList, page)
	if err != nil {
		return nil, err
	}
	pages := make([]*WorklogConnection, len(issues))
	for n := range pages {
		pages[n] = &WorklogConnection{}
		pages[n].cursor = func(w *Worklog) string { return query.Mark{At: w.StartedAt, ID: w.WorklogID}.Cursor(worklogsList) }
		pages[n].hasPrev, pages[n].hasNext = page.After != "", page.Before != ""
	}
	err = s.children(ctx, issues, list, tableTotal("jira_worklogs", page.Total), "h.jira_id, h.started_at, h.time_spent_seconds, h.comment",
		list.lateral("jira_worklogs", "c.started_at, c.time_spent_seconds, c.comment", "started_at"), list.order("h.started_at", "h.jira_id"),
		func(rows pgx.Rows, lead *childLead) error {
			var id *int64
			var started *time.Time
			var seconds *int
			var comment *string
			author := new(authorRow)
			if err := rows.Scan(append(lead.targets(&id, &started, &seconds, &comment), author.targets(page.Authors)...)...); err != nil {
				return err
			}
			connection := pages[lead.place-1]
			connection.total = lead.total
			if id != nil {
				connection.Nodes = append(connection.Nodes, &Worklog{
					WorklogID: *id, Author: author.author(issues[lead.place-1], page.Authors), StartedAt: *started, TimeSpentSeconds: *seconds, Comment: comment,
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
