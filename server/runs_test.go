package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest/seed"
	"jirasync/server"
)

func TestRunsAndTheirErrorsAreCountedOnEveryPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	var run int64
	for n := range 3 {
		run = s.seed.Run(1, "FULL", "FAILED", "schedule", seed.At(float64(n)))
	}
	s.seed.Run(1, "FULL", "SUCCEEDED", "schedule", seed.At(4))
	for n := range 3 {
		s.seed.Exec(`INSERT INTO jira_sync.sync_errors (sync_id, instance_id, jira_id, stage, message) VALUES ($1, 1, $2, 'decode', 'no')`, run, n)
	}
	var got struct {
		SyncRuns struct {
			TotalCount int
			Nodes      []struct{ ID string }
			PageInfo   struct {
				EndCursor   string
				HasNextPage bool
			}
		}
		SyncRun struct {
			Errors struct {
				TotalCount int
				Nodes      []struct{ ID string }
				PageInfo   struct {
					EndCursor   string
					HasNextPage bool
				}
			}
		}
	}
	const question = `query ($id: ID!, $runs: String, $errors: String) {
		syncRuns(where: {state: [FAILED]}, first: 2, after: $runs) { totalCount nodes { id } pageInfo { endCursor hasNextPage } }
		syncRun(id: $id) { errors(first: 2, after: $errors) { totalCount nodes { id } pageInfo { endCursor hasNextPage } } } }`
	variables := map[string]any{"id": (&db.Run{SyncID: run}).ID()}
	for _, nodes := range []int{2, 1, 0} {
		got.SyncRuns.Nodes, got.SyncRun.Errors.Nodes = nil, nil
		decode(t, s.data(question, variables), &got)
		require.Equal(t, 3, got.SyncRuns.TotalCount)
		require.Equal(t, 3, got.SyncRun.Errors.TotalCount)
		require.Len(t, got.SyncRuns.Nodes, nodes)
		require.Len(t, got.SyncRun.Errors.Nodes, nodes)
		require.Equal(t, nodes == 2, got.SyncRuns.PageInfo.HasNextPage)
		require.Equal(t, nodes == 2, got.SyncRun.Errors.PageInfo.HasNextPage)
		if nodes > 0 {
			variables["runs"], variables["errors"] = got.SyncRuns.PageInfo.EndCursor, got.SyncRun.Errors.PageInfo.EndCursor
		}
	}
}

func TestPayloadThatIsNoJSONIsShownAsItCame(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	run := s.seed.Run(1, "FULL", "PARTIAL", "schedule", seed.At(1))
	broken := "{\"summary\": \"bell \a, tab \v, escape \x1b, quote \\\", e\u0301\U0001F600"
	s.seed.Exec(`INSERT INTO jira_sync.sync_errors (sync_id, instance_id, jira_id, stage, message, payload) VALUES ($1, 1, 5, 'decode', 'cut off', $2)`, run, broken)
	var got struct {
		SyncRun struct {
			Errors struct {
				Nodes []struct{ Payload json.RawMessage }
			}
		}
	}
	decode(t, s.data(fmt.Sprintf(`{ syncRun(id: %q) { errors { nodes { payload } } } }`, (&db.Run{SyncID: run}).ID())), &got)
	var shown string
	decode(t, string(got.SyncRun.Errors.Nodes[0].Payload), &shown)
	require.Equal(t, broken, shown)
}

// A line break would end the line of an event in the middle of its JSON.
func TestPayloadOfManyLinesIsOneLineOfAnEvent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	run := s.seed.Run(1, "FULL", "PARTIAL", "schedule", seed.At(1))
	payload := "{\r\n  \"summary\": \"two  blanks, <\u2028>\",\n\t\"n\": [1.50]\r}\n"
	s.seed.Exec(`INSERT INTO jira_sync.sync_errors (sync_id, instance_id, jira_id, stage, message, payload) VALUES ($1, 1, 5, 'decode', 'no key', $2)`, run, payload)
	body, err := json.Marshal(map[string]string{"query": fmt.Sprintf(`{ syncRun(id: %q) { errors { nodes { payload } } } }`, (&db.Run{SyncID: run}).ID())})
	require.NoError(t, err)
	events := strings.Split(s.post(string(body), "Accept", "text/event-stream").raw, "\n")
	require.Equal(t, "event: next", events[2])
	require.Contains(t, events[3], `"payload":{"summary":"two  blanks, <`+"\u2028"+`>","n":[1.50]}`)
	require.True(t, json.Valid([]byte(strings.TrimPrefix(events[3], "data: "))), events[3])
}

func TestRunOfProjectsIsAskedOfThoseWhoMirrorThem(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Projects = map[int][]string{2: {"WEB"}} }))
	populate(s)
	s.seed.Project(2, 11, "LAB")
	const wish = `mutation ($i: [String!], $p: [String!]) { startSync(input: {instances: $i, projects: $p}) { instance { name } } }`
	require.JSONEq(t, `{"startSync": [{"instance": {"name": "alpha"}}]}`, s.data(wish, map[string]any{"p": []string{"OPS"}}))
	require.JSONEq(t, `{"startSync": [{"instance": {"name": "beta"}}]}`, s.data(wish, map[string]any{"p": []string{"WEB"}}), "the other one has its run")
	s.data(`mutation { updateSyncConfig(input: {projects: ["OPS"]}) { projects } }`)
	for _, refused := range []struct {
		instances, projects []string
		says                string
	}{
		{nil, []string{"NONE"}, `there is no project "NONE": known are LAB, OPS, WEB`},
		{nil, []string{"LAB"}, `project "LAB" of beta is not mirrored: JIRA_PROJECTS_2 does not name it`},
		{nil, []string{"OPS", "WEB"}, `project "WEB" of alpha is not mirrored: the setting projects does not name it`},
		{[]string{"beta"}, []string{"OPS"}, `there is no project "OPS": known are LAB, WEB`},
		{[]string{"alpha", "beta"}, []string{"OPS"}, `beta shows the sync account no project "OPS"`},
	} {
		got := s.ask(wish, map[string]any{"i": refused.instances, "p": refused.projects})
		require.Equal(t, "BAD_USER_INPUT", got.code(t), got.raw)
		require.Equal(t, refused.says, got.Errors[0].Message)
	}
	got := s.ask(`mutation { updateSyncConfig(input: {projects: ["LAB"]}) { projects } }`)
	require.Equal(t, "BAD_USER_INPUT", got.code(t), got.raw)
	require.Equal(t, 2, seed.Ask[int](s.seed, `SELECT count(*) FROM jira_sync.sync_history`))
}

func TestLagIsThatOfRunsOfAllProjects(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.seed.Run(1, "INCREMENTAL", "SUCCEEDED", "schedule", time.Now())
	s.seed.Run(2, "INCREMENTAL", "SUCCEEDED", "schedule", time.Now().Add(-time.Hour))
	some := s.seed.Run(2, "INCREMENTAL", "SUCCEEDED", "ann", time.Now())
	s.seed.Exec(`UPDATE jira_sync.sync_history SET projects = '{WEB}' WHERE sync_id = $1`, some)
	var got struct{ SyncStatus struct{ LagSeconds int } }
	decode(t, s.data(`{ syncStatus { lagSeconds } }`), &got)
	require.GreaterOrEqual(t, got.SyncStatus.LagSeconds, 3600)
}

func TestRefusalsAboutRunsSayWhatToDoNext(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	var asked struct{ StartSync []struct{ ID string } }
	decode(t, s.data(`mutation { startSync(input: {instances: ["alpha"]}) { id } }`), &asked)
	cancel := fmt.Sprintf(`mutation { cancelSync(id: %q) { id } }`, asked.StartSync[0].ID)
	refused := func(operation, code, next string) {
		got := s.ask(operation)
		require.Equal(t, code, got.code(t), got.raw)
		require.Contains(t, got.Errors[0].Message, next)
	}
	refused(`mutation { startSync(input: {instances: ["alpha"]}) { id } }`, "ALREADY_RUNNING", "cancelSync")
	s.data(cancel)
	refused(cancel, "CONFLICT", "startSync")
	refused(fmt.Sprintf(`mutation { cancelSync(id: %q) { id } }`, (&db.Run{SyncID: 1 << 40}).ID()), "NOT_FOUND", "read its list again")
}
