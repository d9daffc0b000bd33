package mirror_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"jirasync/db"
	"jirasync/jirasim"
)

// step is one thing that happens to a Jira or its mirror.
type step struct {
	What string
	A, B int // which issue and which project, by place
}

var happenings = []string{
	"touch", "create", "edit", "transition", "comment", "edit comment", "delete comment", "work", "delete work", "pile",
	"archive", "restore", "move", "delete", "hide", "show", "lag", "no lag", "flicker", "steady", "minutes pass",
	"tick", "tick", "tick", "full", "census", "one project", "restart",
}

// Whatever happens in whichever order, the mirror ends as the truth.
func TestRandomHistoriesEndAsTheTruth(t *testing.T) {
	for _, flavor := range flavors {
		t.Run(string(flavor), func(t *testing.T) {
			t.Parallel()
			worlds := 0
			rapid.Check(t, func(rt *rapid.T) {
				steps := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) step {
					return step{
						What: rapid.SampledFrom(happenings).Draw(rt, "what"),
						A:    rapid.IntRange(0, 400).Draw(rt, "issue"), B: rapid.IntRange(0, 30).Draw(rt, "project"),
					}
				}), 10, 40).Draw(rt, "steps")
				worlds++
				if !t.Run(fmt.Sprint(worlds), func(t *testing.T) { // a world of its own, cleaned up at once
					w := newWorld(t, jirasim.Options{Flavor: flavor, Issues: 80, Epoch: time.Now().Add(-24 * time.Hour)})
					w.now.Store(new(time.Now().Add(-23 * time.Hour)))
					w.live(steps)
					w.settle()
				}) {
					rt.Fatalf("after %v", steps)
				}
			})
		})
	}
}

// live does the steps.
func (w *world) live(steps []step) {
	w.Helper()
	for _, s := range steps {
		w.now.Store(new(w.now.Load().Add(3 * time.Second)))
		w.happen(s)
	}
}

func (w *world) happen(s step) {
	w.Helper()
	keys := w.sim.ProjectKeys()
	key := keys[s.B%len(keys)]
	id := w.pick(s.A)
	set := func(change func(*jirasim.Settings)) { w.sim.Faults().Update(change) }
	tick := func(mode db.Mode, keys ...string) { w.run(mode, keys...) }
	map[string]func(){
		"touch": func() { w.sim.Touch(1 + s.B) }, "create": func() { w.sim.Create(key) }, "edit": func() { w.sim.Edit(id) },
		"transition": func() { w.sim.Transition(id) }, "comment": func() { w.sim.Comment(id) },
		"edit comment": func() { w.sim.EditComment(id) }, "delete comment": func() { w.sim.DeleteComment(id) },
		"work": func() { w.sim.Worklog(id) }, "delete work": func() { w.sim.DeleteWorklog(id) },
		"pile": func() { w.sim.Pile(id, 50, 25, 25) }, "archive": func() { w.sim.Archive(id) }, "restore": func() { w.sim.Restore(id) },
		"move": func() { w.sim.Move(id, key) }, "delete": func() { w.sim.Delete(id) },
		"hide": func() { w.sim.HideProject(key) }, "show": func() { w.sim.ShowProject(key) },
		"lag": func() { set(func(o *jirasim.Settings) { o.IndexLag = 4 * time.Minute }) }, "no lag": func() { set(func(o *jirasim.Settings) { o.IndexLag = 0 }) },
		"flicker": func() { set(func(o *jirasim.Settings) { o.FlickerEvery = 5 }) }, "steady": func() { set(func(o *jirasim.Settings) { o.FlickerEvery = 0 }) },
		"minutes pass": func() { w.now.Store(new(w.now.Load().Add(2 * time.Minute))) },
		"tick":         func() { tick(db.Incremental) }, "full": func() { tick(db.Full) }, "census": func() { tick(db.Reconcile) },
		"one project": func() { tick(db.Incremental, key) }, "restart": func() { w.engine = w.newEngine() },
	}[s.What]()
}

// pick is some issue that was ever shown.
func (w *world) pick(place int) (id int64) {
	n := 0
	for one := range w.sim.Live {
		id = one
		if n++; n > place {
			break
		}
	}
	return id
}

// settle ends all faults, lets Jira's index come after, and holds the mirror against the truth.
func (w *world) settle() {
	w.Helper()
	w.sim.Faults().Clear()
	w.now.Store(new(w.now.Load().Add(10 * time.Minute)))
	w.strikes = true
	for _, mode := range []db.Mode{db.Incremental, db.Reconcile, db.Incremental, db.Reconcile} {
		run := w.run(mode)
		if run.State == db.Partial { // removals that want a word, or a project that was hidden since the last look
			_, _, err := w.store.ConfirmRemovals(w.Context(), run.SyncID, "test")
			require.True(w, err == nil || errors.Is(err, db.ErrNothingToConfirm), err)
		}
	}
	w.succeed(db.Reconcile)
	w.requireTruth()
}
