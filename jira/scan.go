package jira

import (
	"context"
	"iter"
	"time"
)

// Query says which issues to read.
type Query struct {
	JQL       string // conditions only, without ORDER BY; empty means all
	After     Cursor // of an earlier page, to go on behind it
	PageSize  int    // default 100
	Changelog bool
	Fields    []string // default all
	Reconcile []int64  // up to 50 issues that just changed: Cloud reads these past its late index
	// Witnesses names issues that Jira has shown before, so that its own failure is told from that of an
	// issue; nil: none is known. It is asked only when a page cannot be had.
	Witnesses func(ctx context.Context) []int64
}

// Page is a part of the issues that match a query.
type Page struct {
	Issues  []Issue
	Broken  []Broken
	Next    Cursor    // goes on behind this page
	AskedAt time.Time // by the server's clock, never later than it really was
	Total   int       // matches as of the first page, from its cursor on; -1 if Jira does not say
	Bytes   int       // of the answer
}

// Cursor is a place in the order of creation. It outlives the process: it is a mark in the
// data, no token and no offset. The zero Cursor stands before everything.
type Cursor struct {
	Created time.Time `json:"created,omitzero"` // read on from here
	Seen    []int64   `json:"seen,omitempty"`   // ids at or after Created that came already
}

// Scan reads the issues that match, in order of creation, page by page. The first page comes
// even if it is empty. Each issue that matches from the first request to the last comes at
// least once, whatever is created, changed or removed meanwhile; now and then one comes
// twice. After an error there is nothing more.
func (c *Client) Scan(ctx context.Context, q Query) iter.Seq2[Page, error] {
	q.PageSize = orDefault(q.PageSize, 100)
	if len(q.Fields) == 0 {
		q.Fields = []string{"*all"}
	}
	return func(yield func(Page, error) bool) {
		d, err := c.dialect(ctx)
		if err != nil {
			yield(Page{}, err)
			return
		}
		d.scan(ctx, q, yield)
	}
}

// IDPage is a part of the ids that match; Total is that of a [Page].
type IDPage struct {
	IDs   []Listed
	Total int
}

// IDs reads the ids of all issues that match, in large pages, with the promises of Scan.
func (c *Client) IDs(ctx context.Context, jql string) iter.Seq2[IDPage, error] {
	return c.listed(ctx, func(d dialect) Query { return d.census(jql) })
}

// Changes reads the ids of all issues that match, each with the time of its last change, with the
// promises of Scan. Cloud gives these in small pages.
func (c *Client) Changes(ctx context.Context, jql string) iter.Seq2[IDPage, error] {
	return c.listed(ctx, func(dialect) Query { return Query{JQL: jql, PageSize: 1000, Fields: timesOnly()} })
}

func (c *Client) listed(ctx context.Context, query func(dialect) Query) iter.Seq2[IDPage, error] {
	return func(yield func(IDPage, error) bool) {
		d, err := c.dialect(ctx)
		if err != nil {
			yield(IDPage{}, err)
			return
		}
		d.scan(ctx, query(d), func(page Page, err error) bool {
			ids := make([]Listed, 0, len(page.Issues)+len(page.Broken))
			for i := range page.Issues {
				ids = append(ids, Listed{page.Issues[i].ID, page.Issues[i].Updated})
			}
			for i := range page.Broken {
				if page.Broken[i].ID != 0 {
					ids = append(ids, Listed{ID: page.Broken[i].ID})
				}
			}
			return yield(IDPage{ids, page.Total}, err)
		})
	}
}

// Count asks how many issues match. On Cloud it is an estimate, and exact is false.
func (c *Client) Count(ctx context.Context, jql string) (n int, exact bool, err error) {
	d, err := c.dialect(ctx)
	if err != nil {
		return 0, false, err
	}
	return d.count(ctx, jql)
}
