package mirror_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

// No window reaches back as far as this. Data Center's ids come with the times of their last change.
func TestCensusFindsWhatAnIndexToldTooLate(t *testing.T) {
	onBoth(t, jirasim.Options{Epoch: time.Now().Add(-4 * time.Hour)}, func(w *world) {
		at := time.Now().Add(-80 * time.Minute)
		w.now.Store(&at)
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.IndexLag = 20 * time.Minute })
		w.succeed(db.Full)
		w.sim.Touch(12)
		w.sim.Create(w.sim.ProjectKeys()[0])
		for range 4 {
			next := w.now.Load().Add(10 * time.Minute)
			w.now.Store(&next)
			w.succeed(db.Incremental)
		}
		require.NotEmpty(w, w.difference().Stale, "it takes a census")
		w.settings.ReconcileIntervalSeconds = 0
		w.succeed(db.Incremental)
		w.requireTruth()
	})
}

// What the index told while the server was down for hours is later than any window and than the last hours.
func TestCensusAfterAnOutageFindsWhatAnIndexToldTooLate(t *testing.T) {
	onBoth(t, jirasim.Options{Epoch: time.Now().Add(-8 * time.Hour)}, func(w *world) {
		began := time.Now().Add(-6 * time.Hour)
		w.now.Store(&began)
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.IndexLag = 20 * time.Minute })
		w.succeed(db.Full)
		w.sim.Touch(12)
		w.now.Store(new(began.Add(10 * time.Minute)))
		w.succeed(db.Incremental)
		w.now.Store(nil) // the server was down
		w.succeed(db.Incremental)
		require.NotEmpty(w, w.difference().Stale, "it takes a census")
		w.settings.ReconcileIntervalSeconds = 0
		if w.flavor == jirasim.Cloud {
			w.refuseTimes()
			w.succeed(db.Incremental)
			require.NotEmpty(w, w.difference().Stale, "its look failed")
			w.meddle(nil)
		}
		w.succeed(db.Incremental)
		w.requireTruth()
	})
}

func TestPagesThatRepeatShrinkOrComeEmpty(t *testing.T) {
	odd := map[string]jirasim.Settings{
		"repeated token": {RepeatToken: true}, "empty pages": {EmptyPages: true}, "short pages": {ShortPages: true},
		"repeated issues": {RepeatIssue: true}, "a low cap": {PageCap: 7}, "no isLast": {NoIsLast: true},
		"all at once": {EmptyPages: true, ShortPages: true, RepeatIssue: true, PageCap: 30, NoIsLast: true},
	}
	onBoth(t, jirasim.Options{Issues: 150}, func(w *world) {
		w.strikes = true
		for name, settings := range odd {
			w.sim.Faults().Update(func(s *jirasim.Settings) { *s = settings })
			run := w.succeed(db.Full)
			require.GreaterOrEqual(w, run.IssuesFetched, w.sim.Count(), name)
			w.sim.Touch(40) // all at one instant: equal timestamps across page edges
			w.succeed(db.Incremental)
			w.requireTruth()
		}
	})
}

// refuseTimes has Jira refuse the question which issues changed lately, and when.
func (w *world) refuseTimes() {
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		body, err := io.ReadAll(r.Body)
		if err == nil && strings.HasSuffix(r.URL.Path, "/search/jql") && bytes.Contains(body, []byte(`"fields":["created","updated"]`)) {
			http.Error(rw, `{"errorMessages":["not now"]}`, http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		jira.ServeHTTP(rw, r)
	})
}
