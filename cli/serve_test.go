package cli_test

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/cache/redistest"
	"jirasync/chaos/chaostest"
	"jirasync/jirasim"
)

const bothComplete = `SELECT count(*) = 2 FROM jira_sync.jira_instances WHERE complete_as_of IS NOT NULL`

func TestServerMirrorsBothInstancesAndAnswers(t *testing.T) {
	s := newSite(t, 300)
	env := s.env()
	server := serve(t, env)
	s.until(bothComplete)
	s.requireTruth()
	data := query(t, env, `{ issues(first: 1) { totalCount } instances { name issueCount } }`)
	require.InDelta(t, float64(s.sims[0].Count()+s.sims[1].Count()), data["issues"].(map[string]any)["totalCount"], 0)

	code, _ := run(t, env, "healthcheck")
	require.Zero(t, code)
	server.signal(syscall.SIGTERM)
	require.Zero(t, server.wait(), server.printed())
	require.NotContains(t, server.printed(), secret)
	code, _ = run(t, env, "healthcheck")
	require.Equal(t, 1, code)
}

func TestTwoServersShareOneMirror(t *testing.T) {
	s := newSite(t, 200)
	redis := redistest.Start(t)
	first := s.env("REDIS_URL", redis)
	second := s.env("REDIS_URL", redis)
	one := serve(t, first)
	serve(t, second)
	s.until(bothComplete)
	s.until(`SELECT bool_and(state = 'SUCCEEDED') FROM jira_sync.sync_history`)
	require.Equal(t, 2, ask[int](s, `SELECT count(*) FROM jira_sync.sync_history`), "each first run happened once")

	// "Sync now" on the server that does not lead.
	s.sims[0].Touch(10)
	query(t, second, `mutation { startSync(input: {instances: ["north"]}) { id } }`)
	s.until(`SELECT count(*) = 3 AND bool_and(state = 'SUCCEEDED') FROM jira_sync.sync_history`)
	s.requireTruth()

	// The lead moves when its server is killed.
	one.signal(syscall.SIGKILL)
	<-one.ended
	s.sims[1].Touch(10)
	query(t, second, `mutation { startSync(input: {instances: ["south"]}) { id } }`)
	s.until(`SELECT count(*) >= 4 AND bool_and(state = 'SUCCEEDED') FROM jira_sync.sync_history WHERE instance_id = 2 OR sync_id <= 3`)
	s.requireTruth()
}

func TestPausedLeaderIsReplacedAndDoesNoHarmWhenItWakes(t *testing.T) {
	s := newSite(t, 150)
	first, second := s.env(), s.env()
	one := serve(t, first)
	s.until(bothComplete)
	serve(t, second)
	one.signal(syscall.SIGSTOP)
	s.sims[0].Touch(5)
	paused := time.Now()
	query(t, second, `mutation { startSync(input: {instances: ["north"]}) { id } }`)
	s.until(`SELECT bool_and(state = 'SUCCEEDED') AND max(sync_id) > 2 FROM jira_sync.sync_history`)
	outcome := chaostest.Outcome{Fault: "the leader paused (SIGSTOP), then awake", Times: 1}
	s.report(&outcome, paused)
	if chaostest.Long() {
		<-time.After(time.Minute - time.Since(paused))
	}
	one.signal(syscall.SIGCONT)
	query(t, first, `{ issues(first: 1) { totalCount } }`) // it is awake
	s.requireTruth()
}

func TestKilledServerGoesOnWhereItWas(t *testing.T) {
	s := newSite(t, 600)
	for _, sim := range s.sims {
		sim.Faults().Add(jirasim.Rule{Latency: 50 * time.Millisecond})
	}
	env := s.env()
	one := serve(t, env)
	s.until(`SELECT count(*) > 150 FROM jira_sync.jira_issues`)
	one.signal(syscall.SIGKILL)
	<-one.ended
	serve(t, env)
	s.until(bothComplete)
	s.until(`SELECT count(*) = 0 FROM jira_sync.sync_history WHERE state IN ('RUNNING', 'QUEUED')`)
	require.Positive(t, ask[int](s, `SELECT count(*) FROM jira_sync.sync_history WHERE state = 'INTERRUPTED'`))
	s.requireTruth()
	require.Zero(t, ask[int](s, `SELECT count(*) - count(DISTINCT (instance_id, issue_key)) FROM jira_sync.jira_issues_v2`))
}

func TestSlowFirstSyncOfOneLeavesTheOtherAlone(t *testing.T) {
	s := newSite(t, 200)
	s.sims[0].Faults().Add(jirasim.Rule{Path: "/rest/api/3/search", Latency: time.Hour})
	env := s.env("SYNC_INTERVAL", "5s")
	serve(t, env)
	s.until(`SELECT count(*) >= 3 FROM jira_sync.sync_history WHERE instance_id = 2 AND state = 'SUCCEEDED'`)
	require.Equal(t, 1, ask[int](s, `SELECT count(*) FROM jira_sync.sync_history WHERE instance_id = 1`))
}

func TestDemoIsReadyKeepsItsDataAndLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o711)) // or root's demo would keep its data elsewhere
	const issues = 300
	env := map[string]string{"DEMO_DIR": dir, "DEMO_ISSUES": strconv.Itoa(issues), "DEMO_RATE": "0", "PORT": freePort(t), "DEMO_POSTGRES": os.Getenv("DEMO_POSTGRES")}
	for range 2 {
		demo := start(t, env, "demo")
		require.Equal(t, "ready http://127.0.0.1:"+env["PORT"], demo.waitFor("ready http://"))
		data := query(t, env, `{ issues(first: 1) { totalCount } }`)
		require.InDelta(t, issues, data["issues"].(map[string]any)["totalCount"], 0)
		require.Equal(t, issues, requireDemoTruth(t, dir))
		demo.signal(syscall.SIGINT)
		require.Zero(t, demo.wait(), demo.printed())
	}
	env["DEMO_ISSUES"] = "400"
	code, p := run(t, env, "demo")
	require.Equal(t, 2, code)
	require.Contains(t, p.printed(), "remove that folder to begin anew")
}
