package mirror

import (
	"context"
	"fmt"
	"slices"
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
	ids, updated := idsAndTimes(page)
	return l.ids.See(ctx, ids, updated)
}

func idsAndTimes(page jira.IDPage) (ids []int64, updated []time.Time) {
	for _, issue := range page.IDs {
		ids, updated = append(ids, issue.ID), append(updated, issue.Updated)
	}
	return ids, updated
}

// sighting is what the pages of a project's own read have shown of it. Where that is all that Jira
// counted, its census needs no listing besides: every request costs a Jira far away a third of a second.
type sighting struct {
	began time.Time
	count int // as of the first page
	ids   []int64
}

// sees notes what a page shows. What a long read has seen would be old by its end: nothing is noted.
func (w *whole) sees(page jira.Page) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sighted == nil {
		return
	}
	if time.Since(w.sighted.began) > countFor {
		w.sighted = nil
		return
	}
	for i := range page.Issues {
		w.sighted.ids = append(w.sighted.ids, page.Issues[i].ID)
	}
	for i := range page.Broken {
		w.sighted.ids = append(w.sighted.ids, page.Broken[i].ID)
	}
}

// listSeen is the listing of a project that has just been read; nil: the read saw more or less than
// Jira counted, or began too long ago.
func (r *runner) listSeen(ctx context.Context, of subject) (*listing, error) {
	seen := of.sighted
	if seen == nil || time.Since(seen.began) > countFor {
		return nil, nil
	}
	slices.Sort(seen.ids)
	if seen.ids = slices.Compact(seen.ids); len(seen.ids) != seen.count {
		return nil, nil
	}
	l, err := r.openListing(ctx, of.project)
	if err != nil {
		return nil, err
	}
	l.began, l.count = seen.began, &seen.count
	if err := l.ids.See(ctx, seen.ids, nil); err != nil {
		l.ids.Close(ctx)
		return nil, err
	}
	return l, nil
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
