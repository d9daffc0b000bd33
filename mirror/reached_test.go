package mirror_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
	"jirasync/query"
)

// reached is how far each project is complete, as the API shows it.
func (w *world) reached() map[string]*time.Time {
	w.Helper()
	all, err := w.store.Completeness(w.Context(), query.Everything(), "north")
	require.NoError(w, err)
	reached := map[string]*time.Time{}
	for _, one := range all {
		reached[one.Project.Key] = one.CompleteAsOf
	}
	return reached
}

// strict is how far the instance as a whole is complete.
func (w *world) strict() *time.Time {
	w.Helper()
	return ask[*time.Time](w, `SELECT complete_as_of FROM jira_sync.jira_instances`)
}

func TestProjectThatVanishedHoldsUpNoOther(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 300}, func(w *world) {
		keys := w.sim.ProjectKeys()
		w.instance.Projects = keys[:3]
		at := time.Now().Add(-3 * time.Hour).Truncate(time.Second)
		later := func() { at = at.Add(time.Hour); w.now.Store(new(at)) }
		later()
		w.succeed(db.Full)
		whole := w.strict()
		require.NotNil(w, whole)
		for _, key := range keys[:3] {
			require.Equal(w, whole, w.reached()[key], key)
		}

		later()
		require.True(w, w.sim.HideProject(keys[1]))
		w.engine = w.newEngine() // asks for the projects again
		for range 2 {
			require.Equal(w, db.Partial, w.run(db.Incremental).State)
			now := w.reached()
			require.Equal(w, whole, now[keys[1]], "it was whole then")
			require.WithinDuration(w, at, *now[keys[0]], time.Minute)
			require.WithinDuration(w, at, *now[keys[2]], time.Minute)
			require.Equal(w, whole, w.strict(), "the instance is as complete as all of it")
		}

		later()
		require.True(w, w.sim.ShowProject(keys[1]))
		w.engine = w.newEngine()
		w.succeed(db.Incremental)
		require.WithinDuration(w, at, *w.strict(), time.Minute)
		for _, key := range keys[:3] {
			require.Equal(w, w.strict(), w.reached()[key], key)
		}
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_projects WHERE complete_as_of IS NOT NULL`))
	})
}

func TestProjectThatWasNeverReadIsCompleteAsOfNoTime(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		keys := w.sim.ProjectKeys()
		w.unreadable(keys[1])
		for _, mode := range []db.Mode{db.Full, db.Full, db.Incremental} {
			require.Equal(w, db.Partial, w.run(mode).State)
			now := w.reached()
			require.Nil(w, now[keys[1]])
			require.NotNil(w, now[keys[0]])
			require.Nil(w, w.strict())
		}
		w.meddle(nil)
		w.succeed(db.Incremental)
		require.NotNil(w, w.strict())
		require.WithinDuration(w, *w.strict(), *w.reached()[keys[1]], time.Second, "it goes with the others again")
	})
}

// A leader that was paused before it tells how far it came must not undo what its successor told.
func TestLateServerSaysNothingOfHowCompleteItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.Cloud})
	w.succeed(db.Full)
	late, err := w.store.AcquireLease(t.Context(), 1, "late", time.Minute)
	require.NoError(t, err)
	require.NoError(t, w.store.ReleaseLease(t.Context(), late))
	w.succeed(db.Incremental)
	before := w.reached()
	one := ask[int64](w, `SELECT min(project_id) FROM jira_sync.jira_projects`)
	require.ErrorIs(t, w.store.SaveReached(t.Context(), late, db.Reached{At: time.Now().Add(time.Hour), Failed: []int64{one}}), db.ErrFenced)
	require.Equal(t, before, w.reached())
}
