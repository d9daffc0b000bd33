package jira

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// WorklogChange is a worklog that was written or removed.
type WorklogChange struct {
	ID int64
	At time.Time
}

// WorklogsUpdated lists the worklogs written since a moment; Worklogs reads them. Until is
// where to go on: Jira leaves out the last minute, so ask again from a minute before it.
func (c *Client) WorklogsUpdated(ctx context.Context, since time.Time) (changes []WorklogChange, until time.Time, err error) {
	return c.worklogChanges(ctx, "worklog/updated", since)
}

// WorklogsDeleted lists the worklogs removed since a moment, with the promises of
// WorklogsUpdated.
func (c *Client) WorklogsDeleted(ctx context.Context, since time.Time) (changes []WorklogChange, until time.Time, err error) {
	return c.worklogChanges(ctx, "worklog/deleted", since)
}

type changesWire struct {
	Values list[object[struct {
		ID   number `json:"worklogId"`
		Time number `json:"updatedTime"`
	}]] `json:"values"`
	Until    number `json:"until"`
	LastPage flag   `json:"lastPage"`
}

// worklogChanges goes on from each page's own end. The address of the next page is not used:
// behind the gateway it names another host.
func (c *Client) worklogChanges(ctx context.Context, path string, since time.Time) ([]WorklogChange, time.Time, error) {
	d, err := c.dialect(ctx)
	if err != nil {
		return nil, since, err
	}
	var changes []WorklogChange
	seen := map[WorklogChange]bool{}
	for {
		query := url.Values{"since": {strconv.FormatInt(since.UnixMilli(), 10)}}
		page, _, err := callInto[changesWire](ctx, c, get(d.root()+path, query))
		if err != nil {
			return nil, since, fmt.Errorf("list changes of worklogs: %w", err)
		}
		for i := range page.Values {
			w := &page.Values[i].V
			change := WorklogChange{ID: w.ID.N, At: time.UnixMilli(w.Time.N).UTC()}
			if w.ID.OK && !seen[change] {
				seen[change] = true
				changes = append(changes, change)
			}
		}
		until := since
		if page.Until.OK {
			until = time.UnixMilli(page.Until.N).UTC()
		}
		if bool(page.LastPage) || len(page.Values) == 0 || !until.After(since) {
			return changes, until, nil
		}
		since = until
	}
}

// Worklogs reads worklogs by id. What does not exist or is hidden is left out.
func (c *Client) Worklogs(ctx context.Context, ids []int64) ([]Worklog, error) {
	d, err := c.dialect(ctx)
	if err != nil {
		return nil, err
	}
	var all []Worklog
	for part := range slices.Chunk(ids, 1000) {
		var worklogs []Worklog
		_, err := c.call(ctx, post(d.root()+"worklog/list", map[string][]int64{"ids": part}), func(body []byte) (err error) {
			if suspect(body) {
				body, _ = sanitize(body)
			}
			r := newReader(body)
			worklogs, _, err = elements(r, r.worklog)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read %d worklogs: %w", len(part), err)
		}
		all = append(all, worklogs...)
	}
	return all, nil
}
