package mirror_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

// A Jira that takes milliseconds by the account's clock, or not at all, is asked by that clock: also
// in the hour that comes twice.
func TestInstanceThatReadsTimesByTheClock(t *testing.T) {
	for millis, zone := range map[string]string{jirasim.MillisWall: "America/New_York", jirasim.MillisRefused: "Asia/Kolkata"} {
		t.Run(millis, func(t *testing.T) {
			back := time.Date(2026, 11, 1, 5, 20, 0, 0, time.UTC) // 01:20 in New York, and again an hour later
			onBoth(t, jirasim.Options{
				Issues: 250, TimeZone: zone, Epoch: back.Add(-2 * time.Hour), Settings: jirasim.Settings{Millis: millis},
			}, func(w *world) {
				w.now.Store(&back)
				w.succeed(db.Full)
				w.requireTruth()
				for range 5 {
					w.now.Store(new(w.now.Load().Add(20 * time.Minute)))
					w.sim.Touch(10)
					w.succeed(db.Incremental)
					w.requireTruth()
				}
				require.Contains(w, ask[string](w, `SELECT last_error FROM jira_sync.jira_instances`), "asked by the clock of "+zone)
			})
		})
	}
}

func TestInstanceThatReadsNoTimesIsNotRead(t *testing.T) {
	onBoth(t, jirasim.Options{TimeZone: "Asia/Kolkata", Settings: jirasim.Settings{Millis: jirasim.MillisWall, ZoneTold: "America/New_York"}}, func(w *world) {
		run := w.run(db.Full)
		require.Equal(w, db.Failed, run.State)
		require.Contains(w, text(run.Error), "changes would be missed, so nothing was read")
		require.Contains(w, ask[string](w, `SELECT last_error FROM jira_sync.jira_instances`), "America/New_York")
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues`))

		w.sim.Faults().Clear()
		w.succeed(db.Full)
		w.requireTruth()
		require.True(w, ask[bool](w, `SELECT last_error IS NULL FROM jira_sync.jira_instances`))
	})
}

func TestReadingOfTimesIsLearntOnce(t *testing.T) {
	onBoth(t, jirasim.Options{TimeZone: "Asia/Kolkata"}, func(w *world) {
		asked := func() int {
			w.Helper()
			w.sim.Faults().ResetRequests()
			w.engine = w.newEngine() // as after a restart
			w.connect(w.flavor, "secret")
			w.succeed(db.Incremental)
			n := 0
			for path, times := range w.sim.Faults().Requests() {
				if path == "POST /rest/api/3/search/jql" || path == "POST /rest/api/2/search" {
					n += times
				}
			}
			return n
		}
		w.succeed(db.Full)
		w.succeed(db.Incremental)
		settled := asked()
		require.Equal(w, "INSTANTS", ask[string](w, `SELECT times_read FROM jira_sync.jira_instances`))
		_, err := w.conn.Exec(w.Context(), `UPDATE jira_sync.jira_instances SET times_read_for = 'another release'`)
		require.NoError(w, err)
		require.Equal(w, settled+2, asked(), "once more for another release")
		require.Equal(w, settled, asked())
	})
}
