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

	mu     sync.Mutex
	place  place
	split  bool     // its spans may be split further
	open   int      // spans being read
	listed *listing // made before it was read, for its census; nil: none

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

// readRecent brings the recent part of a big project, or finds that it is small enough to be read
// in one go. After it the older part has its first span. Where a census follows, what Jira lists now
// is kept for it.
func (r *runner) readRecent(ctx context.Context, w *whole, census bool) (small bool, err error) {
	r.progress.beginProject(w.project.ID, w.project.Key)
	total, listed, err := r.survey(ctx, w.project, census && !w.begun())
	if err != nil {
		return false, err
	}
	w.listed = listed
	isCounted := total >= 0 // one that is not is read like a big one
	if isCounted {
		r.progress.expectProject(w.project, max(0, total-w.place.Stored))
	}
	w.split = !isCounted || total > smallProject
	if w.begun() {
		return !w.split && len(w.place.Spans) == 1, nil
	}
	if !w.split {
		w.place.Spans = []*span{{}}
		return true, nil
	}
	cut := w.mark.Since.Add(-recent).Truncate(time.Millisecond)
	if err := r.readRecentPages(ctx, w, cut); err != nil {
		return false, err
	}
	w.place.Cut, w.place.Spans = cut, []*span{{}}
	mark, err := w.moved(nil, jira.Page{})
	if err != nil {
		return false, err
	}
	return false, r.store.SaveCheckpoints(ctx, r.Lease, mark)
}

func (r *runner) readRecentPages(ctx context.Context, w *whole, cut time.Time) error {
	jql := r.narrow("project = "+quote(w.project.Key), r.client.Since("updated", cut))
	mark := w.recent
	return r.eachPage(ctx, jql, cursorOf(mark), func(page jira.Page) (bool, error) {
		cursor, err := json.Marshal(page.Next)
		if err != nil {
			return false, fmt.Errorf("write the cursor: %w", err)
		}
		mark.Cursor = cursor
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
			w.open++
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
	w.open++
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
	err := r.eachPage(ctx, w.jql(r), s.From, func(page jira.Page) (bool, error) {
		page = w.within(s, page)
		mark, err := w.moved(s, page)
		if err != nil {
			return false, err
		}
		if err := r.land(ctx, w.project.Key, page, []db.Checkpoint{mark}); err != nil {
			return false, err
		}
		ended := w.stored(s, page)
		landed()
		return !ended, nil
	})
	if err != nil {
		return err
	}
	return r.closeSpan(ctx, w, s)
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
