package mirror

import (
	"context"
	"fmt"
	"time"

	"jirasync/db"
	"jirasync/jira"
)

// listing is what Jira shows of a project, noted for its census.
type listing struct {
	ids   *db.Census
	began time.Time
	count *int // Jira's own; nil: it gave none
}

func (r *runner) openListing(ctx context.Context, project db.ProjectRow) (*listing, error) {
	l := &listing{began: time.Now()}
	var err error
	l.ids, err = r.store.BeginCensus(ctx, r.Lease, project.ID)
	return l, err
}

// listNow lists a project. Of one that is lost or archived, Jira shows nothing.
func (r *runner) listNow(ctx context.Context, of subject) (*listing, error) {
	l, err := r.openListing(ctx, of.project)
	if err != nil || of.lost || of.project.Archived {
		return l, err
	}
	if err := r.list(ctx, l, of.project.Key); err != nil {
		l.ids.Close(ctx)
		return nil, err
	}
	return l, nil
}

// list notes all ids that Jira shows of a project, and how many it counts.
func (r *runner) list(ctx context.Context, l *listing, key string) error {
	condition := r.allOf(key)
	for page, err := range r.client.IDs(ctx, condition) {
		if err == nil {
			err = l.see(ctx, page)
		}
		if err != nil {
			return fmt.Errorf("list the ids of %s: %w", key, err)
		}
	}
	if l.count != nil {
		return nil
	}
	if n, err := r.count(ctx, condition); err == nil { // only the alarm: a Jira that does not count is read too
		l.count = &n
	}
	return nil
}

func (l *listing) see(ctx context.Context, page jira.IDPage) error {
	if l.count == nil && page.Total >= 0 {
		l.count = &page.Total
	}
	seen := make([]int64, len(page.IDs))
	for i, id := range page.IDs {
		seen[i] = id.ID
	}
	return l.ids.See(ctx, seen)
}

// listedFirst is up to how many pages of ids a project is listed before it is read. To list a larger
// one would put off its last weeks, and its listing would be old by the end.
const listedFirst = 5

// survey learns how many issues a project has before it is read; -1: Jira does not say. Data Center
// counts as it lists: a project that is not too large needs no other listing once it is read.
func (r *runner) survey(ctx context.Context, project db.ProjectRow, census bool) (total int, kept *listing, err error) {
	condition := r.allOf(project.Key)
	if !census || !r.known.isDataCenter() {
		if total, err = r.count(ctx, condition); err != nil {
			total = -1
		}
		return total, nil, nil
	}
	if kept, err = r.openListing(ctx, project); err != nil {
		return 0, nil, err
	}
	total = -1
	for page, failed := range r.client.IDs(ctx, condition) {
		isFirst := total < 0
		total = max(total, page.Total)
		if failed != nil || total < 0 || isFirst && total > listedFirst*len(page.IDs) {
			kept.ids.Close(ctx)
			return total, nil, nil // the read finds out what is wrong
		}
		if err := kept.see(ctx, page); err != nil {
			kept.ids.Close(ctx)
			return 0, nil, err
		}
	}
	return total, kept, nil
}

// allOf is the condition of a project's issues.
func (r *runner) allOf(key string) string { return r.narrow("project = " + quote(key)) }

// counted is what Jira counted a moment ago.
type counted struct {
	at time.Time
	n  int
}

// countFor is how long a count is as good as a new one.
const countFor = time.Minute

// count asks how many issues meet a condition, unless this run has asked just now.
func (r *runner) count(ctx context.Context, condition string) (int, error) {
	if known, ok := r.counts.Load(condition); ok && time.Since(known.(counted).at) < countFor {
		return known.(counted).n, nil
	}
	n, _, err := r.client.Count(ctx, condition)
	if err == nil {
		r.counts.Store(condition, counted{time.Now(), n})
	}
	return n, err
}
