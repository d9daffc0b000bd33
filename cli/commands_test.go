package cli_test

import (
	"net"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"jirasync/db/dbtest"
	"jirasync/jirasim"
)

func TestSyncRunsEachInstanceInTheForeground(t *testing.T) {
	s := newSite(t, 200)
	code, p := run(t, s.env(), "sync", "--json")
	require.Zero(t, code, p.printed())
	var runs []map[string]any
	require.NoError(t, json.Unmarshal(p.stdout.Bytes(), &runs), p.stdout.String())
	require.Len(t, runs, 2)
	require.Equal(t, "SUCCEEDED", runs[0]["state"])
	require.Equal(t, "cli", runs[0]["triggeredBy"])
	s.requireTruth()

	s.sims[1].Delete(ask[int64](s, `SELECT min(jira_id) FROM jira_sync.jira_issues WHERE instance_id = 2`))
	code, p = run(t, s.env(), "sync", "--reconcile", "--instance", "south")
	require.Zero(t, code, p.printed())
	s.requireTruth()
}

func TestSyncExitsByTheWorstRun(t *testing.T) {
	s := newSite(t, 200)
	s.sims[0].Faults().Add(jirasim.Rule{Path: "/rest/api/3/", Status: 403})
	code, p := run(t, s.env(), "sync")
	require.Equal(t, 1, code, p.printed())
	require.Contains(t, p.printed(), "south: SUCCEEDED")

	hidden := s.sims[1].ProjectKeys()[0]
	code, p = run(t, s.env("JIRA_PROJECTS_2", hidden+",NOPE"), "sync", "--instance", "south")
	require.Equal(t, 3, code, p.printed())
	require.Contains(t, p.printed(), "NOPE")
}

func TestSyncOfAProjectIsForTheInstancesThatMirrorIt(t *testing.T) {
	s := newSite(t, 100)
	code, p := run(t, s.env(), "sync")
	require.Zero(t, code, p.printed())
	env := s.env("JIRA_PROJECTS_2", "WEB")
	code, p = run(t, env, "sync", "--project", "OPS", "--json")
	require.Zero(t, code, p.printed())
	var runs []map[string]any
	require.NoError(t, json.Unmarshal(p.stdout.Bytes(), &runs), p.stdout.String())
	require.Len(t, runs, 1)
	require.Equal(t, "north", runs[0]["instance"])
	code, p = run(t, env, "sync", "--project", "OPS", "--instance", "south")
	require.Equal(t, 2, code, p.printed())
	require.Contains(t, p.printed(), "JIRA_PROJECTS_2 does not name it")
}

func TestBadInputGetsASentenceAndItsExitCode(t *testing.T) {
	s := newSite(t, 10)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		env  map[string]string
		args []string
		code int
		says string
	}{
		"unknown command":       {s.env(), []string{"dance"}, 2, "--help"},
		"unknown flag":          {s.env(), []string{"sync", "--quickly"}, 2, "--quickly"},
		"unknown setting":       {s.env("JIRA_ULR_1", "x"), []string{"serve"}, 2, "did you mean JIRA_URL_1?"},
		"contradicting":         {s.env("JIRA_TOKEN_1", "x"), []string{"serve"}, 2, "JIRA_TOKEN_1 contradicts"},
		"unknown instance":      {s.env(), []string{"sync", "--instance", "west"}, 2, "there are: north, south"},
		"no Jira":               {map[string]string{"DATABASE_URL": s.url}, []string{"sync"}, 2, "set JIRA_URL_1"},
		"wrong credentials":     {s.env("JIRA_PASSWORD_1", "wrong"), []string{"sync", "--instance", "north"}, 1, "JIRA_PASSWORD_1"},
		"unreachable Jira":      {s.env("JIRA_URL_1", "http://127.0.0.1:9"), []string{"sync", "--instance", "north"}, 1, "JIRA_URL_1"},
		"unreachable database":  {s.env("DATABASE_URL", "postgres://u:"+secret+"@127.0.0.1:9/x"), []string{"serve"}, 1, "is it running"},
		"port taken":            {s.env("PORT", port), []string{"serve"}, 1, "PORT"},
		"open to the network":   {s.env("LISTEN_ADDR", "0.0.0.0"), []string{"serve"}, 2, "TRUST_NETWORK"},
		"demo of too few":       {map[string]string{"DEMO_ISSUES": "3"}, []string{"demo"}, 2, "DEMO_ISSUES"},
		"schema not migrated":   {s.env("DATABASE_URL", dbtest.Empty(t), "AUTO_MIGRATE", "false"), []string{"serve"}, 1, "migrate up"},
		"simulator of no kind":  {nil, []string{"sim", "--flavor", "server"}, 2, "--flavor"},
		"simulator with faults": {nil, []string{"sim", "--faults", "nonsense"}, 2, "faults"},
	} {
		t.Run(name, func(t *testing.T) {
			code, p := run(t, tt.env, tt.args...)
			require.Equal(t, tt.code, code, p.printed())
			require.Contains(t, p.printed(), tt.says)
			require.NotContains(t, p.printed(), secret)
		})
	}
}

func TestConfigCheckShowsEverythingButSecrets(t *testing.T) {
	s := newSite(t, 10)
	code, p := run(t, s.env("REDIS_URL", "redis://:"+secret+"@localhost"), "config", "check")
	require.Zero(t, code, p.printed())
	require.Contains(t, p.printed(), "JIRA_URL_1")
	require.Contains(t, p.printed(), "***")
	require.NotContains(t, p.printed(), secret)
	code, p = run(t, s.env("PORT", "-1", "LOG_LEVEL", "loud"), "config", "check")
	require.Equal(t, 2, code)
	require.Contains(t, p.printed(), "PORT")
	require.Contains(t, p.printed(), "LOG_LEVEL")
}

func TestMigrateIsIdempotentAndTellsItsState(t *testing.T) {
	t.Parallel()
	env := map[string]string{"DATABASE_URL": dbtest.Empty(t)}
	code, p := run(t, env, "migrate", "status")
	require.Zero(t, code, p.printed())
	require.Contains(t, p.printed(), "pending")
	for range 2 {
		code, p = run(t, env, "migrate", "up")
		require.Zero(t, code, p.printed())
	}
	code, p = run(t, env, "migrate", "status")
	require.Zero(t, code)
	require.NotContains(t, p.printed(), "pending")
	code, p = run(t, env, "migrate", "down")
	require.Zero(t, code, p.printed())
}

func TestNewerSchemaIsRefused(t *testing.T) {
	s := newSite(t, 10)
	require.Equal(t, int64(9999), ask[int64](s, `INSERT INTO jira_sync.schema_migrations (version_id, is_applied) VALUES (9999, true) RETURNING version_id`))
	code, p := run(t, s.env(), "serve")
	require.Equal(t, 1, code)
	require.Contains(t, p.printed(), "start the newer jirasync")
}

func TestVersionNamesTheBuild(t *testing.T) {
	t.Parallel()
	code, p := run(t, nil, "version")
	require.Zero(t, code)
	require.Contains(t, p.printed(), "jirasync test (commit test, go")
}
