package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"jirasync/cache"
	"jirasync/query"
)

// IssueWants says what is read of each issue, and beside them.
type IssueWants struct {
	Fields  IssueFields
	Total   bool            // the length of the whole list
	Changes *ChangesPageKey // a page of each issue's changelog, without its total; nil: none
	Mapped  []query.Column  // mapped fields
}

// forOrder adds what the cursors of an order are made of.
func (w IssueWants) forOrder(o query.Order) IssueWants {
	w.Fields |= sortFields(o)
	w.Mapped = append(slices.Clone(w.Mapped), o.Mapped()...)
	return w
}

// Issues returns one page of a list. The total, where it is wanted, is of the same snapshot; it
// is the count that may run out of time, not the page.
func (s *Store) Issues(ctx context.Context, q *query.Issues, wants IssueWants) (*IssueConnection, error) {
	s.noteUse(ctx, q.Mapped())
	others, err := s.similar(ctx, q.Words())
	if err != nil {
		return nil, fmt.Errorf("list issues: %w", err)
	}
	q = q.Instead(others)
	reader := s.selections.reader(wants.forOrder(q.Order()))
	onePass := wants.Total && (q.Selective() || q.ByRelevance())
	connection := newIssueConnection(q)
	list := readStatement{Statement: q.List(reader.Selection, onePass), rows: func(rows pgx.Rows) error {
		return reader.list(ctx, rows, connection, q.Page())
	}}
	count := readStatement{
		Statement: q.Count(),
		rows:      func(rows pgx.Rows) error { return scanOne(rows, &connection.total) },
		limit:     countTime(ctx),
		failed:    func(err error) { connection.countErr = fmt.Errorf("count the issues: %w", err) },
	}
	statements := []readStatement{list, count}
	if !wants.Total || onePass {
		statements = statements[:1]
	}
	err = s.read(ctx, statements...)
	if err == nil && onePass && !connection.counted { // more than are ranked
		err = s.read(ctx, count)
	}
	if err != nil {
		return nil, fmt.Errorf("list issues: %w", err)
	}
	return connection, nil
}

// countTime leaves the answer time to be sent when the count has none.
func countTime(ctx context.Context) time.Duration {
	const longest = 5 * time.Second
	deadline, ok := ctx.Deadline()
	if !ok {
		return longest
	}
	return max(min(longest, time.Until(deadline)/2), time.Millisecond)
}

func newIssueConnection(q *query.Issues) *IssueConnection {
	order, page := q.Order(), q.Page()
	c := &IssueConnection{}
	c.cursor = func(i *Issue) string { return order.Cursor(i.sortValue) }
	c.hasPrev, c.hasNext = page.After != "", page.Before != ""
	return c
}

// list reads a page: versions, total, then the selection.
func (r *issueReader) list(ctx context.Context, rows pgx.Rows, c *IssueConnection, page query.Page) error {
	var versions string
	var total *int
	lead := []any{&versions, &total}
	for rows.Next() {
		issue, err := r.scan(rows, lead)
		if err != nil {
			return err
		}
		if issue != nil {
			c.Nodes = append(c.Nodes, issue)
		}
		lead = []any{nil, nil} // the same in every row
	}
	c.total, c.counted = or(total, 0), total != nil
	c.cut(page)
	r.cut()
	return depend(ctx, versions)
}

// cut takes off the element that was read to see whether there are more, and turns a page that
// was read from the end.
func (c *connection[T, E]) cut(page query.Page) {
	more := len(c.Nodes) > page.Limit
	if more {
		c.Nodes = c.Nodes[:page.Limit]
	}
	if page.Backward {
		slices.Reverse(c.Nodes)
		c.hasPrev = c.hasPrev || more
		return
	}
	c.hasNext = c.hasNext || more
}

// IssuesOf returns the same page of each of some projects, at the places of their refs. A project
// that is not there has an empty one.
func (s *Store) IssuesOf(ctx context.Context, refs []query.ProjectRef, q *query.Issues, wants IssueWants) ([]*IssueConnection, error) {
	s.noteUse(ctx, q.Mapped())
	reader := s.selections.reader(wants.forOrder(q.Order()))
	connections := make([]*IssueConnection, len(refs))
	for n := range connections {
		connections[n] = newIssueConnection(q)
	}
	err := s.read(ctx, readStatement{
		Statement: q.ListOf(refs, reader.Selection, wants.Total),
		rows: func(rows pgx.Rows) error {
			for rows.Next() {
				var place int
				var version *int64
				var total *int
				issue, err := reader.scan(rows, []any{&place, &version, &total})
				if err != nil {
					return err
				}
				ref, c := refs[place-1], connections[place-1]
				cache.Depend(ctx, ProjectTag(ref.Instance, ref.ProjectID), or(version, 0))
				c.total = or(total, 0)
				if issue != nil {
					c.Nodes = append(c.Nodes, issue)
				}
			}
			return nil
		},
	})
	if err != nil {
		return nil, fmt.Errorf("list the issues of %d projects: %w", len(refs), err)
	}
	reader.cut()
	for _, c := range connections {
		c.cut(q.Page())
	}
	return connections, nil
}

// scanOne reads the one row of a statement.
func scanOne(rows pgx.Rows, targets ...any) error {
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	return rows.Scan(targets...)
}
