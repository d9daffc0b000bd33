package mirror

import (
	"context"
	"errors"
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

// listingOf is the listing that [runner.survey] has kept of a project, or one made now. Of a project
// that is lost or archived, Jira shows nothing.
func (r *runner) listingOf(ctx context.Context, project db.ProjectRow, lost bool) (*listing, error) {
	if kept, ok := r.listed.LoadAndDelete(project.ID); ok {
		return kept.(*listing), nil
	}
	l, err := r.openListing(ctx, project)
	if err != nil || lost || project.Archived {
		return l, err
	}
	if err := r.list(ctx, l, project.Key); err != nil {
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

var errNoCount = errors.New("Jira does not say how many issues match")

// survey learns how many issues a project has before it is read. Data Center counts with its first page of
// ids. A project whose ids are all on it needs no listing of its own after the read, if that is short.
func (r *runner) survey(ctx context.Context, project db.ProjectRow, census bool) (total int, err error) {
	condition := r.allOf(project.Key)
	if !census || !r.known.isDataCenter() {
		return r.count(ctx, condition)
	}
	l, err := r.openListing(ctx, project)
	if err != nil {
		return 0, err
	}
	page, err := r.client.FirstIDs(ctx, condition)
	if err == nil && page.Total < 0 {
		err = errNoCount
	}
	if err != nil || page.Total > smallProject || page.Total != len(page.IDs) {
		return page.Total, err
	}
	r.listed.Store(project.ID, l)
	return page.Total, l.see(ctx, page)
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
