package mirror

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"jirasync/db"
	"jirasync/jira"
)

// pageSize is what one request asks for: larger pages gain little and cost memory.
const pageSize = 100

// fetch brings what the plan names and returns the moment, by Jira's clock, up to which changes are
// now here. A project that fails costs itself, not the others; it fails the run when Jira as a
// whole refuses us, or nothing at all went well.
func (r *runner) fetch(ctx context.Context, p plan) (asOf time.Time, err error) {
	f := newFetch(p, r.limited)
	group, fetching := errgroup.WithContext(ctx)
	for range r.sweeps() {
		group.Go(func() error { return r.fetchAll(fetching, f) })
	}
	stop := context.AfterFunc(fetching, f.wake)
	defer stop()
	if err := group.Wait(); err != nil {
		return time.Time{}, err
	}
	if err := r.limited(); err != nil {
		return time.Time{}, err
	}
	if err := f.verdict(); err != nil {
		return time.Time{}, err
	}
	if err := r.settleReads(ctx, f); err != nil {
		return time.Time{}, err
	}
	if p.window != nil {
		return p.window.since, nil
	}
	return p.began, nil
}

// settleReads notes that what the plan names was read to its end. A full read that was continued ends
// even where projects have failed again: else they would keep all others from their changes, their
// worklogs and their re-read. They stay unread, so that each run tries them whole.
func (r *runner) settleReads(ctx context.Context, f *fetch) error {
	p, all := f.plan, f.failed == 0
	if p.full && (all || p.continued) {
		left, err := f.left()
		if err != nil {
			return err
		}
		if err := r.store.SaveCheckpoints(ctx, r.Lease, append(left, p.fullDone()...)...); err != nil {
			return err
		}
	}
	if all && (p.full || len(p.wholes) > 0 && len(r.Run.Keys) == 0) {
		if err := r.store.SaveHistoryFrom(ctx, r.Lease, nil); err != nil {
			return err
		}
	}
	if all && p.full {
		return r.store.ResolveNameless(ctx, r.Lease, p.fullSince(r.Run))
	}
	return nil
}

// sweeps is how many workers share a fetch: more than requests may be made at a time, so that Jira is
// not left waiting while pages are read and stored.
func (r *runner) sweeps() int {
	requests := max(1, r.Instance.Concurrency)
	return requests + (requests+1)/2
}

// fetchAll is one of the workers that share a fetch.
func (r *runner) fetchAll(ctx context.Context, f *fetch) error {
	for {
		job := f.next(ctx)
		if job == nil {
			return context.Cause(ctx)
		}
		err := job.do(ctx, r, f)
		if isThrottle(err) && ctx.Err() == nil {
			r.limit.CompareAndSwap(nil, &err)
			f.end(job, err)
			return nil
		}
		if err != nil && (isFatal(err) || ctx.Err() != nil) {
			f.end(job, err)
			return err
		}
		if err != nil {
			r.forgetGone(err)
			r.progress.failProject(job.projectID(), job.name(), err)
		}
		if f.end(job, err) && f.plan.first {
			cut := f.plan.began.Add(-recent)
			if err := r.store.SaveHistoryFrom(ctx, r.Lease, &cut); err != nil {
				return err
			}
		}
	}
}

// limited is how Jira's limits have ended the fetch of this run, if they have. No other page is asked for
// then, but those that Jira has already given are stored: they have been paid for.
func (r *runner) limited() error {
	if err := r.limit.Load(); err != nil {
		return *err
	}
	return nil
}

// forgetGone has the next run ask for the projects again when one of them turned out to be gone.
func (r *runner) forgetGone(err error) {
	var gone *jira.ProjectGoneError
	if errors.As(err, &gone) {
		r.known.forget()
	}
}

// isFatal tells what no other project would survive either.
func isFatal(err error) bool {
	var refused *jira.RefusedError
	return errors.As(err, &refused) || isThrottle(err) || errors.Is(err, db.ErrFenced)
}

func isThrottle(err error) bool {
	var throttled *jira.ThrottledError
	return errors.As(err, &throttled)
}

// endpointAlone tells a limit on one endpoint, which what does not need that survives.
func endpointAlone(err error) bool {
	var throttled *jira.ThrottledError
	return errors.As(err, &throttled) && throttled.Endpoint != ""
}

// fetch is what a plan's workers share: what waits, what is being read, what failed.
type fetch struct {
	plan    plan
	limited func() error // not nil: no more is begun

	mu      sync.Mutex
	changed *sync.Cond
	waiting []*whole        // whose recent part was not begun
	older   []*whole        // whose recent part is here
	read    []db.ProjectRow // read to their end, their census is still to be taken
	ended   map[int64]bool  // projects that were read to their end
	window  bool            // waits
	recents int             // recent parts under way
	busy    int             // jobs under way
	done    int
	failed  int
	first   error
	bad     map[*whole]bool
}

func newFetch(p plan, limited func() error) *fetch {
	f := &fetch{plan: p, limited: limited, waiting: p.wholes, window: p.window != nil, bad: map[*whole]bool{}, ended: map[int64]bool{}}
	f.changed = sync.NewCond(&f.mu)
	return f
}

// left are the marks of the projects that failed, with how far each has come: none counts as read,
// not even by an earlier full read.
func (f *fetch) left() ([]db.Checkpoint, error) {
	var left []db.Checkpoint
	for _, w := range f.plan.wholes {
		if !f.bad[w] {
			continue
		}
		mark, err := w.moved(nil, jira.Page{})
		if err != nil {
			return nil, err
		}
		left = append(left, mark, w.recent)
	}
	return left, nil
}

// job is work for one worker: to read the window, the recent part of a project or one of its spans,
// or to take the census of a project that was read.
type job struct {
	window *window
	whole  *whole
	span   *span
	census *db.ProjectRow
}

func (j *job) name() string {
	if j.window != nil {
		return j.window.name()
	}
	return j.whole.project.Key
}

func (j *job) projectID() int64 {
	if j.window != nil {
		return 0
	}
	return j.whole.project.ID
}

func (j *job) do(ctx context.Context, r *runner, f *fetch) error {
	switch {
	case j.window != nil:
		return r.readWindow(ctx, j.window)
	case j.census != nil:
		return r.judge(ctx, f.plan, subject{project: *j.census})
	case j.span == nil:
		if err := r.readFirst(ctx, j.whole); err != nil || !j.whole.isRead() {
			return err
		}
	default:
		if err := r.readSpan(ctx, j.whole, j.span, f.wake); err != nil || !j.whole.isRead() {
			return err
		}
	}
	w := j.whole
	r.progress.finishProject(w.project.ID, w.project.Key)
	if !f.plan.census || !f.finished(w.project) {
		return nil
	}
	if w.sighted != nil { // at once, since it ages; nobody reads the project any more
		return r.judge(ctx, f.plan, subject{project: w.project, sighted: w.sighted})
	}
	f.await(w.project)
	return nil
}

func (w *whole) isRead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.place.Spans) == 0
}

// finished notes that a project was read to its end, and tells whether that is news: two workers may
// find it at once.
func (f *fetch) finished(project db.ProjectRow) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	news := !f.ended[project.ID]
	f.ended[project.ID] = true
	return news
}

// await has the census of a project taken by whom nothing else keeps busy.
func (f *fetch) await(project db.ProjectRow) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.read = append(f.read, project)
	f.changed.Broadcast()
}

// next gives the next job in the order of what people want to see: changes, the recent part of
// every project, the rest, what the census says. It waits while others may leave something to help with, and is nil when
// all is done or the context ends.
func (f *fetch) next(ctx context.Context) *job {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ctx.Err() == nil && f.limited() == nil {
		if j := f.pick(); j != nil {
			f.busy++
			return j
		}
		if f.busy == 0 {
			return nil
		}
		f.changed.Wait()
	}
	return nil
}

func (f *fetch) pick() *job {
	if f.window {
		f.window = false
		return &job{window: f.plan.window}
	}
	if len(f.waiting) > 0 {
		w := f.waiting[0]
		f.waiting = f.waiting[1:]
		f.recents++
		return &job{whole: w}
	}
	now := time.Now()
	for _, w := range f.older {
		if f.bad[w] {
			continue
		}
		if s := w.take(now); s != nil {
			return &job{whole: w, span: s}
		}
	}
	if len(f.read) > 0 {
		project := f.read[0]
		f.read = f.read[1:]
		return &job{census: &project}
	}
	return nil
}

// end notes how a job ended and tells whether with it the recent parts of all are here.
func (f *fetch) end(j *job, err error) (recentDone bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.changed.Broadcast()
	f.busy--
	if err == nil {
		f.done++
	} else {
		f.failed++
		if f.first == nil {
			f.first = err
		}
		if j.whole != nil {
			f.bad[j.whole] = true
		}
	}
	if j.whole == nil || j.span != nil {
		return false
	}
	f.recents--
	if err == nil && !j.whole.isRead() {
		f.older = append(f.older, j.whole)
	}
	return f.recents == 0 && len(f.waiting) == 0 && f.failed == 0
}

// wake has waiting workers look again.
func (f *fetch) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changed.Broadcast()
}

// verdict is the first failure if nothing went well.
func (f *fetch) verdict() error {
	if f.failed > 0 && f.done == 0 {
		return f.first
	}
	return nil
}

// eachPage hands over the pages of a condition, the next of which is downloaded meanwhile, until
// take wants no more. It returns when its download has ended too.
func (r *runner) eachPage(ctx context.Context, jql string, after jira.Cursor, take func(jira.Page) (more bool, err error)) error {
	return r.pagesUpTo(ctx, jql, after, func(jira.Page) bool { return false }, take)
}

// pagesUpTo is eachPage for who can tell that a page is the last before it is taken: then no other is
// asked for in vain.
func (r *runner) pagesUpTo(
	ctx context.Context, jql string, after jira.Cursor, isLast func(jira.Page) bool, take func(jira.Page) (more bool, err error),
) error {
	pages := make(chan jira.Page)
	group, loading := errgroup.WithContext(ctx)
	enough, stop := context.WithCancel(loading)
	defer stop()
	group.Go(func() error {
		defer close(pages)
		query := jira.Query{JQL: jql, After: after, PageSize: pageSize, Changelog: true, Witnesses: r.innocent}
		err := r.loadPages(enough, query, isLast, pages)
		if err != nil && enough.Err() != nil {
			return loading.Err() // nil when the reader has enough
		}
		return err
	})
	group.Go(func() error {
		for page := range pages {
			if more, err := take(page); err != nil || !more {
				stop()
				return err
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	return nil
}

// loadPages downloads pages, and waits until each is taken, up to the last that is wanted.
func (r *runner) loadPages(ctx context.Context, query jira.Query, isLast func(jira.Page) bool, pages chan<- jira.Page) error {
	for page, err := range r.client.Scan(ctx, query) {
		if err == nil {
			err = r.complete(ctx, page.Issues)
		}
		if err != nil {
			return err
		}
		last := isLast(page)
		select {
		case pages <- page:
		case <-ctx.Done():
			return ctx.Err()
		}
		if last {
			return nil
		}
		if err := r.limited(); err != nil {
			return err
		}
	}
	return nil
}
