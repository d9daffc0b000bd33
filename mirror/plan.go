package mirror

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"jirasync/db"
	"jirasync/jira"
)

// overlap is how far a window of changes reaches back before the last one was asked for: Jira's
// index shows a change minutes late, and not in order.
const overlap = 5 * time.Minute

// plan is what a run sets out to do.
type plan struct {
	instance int
	scope
	projects []db.ProjectRow // those that the run is about, for reads and census
	lost     []db.ProjectRow // in scope, with live issues in the mirror, but no longer visible
	lostMuch bool            // so many that it is more likely a lost permission
	held     marks
	read     []int64   // projects that were read to their end before
	began    time.Time // by Jira's clock

	window    *window  // what changed; nil where nothing was read before
	wholes    []*whole // projects to read from the beginning, or from where a run was cut off
	full      bool     // all projects are read, in this run or the one it continues
	continued bool     // an earlier run has begun the full read
	first     bool     // nothing was complete before
	census    bool
}

// fullDone are the marks of a full read that has reached its end. Where it took no window, the next
// one begins where the full read began.
func (p plan) fullDone() []db.Checkpoint {
	done := []db.Checkpoint{{InstanceID: p.instance, Kind: db.Full, Watermark: &p.began}}
	if held := p.held[markKey{0, db.Incremental}]; p.window == nil && held.Watermark != nil && held.Watermark.Before(p.began.Add(-overlap)) {
		since := p.began.Add(-overlap)
		done = append(done, db.Checkpoint{InstanceID: p.instance, Kind: db.Incremental, Watermark: &since})
	}
	return done
}

// fullSince is when the full read began, by the clock of our database or before.
func (p plan) fullSince(run db.Run) time.Time {
	if p.held[markKey{0, db.Full}].Since != nil {
		return p.began // in an earlier run
	}
	return run.StartedAt
}

// marks are an instance's checkpoints by project and kind.
type marks map[markKey]db.Checkpoint

type markKey struct {
	project int64
	kind    db.Mode
}

func (r *runner) plan(ctx context.Context) (plan, error) {
	p := plan{instance: r.Instance.ID, held: marks{}}
	found, err := r.store.Checkpoints(ctx, r.Instance.ID)
	if err != nil {
		return p, err
	}
	for _, mark := range found {
		p.held[markKey{mark.ProjectID, mark.Kind}] = mark
		if mark.Kind == db.Full && mark.Watermark != nil {
			p.read = append(p.read, mark.ProjectID)
		}
	}
	if err := r.planProjects(ctx, &p); err != nil {
		return p, err
	}
	if p.census, err = r.censusDue(ctx, p.held); err != nil {
		return p, err
	}
	if r.Run.Mode == db.Reconcile {
		return p, nil
	}
	if err := r.forgetLeft(ctx, p); err != nil {
		return p, err
	}
	return p, r.planReads(ctx, &p)
}

func (r *runner) planProjects(ctx context.Context, p *plan) error {
	if err := r.learnScope(ctx); err != nil {
		return err
	}
	p.scope = r.scope
	r.reportUnknown(p.visible)
	p.projects = db.InScope(p.configured, r.Run.Keys)
	lost, live, err := r.store.LostProjects(ctx, r.Instance.ID)
	if err != nil {
		return err
	}
	gone := 0
	for _, l := range lost {
		p.lost = append(p.lost, db.InScope([]db.ProjectRow{l.ProjectRow}, r.Instance.Projects, r.Settings.Projects, r.Run.Keys)...)
		gone += l.Live
	}
	p.lostMuch = braked(gone, live)
	return nil
}

// covered refuses a run whose projects are all left out: that it succeeded in reading nothing would be
// taken for news that nothing has changed.
func (r *runner) covered(p plan) error {
	if len(r.Run.Keys) == 0 || len(p.projects) > 0 || len(p.lost) > 0 {
		return nil
	}
	return errors.New(r.Instance.Reach(p.visible, r.Settings).None(r.Run.Keys))
}

// now is Jira's time or ours, whichever is earlier: a window that begins too early costs a few
// pages, one that begins too late loses changes. A Date header is no proof of the clock by which
// Jira stamps its issues.
func (r *runner) now(ctx context.Context) (time.Time, error) {
	theirs, err := r.client.Now(ctx)
	return earlier(theirs, time.Now()), err
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b.UTC()
	}
	return a
}

// planReads decides on the instance's window of changes and on projects to read whole.
func (r *runner) planReads(ctx context.Context, p *plan) error {
	all := len(r.Run.Keys) == 0
	mark, hasWindow := p.held[markKey{0, db.Incremental}]
	full := p.held[markKey{0, db.Full}]
	p.first = full.Watermark == nil
	p.full = all && (r.Run.Mode == db.Full || full.Since != nil)
	unread := p.unread(r.Run.Mode)
	if !hasWindow || len(unread) > 0 { // a quiet tick need not ask for the time
		var err error
		if p.began, err = r.now(ctx); err != nil {
			return fmt.Errorf("ask Jira for the time: %w", err)
		}
	}
	if !hasWindow {
		// Before the first page of all: whatever changes from here on is found by the next window.
		since := p.began.Add(-overlap)
		mark = db.Checkpoint{InstanceID: p.instance, Kind: db.Incremental, Watermark: &since}
		if err := r.store.SaveCheckpoints(ctx, r.Lease, mark); err != nil {
			return err
		}
	}
	p.continued = p.full && full.Since != nil
	if p.full {
		if !p.continued {
			full = db.Checkpoint{InstanceID: p.instance, Kind: db.Full, Watermark: full.Watermark, Since: &p.began}
			if err := r.store.SaveCheckpoints(ctx, r.Lease, full); err != nil {
				return err
			}
		}
		p.began = *full.Since
	}
	for _, project := range unread {
		mark := p.held[markKey{project.ID, db.Full}]
		// A Date header has whole seconds: by it, a full read can seem to begin before the last one did.
		if done := p.continued && isRead(mark) && !mark.Watermark.Before(p.began); !done {
			p.wholes = append(p.wholes, r.newWhole(*p, project))
		}
	}
	if hasWindow && len(p.projects) > 0 && !p.readsAllAnew() {
		p.window = r.newWindow(mark, p.projects, all && !r.narrowed(p.configured))
	}
	return nil
}

// readsAllAnew tells whether every project is read from its beginning: then what changed lately comes
// with the recent parts, and a window would bring it twice.
func (p plan) readsAllAnew() bool {
	if p.continued || len(p.wholes) == 0 || slices.ContainsFunc(p.wholes, func(w *whole) bool { return w.begun() }) {
		return false
	}
	shown := 0
	for _, project := range p.projects {
		if !project.Archived {
			shown++
		}
	}
	return shown == len(p.wholes)
}

// unread are the projects that may have to be read whole. No search shows archived ones.
func (p plan) unread(mode db.Mode) []db.ProjectRow {
	var unread []db.ProjectRow
	for _, project := range p.projects {
		if !project.Archived && (p.full || mode == db.Full || !isRead(p.held[markKey{project.ID, db.Full}])) {
			unread = append(unread, project)
		}
	}
	return unread
}

// readBefore are the projects that this run does not read whole.
func (p plan) readBefore() []db.ProjectRow {
	return slices.DeleteFunc(slices.Clone(p.projects), func(project db.ProjectRow) bool {
		return slices.ContainsFunc(p.wholes, func(w *whole) bool { return w.project.ID == project.ID })
	})
}

func isRead(mark db.Checkpoint) bool { return mark.Watermark != nil && mark.Since == nil }

func (r *runner) narrow(conditions ...string) string {
	if r.Instance.JQL != "" {
		conditions = append(conditions, "("+r.Instance.JQL+")")
	}
	return strings.Join(conditions, " AND ")
}

// narrowed reports whether fewer projects are mirrored than the account sees.
func (r *runner) narrowed(configured []db.ProjectRow) bool {
	return len(r.Instance.Projects) > 0 || len(r.Settings.Projects) > 0 || len(configured) == 0
}

// forgetLeft takes the marks off projects that are out of scope or out of sight: their changes are
// missed from here on, so that they must be read whole if they come back.
func (r *runner) forgetLeft(ctx context.Context, p plan) error {
	var left []db.Checkpoint
	for key, mark := range p.held {
		if key.kind != db.Full || key.project == 0 || mark.Watermark == nil && mark.Since == nil {
			continue
		}
		stays := func(c db.ProjectRow) bool { return c.ID == key.project && !c.Archived }
		if !slices.ContainsFunc(p.configured, stays) {
			left = append(left, forgotten(mark.InstanceID, mark.ProjectID)...)
			delete(p.held, key)
			delete(p.held, markKey{key.project, db.Recent})
		}
	}
	if len(left) == 0 {
		return nil
	}
	return r.store.SaveCheckpoints(ctx, r.Lease, left...)
}

// forgotten are the marks of a project that must be read whole again.
func forgotten(instance int, project int64) []db.Checkpoint {
	return []db.Checkpoint{
		{InstanceID: instance, ProjectID: project, Kind: db.Full},
		{InstanceID: instance, ProjectID: project, Kind: db.Recent},
	}
}

// reportUnknown names configured projects that Jira does not show.
func (r *runner) reportUnknown(visible []db.ProjectRow) {
	for _, key := range r.Instance.Projects {
		if len(db.InScope(visible, []string{key})) == 0 {
			r.progress.failProject(0, key, fmt.Errorf("project %s is not visible to the sync account of %s: "+
				"grant it Browse Projects there, or take the project out of JIRA_PROJECTS_%d", key, r.Instance.Name, r.Instance.ID))
		}
	}
}

// censusDue: after every full read, when asked for, when the last one is old enough, and when a person
// has confirmed what one would remove.
func (r *runner) censusDue(ctx context.Context, held marks) (bool, error) {
	if r.Run.Mode != db.Incremental {
		return true, nil
	}
	if len(r.Run.Keys) > 0 {
		return false, nil
	}
	last := held[markKey{0, db.Reconcile}].Watermark
	every := time.Duration(r.Settings.ReconcileIntervalSeconds) * time.Second
	if last == nil || time.Since(*last) >= every {
		return true, nil
	}
	return r.store.RemovalsConfirmed(ctx, r.Instance.ID, *last)
}

// placeOf reads the place that a mark holds. One written by another release that we cannot read
// costs a fresh start of that read, no more.
func placeOf[T any](mark db.Checkpoint) (place T) {
	if mark.Since == nil || mark.Cursor == nil {
		return place
	}
	var read T
	if json.Unmarshal(mark.Cursor, &read, json.RejectUnknownMembers(true)) == nil {
		return read
	}
	return place
}

func cursorOf(mark db.Checkpoint) jira.Cursor { return placeOf[jira.Cursor](mark) }

func quotedKeys(projects []db.ProjectRow) string {
	keys := make([]string, 0, len(projects))
	for _, p := range projects {
		if !p.Archived {
			keys = append(keys, quote(p.Key))
		}
	}
	return strings.Join(keys, ", ")
}

// quote makes a JQL string: every value is quoted, since project keys can be reserved words.
func quote(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
