package mirror

import (
	"context"
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

// sweep reads all issues of one condition, in order of creation.
type sweep struct {
	kind      db.Mode // Incremental: what changed in the instance; Full: all of a project
	projectID int64   // 0 for the instance
	key       string
	jql       string
	after     jira.Cursor // where to go on from
	mark      db.Checkpoint
}

func (s sweep) name() string {
	if s.key == "" {
		return "(changes)"
	}
	return s.key
}

// plan is what a run sets out to do.
type plan struct {
	sweeps   []sweep
	projects []db.ProjectRow // those in scope, for the census
	began    time.Time       // by Jira's clock
	full     bool            // all projects are read from the beginning, in this run or the one it continues
	census   bool
	instance int
}

// fullDone is the mark of a full sweep that has reached its end.
func (p plan) fullDone() db.Checkpoint {
	return db.Checkpoint{InstanceID: p.instance, Kind: db.Full, Watermark: &p.began}
}

// marks are an instance's checkpoints by project and kind.
type marks map[markKey]db.Checkpoint

type markKey struct {
	project int64
	kind    db.Mode
}

func (r *runner) plan(ctx context.Context) (plan, error) {
	p := plan{instance: r.Instance.ID}
	found, err := r.store.Checkpoints(ctx, r.Instance.ID)
	if err != nil {
		return p, err
	}
	held := marks{}
	for _, mark := range found {
		held[markKey{mark.ProjectID, mark.Kind}] = mark
	}
	visible, err := r.store.VisibleProjects(ctx, r.Instance.ID)
	if err != nil {
		return p, err
	}
	configured := inScope(visible, r.Instance.Projects, r.Settings.Projects)
	p.projects = inScope(configured, r.Run.Keys)
	r.reportUnknown(visible)
	if p.began, err = r.client.Now(ctx); err != nil {
		return p, fmt.Errorf("ask Jira for the time: %w", err)
	}
	p.census = r.censusDue(held)
	if r.Run.Mode == db.Reconcile {
		return p, nil
	}
	if err := r.forgetLeft(ctx, held, configured); err != nil {
		return p, err
	}
	return p, r.planSweeps(ctx, &p, held, configured)
}

// planSweeps decides on the instance's window of changes and on projects to read whole.
func (r *runner) planSweeps(ctx context.Context, p *plan, held marks, configured []db.ProjectRow) error {
	whole := len(r.Run.Keys) == 0
	window, hasWindow := held[markKey{0, db.Incremental}]
	full := held[markKey{0, db.Full}]
	if !hasWindow {
		// Before the first page of all: whatever changes from here on is found by the next window.
		since := p.began.Add(-overlap)
		window = db.Checkpoint{InstanceID: p.instance, Kind: db.Incremental, Watermark: &since}
		if err := r.store.SaveCheckpoints(ctx, r.Lease, window); err != nil {
			return err
		}
	}
	if p.full = whole && (r.Run.Mode == db.Full || full.Since != nil); p.full {
		if full.Since == nil {
			full = db.Checkpoint{InstanceID: p.instance, Kind: db.Full, Watermark: full.Watermark, Since: &p.began}
			if err := r.store.SaveCheckpoints(ctx, r.Lease, full); err != nil {
				return err
			}
		}
		p.began = *full.Since
	}
	if hasWindow && len(p.projects) > 0 {
		p.sweeps = append(p.sweeps, r.windowSweep(window, p.projects, whole && !r.narrowed(configured)))
	}
	for _, project := range p.projects {
		mark := held[markKey{project.ID, db.Full}]
		done := mark.Watermark != nil && mark.Since == nil
		switch {
		case p.full:
			done = done && !mark.Watermark.Before(p.began) // read since this full sweep began
		case r.Run.Mode == db.Full:
			done = false
		}
		if !done {
			p.sweeps = append(p.sweeps, r.projectSweep(project, mark, p.began))
		}
	}
	return nil
}

// windowSweep reads what changed since the watermark. Asked for some projects only, it does not
// move the instance's mark: the others have not been looked at.
func (r *runner) windowSweep(mark db.Checkpoint, projects []db.ProjectRow, everything bool) sweep {
	s := sweep{kind: db.Incremental, mark: mark}
	conditions := []string{fmt.Sprintf("updated >= %d", mark.Watermark.UnixMilli())}
	if !everything {
		conditions = append(conditions, "project in ("+quotedKeys(projects)+")")
	}
	s.jql = r.narrow(conditions...)
	if len(r.Run.Keys) == 0 {
		s.after = cursorOf(mark)
	}
	return s
}

func (r *runner) projectSweep(project db.ProjectRow, mark db.Checkpoint, began time.Time) sweep {
	if mark.Since == nil {
		mark = db.Checkpoint{InstanceID: r.Instance.ID, ProjectID: project.ID, Kind: db.Full, Watermark: mark.Watermark, Since: &began}
	}
	return sweep{
		kind: db.Full, projectID: project.ID, key: project.Key, mark: mark, after: cursorOf(mark),
		jql: r.narrow("project = " + quote(project.Key)),
	}
}

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

// forgetLeft takes the mark off projects that are out of scope or out of sight: their changes are
// missed from here on, so that they must be read whole if they come back.
func (r *runner) forgetLeft(ctx context.Context, held marks, configured []db.ProjectRow) error {
	var left []db.Checkpoint
	for key, mark := range held {
		if key.kind != db.Full || key.project == 0 || mark.Watermark == nil && mark.Since == nil {
			continue
		}
		if !slices.ContainsFunc(configured, func(p db.ProjectRow) bool { return p.ID == key.project }) {
			left = append(left, db.Checkpoint{InstanceID: mark.InstanceID, ProjectID: mark.ProjectID, Kind: db.Full})
		}
	}
	if len(left) == 0 {
		return nil
	}
	return r.store.SaveCheckpoints(ctx, r.Lease, left...)
}

// reportUnknown names configured projects that Jira does not show.
func (r *runner) reportUnknown(visible []db.ProjectRow) {
	for _, key := range r.Instance.Projects {
		if !slices.ContainsFunc(visible, func(p db.ProjectRow) bool { return p.Key == key }) {
			r.progress.failProject(0, key, fmt.Errorf("project %s is not visible to the sync account of %s: "+
				"grant it Browse Projects there, or take the project out of JIRA_PROJECTS_%d", key, r.Instance.Name, r.Instance.ID))
		}
	}
}

// censusDue: after every full sweep, when asked for, and when the last one is old enough.
func (r *runner) censusDue(held marks) bool {
	if r.Run.Mode != db.Incremental {
		return true
	}
	if len(r.Run.Keys) > 0 {
		return false
	}
	last := held[markKey{0, db.Reconcile}].Watermark
	every := time.Duration(r.Settings.ReconcileIntervalSeconds) * time.Second
	return last == nil || time.Since(*last) >= every
}

// inScope keeps the projects that every non-empty list names.
func inScope(projects []db.ProjectRow, lists ...[]string) []db.ProjectRow {
	var kept []db.ProjectRow
	for _, p := range projects {
		named := true
		for _, list := range lists {
			named = named && (len(list) == 0 || slices.Contains(list, p.Key))
		}
		if named {
			kept = append(kept, p)
		}
	}
	return kept
}

// cursorOf reads the place a mark holds. One written by another release that we cannot read costs
// a fresh start of that sweep, no more.
func cursorOf(mark db.Checkpoint) (cursor jira.Cursor) {
	if mark.Since == nil || mark.Cursor == nil {
		return cursor
	}
	if json.Unmarshal(mark.Cursor, &cursor) != nil {
		return jira.Cursor{}
	}
	return cursor
}

func quotedKeys(projects []db.ProjectRow) string {
	keys := make([]string, len(projects))
	for i, p := range projects {
		keys[i] = quote(p.Key)
	}
	return strings.Join(keys, ", ")
}

// quote makes a JQL string: every value is quoted, since project keys can be reserved words.
func quote(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
