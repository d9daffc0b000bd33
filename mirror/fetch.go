package mirror

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"jirasync/db"
	"jirasync/jira"
)

// pageSize is what one request asks for: larger pages gain little and cost memory.
const pageSize = 100

// sweepResult is how a sweep ended.
type sweepResult struct {
	since time.Time // when it began, by Jira's clock
	err   error
}

// sweep reads one condition to its end. The next page is downloaded while one is stored.
func (r *runner) sweep(ctx context.Context, s sweep) sweepResult {
	result := sweepResult{}
	if s.mark.Since != nil {
		result.since = *s.mark.Since
	}
	if s.kind == db.Full {
		r.progress.beginProject(s.projectID, s.key)
		// Only the progress needs it: a Jira that does not count is still read.
		if total, _, err := r.client.Count(ctx, s.jql); err == nil {
			r.progress.expect(s, total)
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for next := range r.download(ctx, s) {
		if next.err != nil {
			result.err = next.err
			return result
		}
		if s.mark.Since == nil { // the first page of a window says when it begins
			since := next.page.AskedAt
			s.mark.Since, result.since = &since, since
		}
		cursor, err := json.Marshal(next.page.Next)
		if err != nil {
			result.err = fmt.Errorf("write the cursor: %w", err)
			return result
		}
		s.mark.Cursor = cursor
		r.progress.expect(s, next.page.Total)
		if len(next.page.Issues)+len(next.page.Broken) == 0 {
			continue
		}
		if _, err := r.storePage(ctx, next.page, r.movable(s)); err != nil {
			result.err = err
			return result
		}
	}
	if ctx.Err() != nil {
		result.err = context.Cause(ctx)
		return result
	}
	result.err = r.endSweep(ctx, s)
	return result
}

// movable is the mark to move with each page; none where a run keeps to some projects, since the
// instance's mark speaks for all of them.
func (r *runner) movable(s sweep) []db.Checkpoint {
	if s.kind == db.Incremental && len(r.Run.Keys) > 0 {
		return nil
	}
	return []db.Checkpoint{s.mark}
}

// endSweep sets the mark to where the next sweep begins.
func (r *runner) endSweep(ctx context.Context, s sweep) error {
	if len(r.movable(s)) == 0 || s.mark.Since == nil {
		return nil
	}
	watermark := *s.mark.Since
	if s.kind == db.Incremental {
		watermark = watermark.Add(-overlap)
	}
	s.mark.Watermark, s.mark.Since, s.mark.Cursor = &watermark, nil, nil
	return r.store.SaveCheckpoints(ctx, r.Lease, s.mark)
}

type downloaded struct {
	page jira.Page
	err  error
}

// download hands over pages, one ahead of the reader. It ends with the sweep's context.
func (r *runner) download(ctx context.Context, s sweep) <-chan downloaded {
	pages := make(chan downloaded)
	go func() {
		defer close(pages)
		query := jira.Query{JQL: s.jql, After: s.after, PageSize: pageSize, Changelog: true}
		for page, err := range r.client.Scan(ctx, query) {
			if err == nil {
				err = r.complete(ctx, page.Issues)
			}
			select {
			case pages <- downloaded{page, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return pages
}

// complete refills lists that Jira cut short inside its issues.
func (r *runner) complete(ctx context.Context, issues []jira.Issue) error {
	var cut []*jira.Issue
	for i := range issues {
		if issue := &issues[i]; issue.CommentsCut || issue.WorklogsCut || issue.HistoriesCut {
			cut = append(cut, issue)
		}
	}
	if len(cut) == 0 {
		return nil
	}
	return r.client.Complete(ctx, cut)
}

// storePage writes a page and moves the mark, in one transaction.
func (r *runner) storePage(ctx context.Context, page jira.Page, move []db.Checkpoint) (db.PageResult, error) {
	began := time.Now()
	batch := r.known.rows(r.Instance.ID, page)
	if err := r.savePeople(ctx, batch); err != nil {
		return db.PageResult{}, err
	}
	r.progress.spend("decode", time.Since(began))
	began = time.Now()
	result, err := r.store.CommitPage(ctx, r.Lease, db.Page{
		SyncID: r.Run.SyncID, Issues: batch.issues, Broken: batch.broken, Checkpoints: move,
	})
	if err != nil {
		return result, err
	}
	r.progress.spend("write", time.Since(began))
	r.progress.landed(batch.issues, result)
	return result, nil
}

// savePeople stores users and sprints that this run has not stored yet.
func (r *runner) savePeople(ctx context.Context, batch rows) error {
	var errs []error
	if users := r.people.unseenUsers(batch.users); len(users) > 0 {
		errs = append(errs, r.store.SavePeople(ctx, r.Lease, users))
		r.people.sawUsers(users)
	}
	if sprints := r.people.unseenSprints(batch.sprints); len(sprints) > 0 {
		errs = append(errs, r.store.SaveSprints(ctx, r.Lease, sprints))
		r.people.sawSprints(sprints)
	}
	return errors.Join(errs...)
}
