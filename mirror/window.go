package mirror

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"jirasync/db"
	"jirasync/jira"
)

// window reads what changed in the instance since its mark, forward.
type window struct {
	mark     db.Checkpoint
	projects []db.ProjectRow
	anywhere bool // without naming projects
	fixed    bool // asked for some projects only: the instance's mark stays, the others were not looked at
	since    time.Time
}

func (r *runner) newWindow(mark db.Checkpoint, projects []db.ProjectRow, anywhere bool) *window {
	w := &window{mark: mark, projects: projects, anywhere: anywhere, fixed: len(r.Run.Keys) > 0}
	if w.fixed {
		w.mark.Since, w.mark.Cursor = nil, nil
	}
	if w.mark.Since != nil {
		w.since = *w.mark.Since
	}
	return w
}

func (w *window) name() string { return "(changes)" }

func (w *window) jql(r *runner) string {
	conditions := []string{r.client.Since("updated", *w.mark.Watermark)}
	if !w.anywhere {
		conditions = append(conditions, "project in ("+quotedKeys(w.projects)+")")
	}
	return r.narrow(conditions...)
}

// readWindow reads a window to its end. A project that vanished since it was last seen is left
// out, and must be read whole when it is back.
func (r *runner) readWindow(ctx context.Context, w *window) error {
	for {
		if !w.anywhere && quotedKeys(w.projects) == "" {
			return nil // only archived ones
		}
		err := r.readWindowPages(ctx, w)
		var gone *jira.ProjectGoneError
		if !errors.As(err, &gone) || w.anywhere {
			return err
		}
		at := slices.IndexFunc(w.projects, func(p db.ProjectRow) bool { return p.Key == gone.Project })
		if at < 0 || len(w.projects) == 1 {
			return err
		}
		lost := w.projects[at]
		r.progress.failProject(lost.ID, lost.Key, err)
		r.known.forget()
		if err := r.store.SaveCheckpoints(ctx, r.Lease, forgotten(r.Instance.ID, lost.ID)...); err != nil {
			return err
		}
		w.projects = slices.Delete(slices.Clone(w.projects), at, at+1)
	}
}

func (r *runner) readWindowPages(ctx context.Context, w *window) error {
	err := r.eachPage(ctx, w.jql(r), cursorOf(w.mark), func(page jira.Page) (bool, error) {
		if w.mark.Since == nil { // the first page of a window says when it begins
			since := earlier(page.AskedAt, time.Now())
			w.mark.Since, w.since = &since, since
		}
		cursor, err := json.Marshal(page.Next)
		if err != nil {
			return false, fmt.Errorf("write the cursor: %w", err)
		}
		w.mark.Cursor = cursor
		r.progress.expect(w.name(), page.Total)
		return true, r.land(ctx, w.name(), page, w.marks())
	})
	if err != nil {
		return err
	}
	r.progress.endRead(w.name())
	if w.fixed || w.mark.Since == nil {
		return nil
	}
	watermark := w.mark.Since.Add(-overlap)
	w.mark.Watermark, w.mark.Since, w.mark.Cursor = &watermark, nil, nil
	return r.store.SaveCheckpoints(ctx, r.Lease, w.mark)
}

func (w *window) marks() []db.Checkpoint {
	if w.fixed {
		return nil
	}
	return []db.Checkpoint{w.mark}
}
