package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db"
)

func TestPruningKeepsWhatIsYoungAndTheNewestOfEachInstance(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.conn.Exec(t.Context(), `
INSERT INTO jira_sync.sync_history (instance_id, triggered_by, mode, state, projects, started_at, finished_at)
SELECT i, 'schedule', 'INCREMENTAL', state, projects, now() - age, now() - age
FROM (VALUES (1, 'SUCCEEDED', '{}'::text[], interval '200 days'), (1, 'FAILED', '{}', '190 days'), (1, 'SUCCEEDED', '{}', '10 days'),
             (2, 'SUCCEEDED', '{}', '300 days'), (2, 'FAILED', '{}', '250 days'), (2, 'SUCCEEDED', '{OPS}', '220 days'),
             (2, 'FAILED', '{}', '200 days')) AS r (i, state, projects, age);
INSERT INTO jira_sync.sync_performance_metrics (sync_id, name, value, unit) SELECT sync_id, 'total', 1, 's' FROM jira_sync.sync_history;
INSERT INTO jira_sync.sync_errors (sync_id, instance_id, jira_id, stage, message, resolved_at)
VALUES (1, 1, 1, 'write', 'old', now() - interval '200 days'), (1, 1, 2, 'write', 'young', now()), (1, 1, 3, 'write', 'open', NULL);
INSERT INTO jira_sync.sync_webhooks (instance_id, delivery_id, event, jira_ids, received_at, fetched_at)
VALUES (1, 'old', 'e', '{1}', now() - interval '8 days', now()), (1, 'waiting', 'e', '{1}', now() - interval '8 days', NULL);
INSERT INTO jira_sync.audit_log (at, action) VALUES (now() - interval '31 days', 'old'), (now() - interval '29 days', 'young')`)
	require.NoError(t, err)

	keep := db.Retention{RunsDays: 90, AuditDays: 30}
	pruned, err := f.store.Prune(t.Context(), keep)
	require.NoError(t, err)
	require.Equal(t, db.Pruned{Runs: 4, Errors: 1, Webhooks: 1, Audit: 1}, pruned)
	require.Equal(t, "1 RUNNING, 1 SUCCEEDED, 2 FAILED, 2 SUCCEEDED", ask[string](f, `
SELECT string_agg(instance_id || ' ' || state, ', ' ORDER BY instance_id, state) FROM jira_sync.sync_history`))
	require.Equal(t, "{}", ask[string](f, `
SELECT projects::text FROM jira_sync.sync_history WHERE instance_id = 2 AND state = 'SUCCEEDED'`), "a run of some projects is no newer success")
	require.Equal(t, 4, ask[int](f, `SELECT count(*) FROM jira_sync.sync_performance_metrics`), "they go with their runs")

	again, err := f.store.Prune(t.Context(), keep)
	require.NoError(t, err)
	require.Zero(t, again)
	forever, err := f.store.Prune(t.Context(), db.Retention{})
	require.NoError(t, err)
	require.Zero(t, forever)
}

func TestWebhooksGoAfterAWeekThoughRunsAreKeptForEver(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.conn.Exec(t.Context(), `
INSERT INTO jira_sync.sync_history (instance_id, triggered_by, mode, state, started_at, finished_at)
SELECT 2, 'schedule', 'FULL', 'FAILED', now() - interval '5 years', now() - interval '5 years' FROM generate_series(1, 2);
INSERT INTO jira_sync.sync_webhooks (instance_id, delivery_id, event, jira_ids, received_at, fetched_at)
VALUES (1, 'old', 'e', '{1}', now() - interval '8 days', now()), (1, 'waiting', 'e', '{1}', now() - interval '8 days', NULL),
       (1, 'young', 'e', '{1}', now() - interval '6 days', now())`)
	require.NoError(t, err)
	pruned, err := f.store.Prune(t.Context(), db.Retention{})
	require.NoError(t, err)
	require.Equal(t, db.Pruned{Webhooks: 1}, pruned)
	pruned, err = f.store.Prune(t.Context(), db.Retention{RunsDays: 5})
	require.NoError(t, err)
	require.EqualValues(t, 1, pruned.Webhooks, "not longer than runs")
}

func TestSizesOfTables(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.commit(issue(1, "one", 0))
	sizes, err := f.store.TableSizes(t.Context())
	require.NoError(t, err)
	require.Greater(t, len(sizes), 20)
	for _, size := range sizes {
		require.NotEmpty(t, size.Table)
	}
}

func TestWebhookIsTakenOnceAndSettledUnderTheFence(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	hint := db.Webhook{InstanceID: 1, DeliveryID: "d\x00", Event: "jira:issue_deleted", JiraIDs: []int64{7, 8}}
	for _, fresh := range []bool{true, false} {
		got, err := f.store.TakeWebhook(t.Context(), hint)
		require.NoError(t, err)
		require.Equal(t, fresh, got)
	}
	hint.DeliveryID, hint.JiraIDs, hint.Event = "e", []int64{7}, "jira:issue_updated"
	_, err := f.store.TakeWebhook(t.Context(), hint)
	require.NoError(t, err)
	waiting, err := f.store.InstancesWithHints(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{1}, waiting)
	hints, err := f.store.WaitingHints(t.Context(), 1, 10)
	require.NoError(t, err)
	require.Equal(t, []int64{7, 8}, hints.JiraIDs)
	require.Equal(t, []int64{7, 8}, hints.Deleted)

	late := f.lease
	late.Fence--
	require.ErrorIs(t, f.store.SettleHints(t.Context(), late, hints), db.ErrFenced)
	require.NoError(t, f.store.SettleHints(t.Context(), f.lease, hints))
	hints, err = f.store.WaitingHints(t.Context(), 1, 10)
	require.NoError(t, err)
	require.Empty(t, hints.JiraIDs)
}
