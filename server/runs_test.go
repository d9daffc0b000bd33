package server_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest/seed"
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
