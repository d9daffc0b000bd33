package mirror_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
	"jirasync/mirror"
)

// countOnly has Jira count so many issues of its largest project, but list them nowhere, and returns its key.
func (w *world) countOnly(n int) string {
	w.Helper()
	of := map[string][]int64{}
	w.sim.Truth(func(t jirasim.Truth) bool {
		of[t.ProjectKey] = append(of[t.ProjectKey], t.ID)
		return true
	})
	big := ""
	for key, ids := range of {
		if len(ids) > len(of[big]) {
			big = key
		}
	}
	require.Greater(w, len(of[big]), 2*n)
	w.sim.Faults().Update(func(s *jirasim.Settings) { s.Unlisted = of[big][n/2 : n/2+n] })
	return big
}

// listened has the next runs done by an engine whose log is kept.
func (w *world) listened() *bytes.Buffer {
	var log bytes.Buffer
	w.engine = mirror.NewEngine(w.store, func(context.Context, db.Progress) {}, slog.New(slog.NewTextHandler(&log, nil)))
	return &log
}

const alarm = "Jira counts more issues of a project than it lists"

// Neither the mirror nor the listing has them, so that nothing is missing and nothing extra.
func TestListingThatEndsEarlyRaisesTheAlarm(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 300}, func(w *world) {
		log := w.listened()
		key := w.countOnly(30)
		for _, mode := range []db.Mode{db.Full, db.Reconcile} {
			w.succeed(mode)
			require.Contains(w, log.String(), alarm)
			require.Contains(w, log.String(), "project="+key)
			require.Contains(w, log.String(), "startSync(input: {mode: RECONCILE})")
			require.True(w, ask[bool](w, `SELECT sum(missing) = 0 AND sum(extra) = 0 AND sum(unlisted) = 30 FROM jira_sync.sync_census`))
			figures, err := w.store.Figures(w.Context())
			require.NoError(w, err)
			require.Equal(w, 30, figures[0].Unlisted)
			log.Reset()
		}
		w.sim.Faults().Clear()
		w.succeed(db.Reconcile)
		w.requireTruth()
		require.NotContains(w, log.String(), alarm)
		require.Zero(w, ask[int](w, `SELECT sum(unlisted) FROM jira_sync.sync_census`))
	})
}

// Data Center counts, Cloud estimates.
func TestAlarmAllowsForAnEstimate(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 300}, func(w *world) {
		log := w.listened()
		w.countOnly(5)
		w.succeed(db.Full)
		if w.flavor == jirasim.Cloud {
			require.NotContains(w, log.String(), alarm)
			return
		}
		require.Contains(w, log.String(), alarm)
		require.Equal(w, 5, ask[int](w, `SELECT sum(unlisted) FROM jira_sync.sync_census`))
	})
}

// Issues come and go while a project is listed.
func TestAlarmAllowsForIssuesThatLeaveMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.DataCenter, Issues: 300})
	w.succeed(db.Full)
	log := w.listened()
	big, _ := w.bigAndSmall()
	doomed := w.childless(big)
	require.NotEmpty(t, doomed)
	w.sim.Faults().Update(func(s *jirasim.Settings) { s.PageCap = 20 })
	var once sync.Once
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		listing := bytes.Contains(reread(w, r), []byte(`"`+big+`\"`))
		jira.ServeHTTP(rw, r)
		if listing {
			once.Do(func() { w.sim.Delete(doomed[len(doomed)-1]) })
		}
	})
	w.succeed(db.Reconcile)
	require.True(t, ask[bool](w, `SELECT bool_or(jira_count = shown + 1) FROM jira_sync.sync_census`), "it left behind the first page")
	require.NotContains(t, log.String(), alarm)
}
