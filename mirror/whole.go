package mirror

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"jirasync/db"
	"jirasync/jira"
)

const (
	// recent is what the first part of a whole read brings: the weeks that people look at.
	recent = 21 * 24 * time.Hour
	// smallProject is up to how many issues a project is read in one go.
	smallProject = 500
	// worthSplitting is how many issues must be left in a span, by its density so far, for another
	// connection to help with it.
	worthSplitting = 200
)

// whole reads all issues of a project: first those changed lately, then the others, in spans of
// creation that are read side by side.
type whole struct {
	project db.ProjectRow
	mark    db.Checkpoint // kind Full; its cursor is the place
	recent  db.Checkpoint // kind Recent

	mu      sync.Mutex
	place   place
	split   bool      // its spans may be split further
	sighted *sighting // of a read that is whole and young; nil: of another

	closing sync.Mutex // held from taking a span off until the mark without it is stored
}

// place is how far the older part of a whole read has come. All that lies outside its spans is in
// the mirror.
type place struct {
	Cut    time.Time `json:"cut,omitzero"` // what changed since then is the recent part; zero: there is none
	Spans  []*span   `json:"spans,omitempty"`
	Stored int       `json:"stored,omitempty"` // issues that the read has brought so far
}

// span is a stretch of creation that is still to be read.
type span struct {
	From jira.Cursor `json:"from"`
	To   time.Time   `json:"to,omitzero"` // zero: no end

	busy    bool
	start   time.Time // creation of its first issue, once a page is stored
	reach   time.Time // up to which it has stored, or is storing now
	stored  int       // issues since then
	reading bool      // a page was stored: its density is known
}

func (r *runner) newWhole(p plan, project db.ProjectRow) *whole {
	w := &whole{project: project, mark: p.held[markKey{project.ID, db.Full}], recent: p.held[markKey{project.ID, db.Recent}]}
	if w.mark.Since == nil || p.full && !w.mark.Since.Equal(p.began) {
		began := p.began
		w.mark = db.Checkpoint{InstanceID: p.instance, ProjectID: project.ID, Kind: db.Full, Watermark: w.mark.Watermark, Since: &began}
	}
	if w.recent.Since == nil || !w.recent.Since.Equal(*w.mark.Since) { // it is of another read
		w.recent = db.Checkpoint{InstanceID: p.instance, ProjectID: project.ID, Kind: db.Recent, Since: w.mark.Since}
	}
	w.place = placeOf[place](w.mark)
	return w
}

// begun tells whether an earlier run has come to the older part.
func (w *whole) begun() bool { return len(w.place.Spans) > 0 }

// jql is the condition of the older part.
func (w *whole) jql(r *runner) string {
	condition := "project = " + quote(w.project.Key)
	if w.place.Cut.IsZero() {
		return r.narrow(condition)
	}
	return r.narrow(condition, r.client.Before("updated", w.place.Cut))
}

// readFirst brings what is read of a project before the others are gone on with: a small one whole, of
// a big one its first page, which tells so, and its recent part. After it the older part has its first
// span.
func (r *runner) readFirst(ctx context.Context, w *whole) error {
	r.progress.beginProject(w.project.ID, w.project.Key)
	if w.begun() {
		r.expect(ctx, w, -1)
		if isSmall := w.place.Cut.IsZero() && len(w.place.Spans) == 1; isSmall {
			return r.readSpan(ctx, w, w.take(time.Now()), func() {})
		}
		return nil
	}
	w.place.Stored = 0
	first, isBig, err := r.readSmall(ctx, w)
	if err != nil || !isBig {
		return err
	}
	cut := w.mark.Since.Add(-recent).Truncate(time.Millisecond)
	if err := r.readRecentPages(ctx, w, cut, first); err != nil {
		return err
	}
	w.place.Cut, w.place.Spans = cut, []*span{{From: first.Next}}
	mark, err := w.moved(nil, jira.Page{})
	if err != nil {
		return err
	}
	return r.store.SaveCheckpoints(ctx, r.Lease, mark)
}

// readSmall reads a project to its end, unless its first page tells that it is big: then only that.
func (r *runner) readSmall(ctx context.Context, w *whole) (first jira.Page, isBig bool, err error) {
	began, isFirst, s := time.Now(), true, &span{busy: true}
	measure := func(page jira.Page) (isLast bool) {
		if isFirst {
			r.measure(ctx, w, began, page)
		}
		isFirst = false
		return w.split
	}
	err = r.pagesUpTo(ctx, w.jql(r), jira.Cursor{}, measure, func(page jira.Page) (bool, error) {
		if w.split {
			first = page
			w.sees(page)
			w.place.Stored += len(page.Issues)
			return false, r.land(ctx, w.project.Key, page, nil)
		}
		w.place.Spans = []*span{s}
		_, err := r.landSpan(ctx, w, s, page)
		return true, err
	})
	if err != nil || w.split {
		return first, w.split, err
	}
	return first, false, r.closeSpan(ctx, w, s)
}

// measure learns from the first page of all how large a project is.
func (r *runner) measure(ctx context.Context, w *whole, began time.Time, first jira.Page) {
	if first.Total >= 0 { // Jira counts as it shows; an estimate would not be enough
		w.sighted = &sighting{began: began, count: first.Total}
	}
	r.expect(ctx, w, first.Total)
}

// expect learns how many issues there are to read, where the first page does not tell. A project that
// is not counted is read like a big one.
func (r *runner) expect(ctx context.Context, w *whole, total int) {
	if total < 0 {
		n, err := r.count(ctx, r.allOf(w.project.Key))
		if err != nil {
			w.split = true
			return
		}
		total = n
	}
	r.progress.expectProject(w.project, max(0, total-w.place.Stored))
	w.split = total > smallProject
}

// readRecentPages reads what has changed since the cut, but for what has just come on the first page.
func (r *runner) readRecentPages(ctx context.Context, w *whole, cut time.Time, first jira.Page) error {
	came := make(map[int64]bool, len(first.Issues))
	for i := range first.Issues {
		came[first.Issues[i].ID] = true
	}
	jql := r.narrow("project = "+quote(w.project.Key), r.client.Since("updated", cut))
	mark := w.recent
	return r.eachPage(ctx, jql, cursorOf(mark), func(page jira.Page) (bool, error) {
		cursor, err := json.Marshal(page.Next)
		if err != nil {
			return false, fmt.Errorf("write the cursor: %w", err)
		}
		mark.Cursor = cursor
		w.sees(page)
		page.Issues = slices.DeleteFunc(page.Issues, func(i jira.Issue) bool { return came[i.ID] })
		w.place.Stored += len(page.Issues)
		return true, r.land(ctx, w.project.Key, page, []db.Checkpoint{mark})
	})
}

// take gives a span to read: one that waits, or half of the one with most left. It is nil when
// there is nothing to help with now.
func (w *whole) take(now time.Time) *span {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.place.Spans {
		if !s.busy {
			s.busy = true
			return s
		}
	}
	var longest *span
	for _, s := range w.place.Spans {
		if longest == nil || s.left(now) > longest.left(now) {
			longest = s
		}
	}
	if !w.split || longest == nil || longest.left(now) < worthSplitting {
		return nil
	}
	from := longest.From.Created
	if longest.reach.After(from) {
		from = longest.reach
	}
	middle := from.Add(longest.end(now).Sub(from) / 2).Truncate(time.Second)
	if !middle.After(from) {
		return nil
	}
	half := &span{From: jira.Cursor{Created: middle}, To: longest.To, busy: true}
	longest.To = middle
	w.place.Spans = append(w.place.Spans, half)
	return half
}

func (s *span) end(now time.Time) time.Time {
	if s.To.IsZero() {
		return now
	}
	return s.To
}

// left guesses how many issues a span still holds, by how many came in the time it has passed.
func (s *span) left(now time.Time) float64 {
	passed := s.From.Created.Sub(s.start)
	if !s.reading || passed <= 0 {
		return 0
	}
	return float64(s.stored) * float64(s.end(now).Sub(s.From.Created)) / float64(passed)
}

// readSpan reads a span to its end, which may come nearer meanwhile. It calls landed after each page.
func (r *runner) readSpan(ctx context.Context, w *whole, s *span, landed func()) error {
	isLast := func(page jira.Page) bool { return w.endsAt(s, page.Next) }
	err := r.pagesUpTo(ctx, w.jql(r), s.From, isLast, func(page jira.Page) (bool, error) {
		ended, err := r.landSpan(ctx, w, s, page)
		landed()
		return !ended, err
	})
	if err != nil {
		return err
	}
	return r.closeSpan(ctx, w, s)
}

// endsAt tells whether a span has its end at or before a place.
func (w *whole) endsAt(s *span, place jira.Cursor) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !s.To.IsZero() && !place.Created.Before(s.To)
}

// landSpan stores a page of a span, with the mark behind it.
func (r *runner) landSpan(ctx context.Context, w *whole, s *span, page jira.Page) (ended bool, err error) {
	w.sees(page)
	page = w.within(s, page)
	mark, err := w.moved(s, page)
	if err != nil {
		return false, err
	}
	if err := r.land(ctx, w.project.Key, page, []db.Checkpoint{mark}); err != nil {
		return false, err
	}
	return w.stored(s, page), nil
}

// within leaves out what lies behind the end of the span, which another one brings.
func (w *whole) within(s *span, page jira.Page) jira.Page {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.reach = page.Next.Created
	if !s.To.IsZero() {
		page.Issues = slices.DeleteFunc(page.Issues, func(i jira.Issue) bool { return i.Placed() && !i.Created.Before(s.To) })
	}
	return page
}

// moved is the mark with one span behind its next page and the others at their last stored place.
// Two spans may store their marks in either order: the older one covers more, never less.
func (w *whole) moved(moving *span, page jira.Page) (db.Checkpoint, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := place{Cut: w.place.Cut, Spans: make([]*span, 0, len(w.place.Spans)), Stored: w.place.Stored + len(page.Issues)}
	for _, s := range w.place.Spans {
		copied := &span{From: s.From, To: s.To}
		if s == moving {
			copied.From = page.Next
		}
		at.Spans = append(at.Spans, copied)
	}
	cursor, err := json.Marshal(at)
	if err != nil {
		return db.Checkpoint{}, fmt.Errorf("write the cursor: %w", err)
	}
	mark := w.mark
	mark.Cursor = cursor
	return mark, nil
}

// stored notes a stored page and tells whether the span has reached its end.
func (w *whole) stored(s *span, page jira.Page) (ended bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.From = page.Next
	if !s.reading && len(page.Issues) > 0 {
		s.start, s.reading = page.Issues[0].Created, true
	}
	s.stored += len(page.Issues)
	w.place.Stored += len(page.Issues)
	return !s.To.IsZero() && !s.From.Created.Before(s.To)
}

// closeSpan takes a span off, and sets the project's mark when it was the last: one after the other,
// so that the mark of one that was not the last is never stored over that of the end.
func (r *runner) closeSpan(ctx context.Context, w *whole, s *span) error {
	w.closing.Lock()
	defer w.closing.Unlock()
	last := w.takeOff(s)
	mark, err := w.moved(nil, jira.Page{})
	if err != nil {
		return err
	}
	if !last {
		return r.store.SaveCheckpoints(ctx, r.Lease, mark)
	}
	began := *mark.Since
	mark.Watermark, mark.Since, mark.Cursor = &began, nil, nil
	recent := db.Checkpoint{InstanceID: r.Instance.ID, ProjectID: w.project.ID, Kind: db.Recent, Watermark: &began}
	return r.store.SaveCheckpoints(ctx, r.Lease, mark, recent)
}

func (w *whole) takeOff(s *span) (last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.place.Spans = slices.DeleteFunc(w.place.Spans, func(other *span) bool { return other == s })
	return len(w.place.Spans) == 0
}
