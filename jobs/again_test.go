package jobs_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/jira"
	"jirasync/jirasim"
	"jirasync/mirror/mirrortest"
)

// nextOf is the next run of this instance that this server's subscribers hear the end of.
func (s *site) nextOf(from *server, instance int) db.Run {
	s.Helper()
	for {
		if run := s.next(from); run.InstanceID == instance {
			return run
		}
	}
}

// The tick comes but once an hour here.
func TestRunThatFailedInPassingIsTriedAgainSoon(t *testing.T) {
	s := newSite(t)
	s.sims[0].Faults().Add(jirasim.Rule{Status: 503})
	one := s.start("one")
	require.NotEqual(t, db.Succeeded, s.nextOf(one, 1).State)
	second := s.nextOf(one, 1)
	require.NotEqual(t, db.Succeeded, second.State)
	require.Equal(t, "retry", second.TriggeredBy)
	s.sims[0].Faults().Clear()
	third := s.nextOf(one, 1)
	require.Equal(t, db.Succeeded, third.State)
	require.Equal(t, "retry", third.TriggeredBy)
	require.Equal(t, db.Full, third.Mode)
}

func TestProjectThatFailedInPassingIsTriedAgainSoon(t *testing.T) {
	s := newSite(t)
	one := s.start("one")
	s.next(one)
	s.next(one)
	s.sims[0].Faults().Add(jirasim.Rule{Path: "/rest/api/3/search", After: 2, Cut: jirasim.CutReset})
	s.ask(1, db.Full)
	require.Contains(t, []db.State{db.Partial, db.Failed}, s.nextOf(one, 1).State)
	s.sims[0].Faults().Clear()
	again := s.nextOf(one, 1)
	require.Equal(t, db.Succeeded, again.State)
	require.Equal(t, "retry", again.TriggeredBy)
}

// unreadable has the first Jira fail whenever it is asked for this project alone.
func (s *site) unreadable(key string) {
	s.Helper()
	jiraItself := s.sims[0].Handler()
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || bytes.Contains(body, []byte(`project = \"`+key+`\"`)) {
			http.Error(rw, "{}", http.StatusInternalServerError)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		jiraItself.ServeHTTP(rw, r)
	}))
	s.Cleanup(front.Close)
	client, err := jira.New(jira.Config{Name: "north", Number: 1, URL: front.URL, Token: "any", RetryWait: 5 * time.Millisecond})
	require.NoError(s, err)
	s.Cleanup(client.Close)
	s.instances[0].Client = client
}

// A full run reads, or tries, all that there is. It is not the answer to one project that fails.
func TestProjectThatCannotBeReadIsLeftToIncrementalRuns(t *testing.T) {
	s := newSite(t)
	s.unreadable(s.sims[0].ProjectKeys()[1])
	one := s.start("one")
	for _, mode := range []db.Mode{db.Full, db.Full, db.Incremental} {
		run := s.nextOf(one, 1)
		require.Equal(t, db.Partial, run.State)
		require.Equal(t, mode, run.Mode)
	}
}

func TestJiraThatRefusesTheLoginIsLeftAlone(t *testing.T) {
	s := newSite(t)
	s.sims[0].Faults().Add(jirasim.Rule{Status: 401})
	s.sims[1].Faults().Add(jirasim.Rule{Status: 503})
	one := s.start("one")
	for tries := 0; tries < 3; {
		if run := s.next(one); run.InstanceID == 2 {
			tries++
		}
	}
	require.Equal(t, 1, s.count(`SELECT count(*) FROM jira_sync.sync_history WHERE instance_id = 1`))
}

func TestDatabaseThatIsCutOffInMidPageCostsNoTick(t *testing.T) {
	s := newSite(t)
	way, url := chaostest.BeforePostgres(t, s.url)
	store, err := db.Open(t.Context(), db.Options{URL: url})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	lock, err := s.conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = lock.Exec(t.Context(), `LOCK TABLE jira_sync.jira_issues IN SHARE MODE`)
	require.NoError(t, err)
	s.startOn("one", store)
	require.Eventually(t, func() bool {
		return s.count(`SELECT count(*) FROM jira_sync.sync_history WHERE state = 'RUNNING'`) == 2 &&
			s.count(`SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'jira_sync.jira_issues'::regclass`) == 2
	}, deadline, 5*time.Millisecond, "both write a page")
	way.Down()
	require.NoError(t, lock.Rollback(t.Context()))
	way.Up()
	outcome := chaostest.Outcome{Fault: "PostgreSQL cut off in the middle of a page", Times: 1}
	healed := time.Now()
	var d mirrortest.Difference
	require.Eventually(t, func() bool {
		d, err = mirrortest.Compare(t.Context(), s.conn, 1, s.sims[0].Truth)
		return err == nil && d.Empty()
	}, deadline, 20*time.Millisecond)
	outcome.Add(0, d, time.Since(healed))
	chaostest.Report(t, outcome)
}
