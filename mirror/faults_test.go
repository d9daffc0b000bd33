package mirror_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

// Each test here is a row of the table of faults: while the fault lasts nothing is lost or
// invented, and afterwards mirror and truth agree.

// searchPath meets the searches of both flavors.
const searchPath = "/rest/api/"

func TestTroubleOnTheWayIsRiddenOut(t *testing.T) {
	rules := map[string]jirasim.Rule{
		"429 with seconds":      jirasim.TooManyRequests(3, "1"),
		"429 with 0":            jirasim.TooManyRequests(3, "0"),
		"429 without a word":    jirasim.TooManyRequests(3, ""),
		"500":                   {Next: 3, Status: 500},
		"502":                   {Next: 3, Status: 502, Body: "<html>Bad Gateway</html>"},
		"503":                   {Next: 3, Status: 503},
		"503 with Retry-After":  {Next: 2, Status: 503, RetryAfter: "1"},
		"reset in mid-body":     {Next: 3, Cut: jirasim.CutReset},
		"truncated JSON":        {Next: 2, Cut: jirasim.CutTruncate},
		"a login page with 200": {Next: 2, Cut: jirasim.CutHTML},
		"silence":               {Next: 1, Cut: jirasim.CutSilence, Hold: 200 * time.Millisecond},
		"a slow body":           {Next: 2, Cut: jirasim.CutSlow, Hold: 300 * time.Millisecond},
		"one answer in five":    {Probability: 0.2, Status: 502},
	}
	onBoth(t, jirasim.Options{Issues: 60}, func(w *world) {
		for name, rule := range rules {
			rule.After = 8
			w.sim.Faults().Clear()
			w.sim.Faults().Add(rule)
			w.sim.Touch(10)
			run := w.succeed(db.Full)
			for range 5 { // chance may spare a run
				if rule.Probability > 0 && run.Retries == 0 {
					run = w.succeed(db.Full)
				}
			}
			if rule.Cut != jirasim.CutSlow {
				require.Positive(w, run.Retries, name)
			}
			w.requireTruth()
		}
	})
}

func TestUsedUpQuotaEndsTheRunAndTheNextGoesOn(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 700}, func(w *world) {
		w.sim.Faults().Add(jirasim.QuotaUsedUp(18, "3600"))
		began := time.Now()
		run := w.run(db.Full)
		require.Equal(w, db.Partial, run.State, text(run.Error))
		require.Contains(w, text(run.Error), "limits requests until")
		require.Contains(w, text(run.Error), "jira-quota-tenant-based")
		require.Less(w, time.Since(began), time.Minute, "it does not sleep the hour")
		require.True(w, ask[bool](w, `
SELECT limit_until > now() AND limit_remaining = 0 AND limit_total = 65000 AND limit_reason = 'jira-quota-tenant-based'
FROM jira_sync.jira_instances`))
		stored := ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues`)
		require.Positive(w, stored)

		for _, mode := range []db.Mode{db.Full, db.Incremental, db.Reconcile} {
			again := w.run(mode)
			require.Equal(w, db.Partial, again.State, text(again.Error))
			require.Contains(w, text(again.Error), "limits requests until")
			require.Zero(w, again.Requests, "it leaves Jira alone until then")
		}

		w.sim.Touch(20) // Jira does not stand still meanwhile
		w.sim.Faults().Clear()
		w.connect(w.flavor, "secret") // an hour later
		rest := w.succeed(db.Full)
		require.LessOrEqual(w, rest.IssuesFetched, w.sim.Count()-stored+120, "it goes on from the last stored page")
		w.requireTruth()
	})
}

func TestPageOnItsWayIsStoredWhenTheQuotaIsUsedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Issues: 700, Flavor: jirasim.Cloud})
	var begun atomic.Bool
	var once sync.Once
	refused := make(chan struct{})
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		isWhole := bytes.Contains(reread(w, r), []byte(`"*all"`))
		switch {
		case isWhole && begun.CompareAndSwap(false, true):
			<-refused
		case begun.Load():
			rw.Header().Set("Retry-After", "3600")
			rw.Header().Set("RateLimit-Reason", "jira-quota-tenant-based")
			rw.WriteHeader(http.StatusTooManyRequests)
			once.Do(func() { close(refused) })
			return
		}
		jira.ServeHTTP(rw, r)
	})
	run := w.run(db.Full)
	require.Equal(t, db.Partial, run.State, text(run.Error))
	require.Contains(t, text(run.Error), "limits requests until")
	require.Positive(t, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues`))
}

func TestBusyEndpointCostsOnlyWhatNeedsIt(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 200}, func(w *world) {
		id := int64(0)
		for one := range w.sim.Live {
			id = one
		}
		require.True(w, w.sim.Pile(id, 60, 30, 30))
		for _, endpoint := range []string{"POST /rest/api/3/changelog/bulkfetch", "GET /rest/api/3/issue/{}/worklog", "GET /rest/api/2/issue/{}/worklog"} {
			busy := jirasim.TooManyRequests(3, "1")
			busy.Endpoint = endpoint
			w.sim.Faults().Add(busy)
		}
		run := w.succeed(db.Full)
		require.Positive(w, run.Retries)
		require.Equal(w, w.instance.Concurrency, w.instance.Client.Stats().Concurrency, "the others are as fast as before")
		w.requireTruth()
	})
}

func TestBusyEndpointOfNamesCostsNoRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.Cloud})
	busy := jirasim.TooManyRequests(0, "3600")
	busy.Endpoint = "GET /rest/api/3/project/{}"
	w.sim.Faults().Add(busy)
	w.succeed(db.Full)
	w.succeed(db.Incremental)
	w.requireTruth()
	require.Zero(t, ask[int](w, `SELECT count(*) FROM jira_sync.jira_versions`))
	require.Zero(t, ask[int](w, `SELECT count(*) FROM jira_sync.jira_instances WHERE limit_until IS NOT NULL`), "the others are asked as ever")

	w.sim.Faults().Clear()
	w.connect(w.flavor, "secret") // an hour later
	w.succeed(db.Incremental)
	require.Positive(t, ask[int](w, `SELECT count(*) FROM jira_sync.jira_versions`))
}

// A sleep longer than the schedule's beat would only put off what the next run does.
func TestNoWaitWithinARunIsLongerThanTheInterval(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.settings.IntervalSeconds = 1 // the client alone would wait for two seconds
		w.sim.Faults().Add(jirasim.TooManyRequests(1, "2"))
		run := w.run(db.Full)
		require.Equal(w, db.Partial, run.State, text(run.Error))
		require.Contains(w, text(run.Error), "limits requests")
		require.Zero(w, run.ThrottledMs)
		w.settings.IntervalSeconds = 120
		w.sim.Faults().Clear()
		w.succeed(db.Full)
		w.requireTruth()
	})
}

func TestRefusedLoginInTheMiddle(t *testing.T) {
	for _, status := range []int{401, 403} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			onBoth(t, jirasim.Options{}, func(w *world) {
				w.succeed(db.Full)
				w.sim.Touch(10)
				w.sim.Faults().Add(jirasim.Rule{Path: searchPath, After: 3, Status: status})
				for _, mode := range []db.Mode{db.Reconcile, db.Full, db.Incremental} {
					run := w.run(mode)
					require.Contains(w, []db.State{db.Failed, db.Partial}, run.State)
					require.Contains(w, text(run.Error), "renew JIRA_TOKEN_1")
				}
				require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`))
				require.Contains(w, ask[string](w, `SELECT last_error FROM jira_sync.jira_instances`), "renew JIRA_TOKEN_1")
				w.sim.Faults().Clear()
				w.succeed(db.Incremental)
				w.requireTruth()
				require.Empty(w, ask[string](w, `SELECT coalesce(last_error, '') FROM jira_sync.jira_instances`))
			})
		})
	}
}

// bigAndSmall are the keys of the project with the most issues and of one with fewer than the
// brake spares.
func (w *world) bigAndSmall() (big, small string) {
	w.Helper()
	const query = `
SELECT project_key FROM jira_sync.jira_issues WHERE deleted_at IS NULL
GROUP BY 1 HAVING ($1 OR count(*) <= 50) ORDER BY count(*) DESC LIMIT 1`
	return ask[string](w, query, true), ask[string](w, query, false)
}

func TestHiddenProjectKeepsItsIssuesUntilSomeoneConfirms(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 600}, func(w *world) {
		w.succeed(db.Full)
		big, _ := w.bigAndSmall()
		require.True(w, w.sim.HideProject(big))
		for range 3 {
			run := w.run(db.Reconcile)
			require.Equal(w, db.Partial, run.State)
			require.Contains(w, text(run.Error), "nothing was removed")
			require.Contains(w, text(run.Error), big)
		}
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`))
		require.True(w, w.sim.ShowProject(big))
		w.succeed(db.Reconcile)
		w.succeed(db.Incremental)
		w.requireTruth()
	})
}

func TestSmallHiddenProjectIsLostAndComesBack(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 600}, func(w *world) {
		w.succeed(db.Full)
		_, small := w.bigAndSmall()
		require.True(w, w.sim.HideProject(small))
		w.succeed(db.Reconcile)
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`))
		w.succeed(db.Reconcile)
		w.requireTruth()
		reason := ask[string](w, `SELECT string_agg(DISTINCT deleted_reason, ',') FROM jira_sync.jira_issues WHERE project_key = $1`, small)
		require.Equal(w, "GONE", reason, "Jira does not tell")
		require.True(w, w.sim.ShowProject(small))
		w.succeed(db.Reconcile)
		w.requireTruth()
	})
}

func TestConfiguredProjectThatVanishesIsReported(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 300}, func(w *world) {
		keys := w.sim.ProjectKeys()
		w.instance.Projects = keys[:3]
		w.succeed(db.Full)
		require.True(w, w.sim.HideProject(keys[1]))
		w.sim.Touch(20)
		run := w.run(db.Full)
		require.Equal(w, db.Partial, run.State)
		require.Contains(w, text(run.Error), keys[1])
		require.Contains(w, text(run.Error), "Browse Projects")
		require.True(w, w.sim.ShowProject(keys[1]))
		w.succeed(db.Full)
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`))
	})
}

// A success that has read nothing would be taken for news that nothing has changed.
func TestRunOfProjectsThatAreLeftOutFails(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		keys := w.sim.ProjectKeys()
		for _, mode := range []db.Mode{db.Full, db.Incremental, db.Reconcile} {
			run := w.run(mode, "NOPE")
			require.Equal(w, db.Failed, run.State)
			require.Contains(w, text(run.Error), `no project "NOPE"`)
		}
		w.settings.Projects = keys[:1]
		run := w.run(db.Incremental, keys[1])
		require.Equal(w, db.Failed, run.State)
		require.Contains(w, text(run.Error), "the setting projects does not name it")
		w.instance.Projects = keys[:1]
		run = w.run(db.Incremental, keys[1], keys[2])
		require.Equal(w, db.Failed, run.State)
		require.Contains(w, text(run.Error), "none of the 2 projects")
		require.Contains(w, text(run.Error), "JIRA_PROJECTS_1 does not name it")
		w.succeed(db.Full, keys[0])
	})
}

func TestProjectThatVanishesBetweenLookAndReadCostsNoOther(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 300}, func(w *world) {
		keys := w.sim.ProjectKeys()
		w.instance.Projects = keys[:4]
		w.succeed(db.Full)
		w.sim.HideProject(keys[0]) // the next tick does not ask for the projects again
		w.sim.Touch(30)
		for range 2 { // the second asks for the projects again
			run := w.run(db.Incremental)
			require.Equal(w, db.Partial, run.State, text(run.Error))
			require.Contains(w, text(run.Error), "OPS")
		}
		w.sim.ShowProject(keys[0])
		w.succeed(db.Full)
		w.strikes = true
		w.succeed(db.Reconcile)
		w.requireTruthOf(keys[:4])
	})
}

// Out of scope no window shows it any more, but other lists name it still.
func TestIssueThatWasMovedOutOfScopeLeavesWhateverLeadsToIt(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 300, Epoch: time.Now().Add(-4 * time.Hour)}, func(w *world) {
		keys := w.sim.ProjectKeys()
		w.instance.Projects = keys[:3]
		w.now.Store(new(time.Now().Add(-time.Hour)))
		w.succeed(db.Full)
		w.succeed(db.Incremental)
		id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues WHERE project_key = $1 AND parent_id IS NULL`, keys[0])
		require.True(w, w.sim.Move(id, keys[4]))
		require.True(w, w.sim.Worklog(id))
		w.now.Store(new(time.Now().Add(-50 * time.Minute)))
		w.succeed(db.Incremental)
		require.Equal(w, "MOVED_OUT", ask[string](w, `SELECT coalesce(deleted_reason, project_key) FROM jira_sync.jira_issues WHERE jira_id = $1`, id))
		w.requireTruthOf(keys[:3])
	})
}

func TestMovedOutOfScope(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 300}, func(w *world) {
		keys := w.sim.ProjectKeys()
		w.instance.Projects = keys[:3]
		w.succeed(db.Full)
		id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues WHERE project_key = $1 AND parent_id IS NULL`, keys[0])
		require.True(w, w.sim.Move(id, keys[4]))
		w.succeed(db.Reconcile)
		w.succeed(db.Reconcile)
		require.Equal(w, "MOVED_OUT", ask[string](w, `SELECT deleted_reason FROM jira_sync.jira_issues WHERE jira_id = $1`, id))
		w.requireTruthOf(keys[:3])
		require.True(w, w.sim.Move(id, keys[1]))
		w.succeed(db.Incremental)
		w.requireTruthOf(keys[:3])
	})
}

func TestRunOfOneProjectJudgesNoOther(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 300}, func(w *world) {
		w.succeed(db.Full)
		keys := w.sim.ProjectKeys()
		// A suspect that Jira still shows, of a project that the next run does not look at.
		_, err := w.conn.Exec(w.Context(), `
INSERT INTO jira_sync.sync_suspects (issue_id, instance_id, first_missed_at, last_missed_at)
SELECT min(issue_id), 1, now(), now() FROM jira_sync.jira_issues WHERE project_key = $1`, keys[0])
		require.NoError(w, err)
		w.succeed(db.Incremental, keys[1])
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`))
	})
}

func TestArchivedIssueLeavesAndComesBack(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		id := ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues`)
		require.True(w, w.sim.Archive(id))
		w.succeed(db.Reconcile)
		w.succeed(db.Incremental)
		require.Equal(w, "ARCHIVED", ask[string](w, `SELECT deleted_reason FROM jira_sync.jira_issues WHERE jira_id = $1`, id))
		w.requireTruth()
		require.True(w, w.sim.Restore(id))
		w.succeed(db.Reconcile)
		w.requireTruth()
	})
}

func TestDeletedAndRestored(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		id := ask[int64](w, `SELECT max(jira_id) FROM jira_sync.jira_issues`)
		gone := w.sim.Delete(id)
		w.succeed(db.Reconcile)
		w.succeed(db.Reconcile)
		w.requireTruth()
		for _, one := range gone {
			w.sim.Restore(one)
		}
		w.succeed(db.Reconcile)
		w.requireTruth()
	})
}

func TestIssueMissingFromTheIndexAloneStays(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.FlickerEvery = 3 })
		w.strikes = true
		for range 4 {
			w.run(db.Reconcile)
		}
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`))
	})
}

// Something in front of Jira, or a Jira that is starting, finds no issue at all while searches go on.
func TestJiraThatFindsNoIssueByItsIDBuriesNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.DataCenter}) // Cloud is asked for many at once
	w.succeed(db.Full)
	w.sim.Delete(ask[int64](w, `SELECT min(jira_id) FROM jira_sync.jira_issues`))
	w.succeed(db.Reconcile) // the first strike
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		if strings.Contains(r.URL.Path, "/issue/") {
			rw.WriteHeader(http.StatusNotFound)
			_, _ = fmt.Fprintf(rw, `{"message":"null for uri: %s","status-code":404}`, r.URL.Path)
			return
		}
		jira.ServeHTTP(rw, r)
	})
	w.succeed(db.Reconcile)
	require.Empty(w, w.removed())
	w.meddle(nil)
	w.succeed(db.Reconcile)
	require.NotEmpty(w, w.removed())
	w.requireTruth()
}

func TestHiddenFieldLeavesTheRestAlone(t *testing.T) {
	onBoth(t, jirasim.Options{}, func(w *world) {
		w.succeed(db.Full)
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.HiddenFields = []string{"priority", "labels"} })
		w.succeed(db.Full)
		require.Zero(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE deleted_at IS NOT NULL`))
		require.Positive(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_field_cache WHERE missing_since IS NOT NULL`))
		w.sim.Faults().Clear()
		w.succeed(db.Full)
		w.requireTruth()
	})
}

func TestClockThatIsOffByAnHour(t *testing.T) {
	for _, skew := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(skew.String(), func(t *testing.T) {
			onBoth(t, jirasim.Options{}, func(w *world) {
				w.now.Store(new(time.Now().Add(skew)))
				w.succeed(db.Full)
				for range 3 {
					w.now.Store(new(w.now.Load().Add(time.Minute)))
					w.sim.Touch(15)
					w.succeed(db.Incremental)
					w.requireTruth()
				}
			})
		})
	}
}

// A proxy in front of Jira may write a Date of its own: it is no proof of the clock behind it.
func TestDateThatIsNotThatOfTheIssues(t *testing.T) {
	for _, skew := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(skew.String(), func(t *testing.T) {
			onBoth(t, jirasim.Options{Settings: jirasim.Settings{ClockSkew: skew}}, func(w *world) {
				w.succeed(db.Full)
				for range 3 {
					w.sim.Touch(15)
					w.succeed(db.Incremental)
					w.requireTruth()
				}
			})
		})
	}
}

func TestAccountInAZoneThatChangesItsClock(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	back := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC) // 02:30 comes twice
	onBoth(t, jirasim.Options{TimeZone: zone.String(), Epoch: back.Add(-time.Hour)}, func(w *world) {
		at := back
		w.now.Store(&at)
		w.succeed(db.Full)
		for range 6 {
			next := w.now.Load().Add(20 * time.Minute)
			w.now.Store(&next)
			w.sim.Touch(10)
			w.succeed(db.Incremental)
			w.requireTruth()
		}
	})
}

func TestIndexThatRunsFourMinutesLate(t *testing.T) {
	onBoth(t, jirasim.Options{Epoch: time.Now().Add(-2 * time.Hour)}, func(w *world) {
		at := time.Now().Add(-time.Hour)
		w.now.Store(&at)
		w.sim.Faults().Update(func(s *jirasim.Settings) { s.IndexLag = 4 * time.Minute })
		w.succeed(db.Full)
		for range 6 {
			w.sim.Touch(12)
			w.sim.Create(w.sim.ProjectKeys()[0])
			next := w.now.Load().Add(2 * time.Minute)
			w.now.Store(&next)
			w.succeed(db.Incremental)
		}
		for range 2 { // what was late is late no more
			next := w.now.Load().Add(2 * time.Minute)
			w.now.Store(&next)
			w.succeed(db.Incremental)
		}
		w.requireTruth()
	})
}
