package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest/seed"
)

// censused is a site whose instance alpha had a census that stopped at OPS and found WEB complete.
func censused(t *testing.T) (s *site, stopped string) {
	t.Helper()
	s = newSite(t)
	populate(s)
	s.seed.Exec(`UPDATE jira_sync.jira_instances SET configured = true, complete_as_of = $1 WHERE instance_id = 1`, seed.At(9))
	s.seed.Exec(`
INSERT INTO jira_sync.sync_history (sync_id, instance_id, triggered_by, mode, state, started_at, finished_at, error)
OVERRIDING SYSTEM VALUE VALUES (70, 1, 'schedule', 'RECONCILE', 'PARTIAL', $1, $1, 'nothing was removed')`, seed.At(8))
	s.seed.Exec(`
INSERT INTO jira_sync.sync_project_details (sync_id, instance_id, project_key, project_id, state, started_at)
VALUES (70, 1, 'OPS', 11, 'FAILED', $1), (70, 1, 'WEB', 10, 'SUCCEEDED', $1)`, seed.At(8))
	s.seed.Exec(`
INSERT INTO jira_sync.sync_census (instance_id, project_id, checked_at, sync_id, jira_count, shown, missing, extra, stopped)
VALUES (1, 10, $1, 70, 3, 3, 1, 0, false), (1, 11, $1, 70, 0, 0, 0, 1, true)`, seed.At(8))
	s.seed.Exec(`
INSERT INTO jira_sync.sync_checkpoints (instance_id, project_id, kind, watermark) VALUES (1, 10, 'FULL', $1)`, seed.At(7))
	return s, (&db.Run{SyncID: 70}).ID()
}

func TestCompletenessIsShownByProject(t *testing.T) {
	t.Parallel()
	s, _ := censused(t)
	require.JSONEq(t, `{"completeness": [
		{"project": {"key": "OPS"}, "mirrored": 1, "jira": 0, "missing": 0, "extra": 1, "stopped": true,
		 "checkedAt": "2026-01-01T08:00:00Z", "completeAsOf": null},
		{"project": {"key": "WEB"}, "mirrored": 2, "jira": 3, "missing": 1, "extra": 0, "stopped": false,
		 "checkedAt": "2026-01-01T08:00:00Z", "completeAsOf": "2026-01-01T09:00:00Z"}]}`,
		s.data(`{ completeness(instance: "alpha") { project { key } mirrored jira missing extra stopped checkedAt completeAsOf } }`))
	require.Equal(t, "BAD_USER_INPUT", s.ask(`{ completeness(instance: "gamma") { mirrored } }`).code(t))
}

func TestStoppedCensusGoesOnOnceConfirmed(t *testing.T) {
	t.Parallel()
	s, stopped := censused(t)
	confirm := func(id string) reply {
		return s.ask(`mutation($id: ID!) { confirmRemovals(runId: $id) { mode state instance { name } } }`, map[string]any{"id": id})
	}
	require.Equal(t, "NOT_FOUND", confirm((&db.Run{SyncID: 71}).ID()).code(t))
	require.JSONEq(t, `{"confirmRemovals": {"mode": "RECONCILE", "state": "QUEUED", "instance": {"name": "alpha"}}}`, string(confirm(stopped).Data))
	require.Equal(t, "OPS admin", seed.Ask[string](s.seed, `
SELECT string_agg(p.project_key || ' ' || c.confirmed_by, ', ')
FROM jira_sync.sync_census c JOIN jira_sync.jira_projects p USING (instance_id, project_id) WHERE c.confirmed_at IS NOT NULL`),
		"no other project's census is let go on")

	s.seed.Exec(`UPDATE jira_sync.sync_census SET stopped = false`)
	nothing := confirm(stopped)
	require.Equal(t, "CONFLICT", nothing.code(t))
	require.NotEmpty(t, nothing.Errors[0].Message)
}

func TestConfirmedCensusComesBehindTheRunInProgress(t *testing.T) {
	t.Parallel()
	s, stopped := censused(t)
	s.seed.Exec(`
INSERT INTO jira_sync.sync_history (sync_id, instance_id, triggered_by, mode, state)
OVERRIDING SYSTEM VALUE VALUES (71, 1, 'schedule', 'INCREMENTAL', 'RUNNING')`)
	const confirm = `mutation($id: ID!) { confirmRemovals(runId: $id) { id mode state } }`
	first := s.data(confirm, map[string]any{"id": stopped})
	require.Contains(t, first, `"mode":"RECONCILE","state":"QUEUED"`)
	require.Equal(t, first, s.data(confirm, map[string]any{"id": stopped}), "one is enough")
}

func TestConfirmationOfARunBehindTheLastIsRefused(t *testing.T) {
	t.Parallel()
	s, stopped := censused(t)
	s.seed.Exec(`INSERT INTO jira_sync.sync_census_stops (sync_id, instance_id, project_id, extra) VALUES (70, 1, 11, 1)`)
	s.seed.Exec(`UPDATE jira_sync.sync_census SET sync_id = 74, shown = 100, extra = 900 WHERE project_id = 11`)
	refused := s.ask(`mutation($id: ID!) { confirmRemovals(runId: $id) { state } }`, map[string]any{"id": stopped})
	require.Equal(t, "CONFLICT", refused.code(t))
	require.Contains(t, refused.Errors[0].Message, "run 74 has since found that Jira does not show 900 of 1000 issues of OPS")
}

func TestQuarantinedItemIsShownAndTriedAgain(t *testing.T) {
	t.Parallel()
	s, run := censused(t)
	s.seed.Exec(`
INSERT INTO jira_sync.sync_errors (error_id, sync_id, instance_id, jira_id, issue_key, project_key, stage, message, payload, last_at)
OVERRIDING SYSTEM VALUE VALUES (5, 70, 1, 77, 'WEB-77', 'WEB', 'decode', 'created is no time', '{"id":"77"}', $1)`, seed.At(8))
	var shown struct {
		SyncRun struct {
			Errors struct {
				TotalCount int
				Nodes      []struct{ ID, Key, Stage, Message, Project string }
			}
		}
	}
	decode(t, s.data(`query($id: ID!) { syncRun(id: $id) { errors { totalCount nodes { id key project stage message payload resolvedAt } } } }`, map[string]any{"id": run}), &shown)
	require.Equal(t, 1, shown.SyncRun.Errors.TotalCount)
	one := shown.SyncRun.Errors.Nodes[0]
	require.Equal(t, "WEB-77 WEB decode created is no time", one.Key+" "+one.Project+" "+one.Stage+" "+one.Message)
	retry := func(id string) reply {
		return s.ask(`mutation($id: ID!) { retrySyncError(id: $id) { key payload resolvedAt instance { name } } }`, map[string]any{"id": id})
	}
	require.JSONEq(t, `{"retrySyncError": {"key": "WEB-77", "payload": {"id": "77"}, "resolvedAt": null, "instance": {"name": "alpha"}}}`, string(retry(one.ID).Data))
	waiting, err := s.store.WaitingHints(t.Context(), 1, 10)
	require.NoError(t, err)
	require.Equal(t, []int64{77}, waiting.JiraIDs, "the leader fetches it at once")
	require.Equal(t, "BAD_USER_INPUT", retry(run).code(t), "a run is no error")

	s.seed.Exec(`UPDATE jira_sync.sync_errors SET jira_id = 0, issue_key = NULL WHERE error_id = 5`)
	nameless := retry(one.ID)
	require.Equal(t, "CONFLICT", nameless.code(t))
	require.Contains(t, nameless.Errors[0].Message, "came without an id")
}

func TestInstanceTellsHowFarItReachesAndWhatItMayAsk(t *testing.T) {
	t.Parallel()
	s, _ := censused(t)
	s.seed.Exec(`
UPDATE jira_sync.jira_instances
SET history_from = $1, limit_remaining = 40, limit_total = 100, limit_until = $2, limit_reason = 'jira-burst-based' WHERE instance_id = 1`, seed.At(1), seed.At(12))
	require.JSONEq(t, `{"instances": [
		{"name": "alpha", "historyFrom": "2026-01-01T01:00:00Z", "completeAsOf": "2026-01-01T09:00:00Z",
		 "rateLimit": {"remaining": 40, "limit": 100, "until": "2026-01-01T12:00:00Z", "reason": "jira-burst-based"}},
		{"name": "beta", "historyFrom": null, "completeAsOf": null, "rateLimit": null}]}`,
		s.data(`{ instances { name historyFrom completeAsOf rateLimit { remaining limit until reason } } }`))
}

func TestTableSizesAreShown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	var shown struct {
		TableSizes []struct {
			Table       string
			Bytes, Rows float64
		}
	}
	decode(t, s.data(`{ tableSizes { table bytes rows } }`), &shown)
	sizes := map[string]float64{}
	for _, one := range shown.TableSizes {
		sizes[one.Table] = one.Bytes
	}
	require.Positive(t, sizes["jira_issue_raw"])
	require.Contains(t, sizes, "sync_history")
}

func TestRetentionAndRereadAreSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const fields = `rereadIntervalSeconds keepRunsDays keepAuditDays intervalSeconds`
	require.JSONEq(t, `{"syncConfig": {"rereadIntervalSeconds": 604800, "keepRunsDays": 90, "keepAuditDays": 365, "intervalSeconds": 120}}`,
		s.data(`{ syncConfig { `+fields+` } }`))
	changed := `{"rereadIntervalSeconds": 0, "keepRunsDays": 7, "keepAuditDays": 30, "intervalSeconds": 120}`
	require.JSONEq(t, `{"updateSyncConfig": `+changed+`}`,
		s.data(`mutation { updateSyncConfig(input: {rereadIntervalSeconds: 0, keepRunsDays: 7, keepAuditDays: 30}) { `+fields+` } }`))
	for setting, sentence := range map[string]string{
		"rereadIntervalSeconds: 60": "rereadIntervalSeconds is 60, it must be 3600 to 31536000, or 0 for never",
		"keepRunsDays: -1":          "keepRunsDays is -1, it must be 0 to 3650",
		"keepAuditDays: 4000":       "keepAuditDays is 4000, it must be 0 to 3650",
	} {
		got := s.ask(`mutation { updateSyncConfig(input: {` + setting + `}) { paused } }`)
		require.Equal(t, "BAD_USER_INPUT", got.code(t))
		require.Equal(t, sentence, got.Errors[0].Message)
	}
	require.JSONEq(t, `{"syncConfig": `+changed+`}`, s.data(`{ syncConfig { `+fields+` } }`))
}
