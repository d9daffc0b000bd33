package db_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
)

func TestPageAgainChangesOnlyWhatIsNewer(t *testing.T) {
	t.Parallel()
	readAfter := func(minutes int, row db.IssueRow) db.IssueRow {
		row.SyncedAt = noon.Add(time.Duration(minutes) * time.Minute)
		return row
	}
	for name, tt := range map[string]struct {
		again   db.IssueRow
		updated int
		summary string
	}{
		"the same issue":                    {issue(1, "first", 0), 0, "first"},
		"a newer version":                   {issue(1, "second", 1), 1, "second"},
		"an index that runs late":           {readAfter(60, issue(1, "stale", -5)), 0, "first"},
		"a Jira set back by some minutes":   {readAfter(180, issue(1, "restored", -5)), 1, "restored"},
		"a page that was long on its way":   {readAfter(1, issue(1, "yesterday's", -1440)), 0, "first"},
		"a Jira restored from its backup":   {readAfter(60, issue(1, "restored", -60)), 1, "restored"},
		"a Jira restored to the day before": {readAfter(16, issue(1, "restored", -1440)), 1, "restored"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			require.Len(t, f.commit(issue(1, "first", 0)).Created, 1)
			result := f.commit(tt.again)
			require.Empty(t, result.Created)
			require.Len(t, result.Updated, tt.updated)
			require.Equal(t, tt.summary, ask[string](f, `SELECT summary FROM jira_sync.jira_issues_v2 WHERE issue_key = 'OPS-1'`))
			require.Equal(t, tt.summary, ask[string](f, `SELECT fields->>'summary' FROM jira_sync.jira_issue_raw`))
		})
	}
}

func TestUnchangedPageRaisesNoVersion(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first := f.commit(issue(1, "one", 0), issue(2, "two", 0))
	require.Positive(t, first.Version)
	again := f.commit(issue(1, "one", 0), issue(2, "two", 0))
	require.Zero(t, again.Version)
	require.Equal(t, 2, again.Unchanged)
	require.Equal(t, first.Version, ask[int64](f, `SELECT version FROM jira_sync.jira_instances`))
}

func TestIssueTwiceOnAPageIsStoredOnceAtItsNewest(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.commit(issue(1, "newer", 2), issue(1, "older", 1))
	require.Equal(t, "newer", ask[string](f, `SELECT summary FROM jira_sync.jira_issues`))
}

func TestMovedIssueKeepsItsRowAndItsOldKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.commit(issue(1, "one", 0))
	moved := issue(1, "one", 1)
	moved.Key, moved.KeyNumber, moved.ProjectID, moved.ProjectKey = "WEB-7", 7, 11, "WEB"
	result := f.commit(moved)
	require.Len(t, result.Updated, 1)
	require.Contains(t, result.Projects, int64(10), "answers about the project it left are old too")
	require.Contains(t, result.Projects, int64(11))
	require.Equal(t, 1, ask[int](f, `SELECT count(*) FROM jira_sync.jira_issues`))
	require.Equal(t, "OPS-1", ask[string](f, `SELECT issue_key FROM jira_sync.jira_issue_keys`))
}

func TestHistoriesAreAddedAndNeverLost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	history := func(id int64) db.HistoryRow {
		return db.HistoryRow{JiraID: id, CreatedAt: noon, Items: []byte(`[{"field":"status"}]`)}
	}
	one := issue(1, "one", 0)
	one.Histories = []db.HistoryRow{history(1), history(2)}
	f.commit(one)
	cut := issue(1, "two", 1)
	cut.Histories = []db.HistoryRow{history(2), history(3), history(3)}
	f.commit(cut)
	require.Equal(t, []int64{1, 2, 3}, ask[[]int64](f, `SELECT array_agg(jira_id ORDER BY jira_id) FROM jira_sync.jira_changelog`))
}

func TestCommentsFollowJira(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	one := issue(1, "one", 0)
	one.Comments = []db.CommentRow{{JiraID: 1, Body: "kept", CreatedAt: noon, UpdatedAt: noon}, {JiraID: 2, Body: "deleted later", CreatedAt: noon, UpdatedAt: noon}}
	f.commit(one)
	two := issue(1, "two", 1)
	two.Comments = []db.CommentRow{{JiraID: 1, Body: "edited", CreatedAt: noon, UpdatedAt: noon.Add(time.Minute)}}
	f.commit(two)
	require.Equal(t, []string{"edited"}, ask[[]string](f, `SELECT array_agg(body) FROM jira_sync.jira_comments`))
}

// Of a list that Jira left out, or ended early, what did not come stays as it was.
func TestPartOfAListReplacesOnlyThatPart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	comment := func(id int64, body string) db.CommentRow {
		return db.CommentRow{JiraID: id, Body: body, CreatedAt: noon, UpdatedAt: noon}
	}
	worklog := func(id int64, seconds int) db.WorklogRow {
		return db.WorklogRow{JiraID: id, StartedAt: noon, TimeSpentSeconds: seconds, CreatedAt: noon, UpdatedAt: noon}
	}
	for n := range int64(2) {
		one := issue(n+1, "one", 0)
		one.Comments = []db.CommentRow{comment(10*n+1, "a"), comment(10*n+2, "b")}
		one.Worklogs = []db.WorklogRow{worklog(10*n+1, 60), worklog(10*n+2, 120)}
		f.commit(one)
	}
	part, none := issue(1, "two", 1), issue(2, "two", 1)
	part.Comments, part.CommentsPart = []db.CommentRow{comment(2, "edited"), comment(3, "new")}, true
	part.Worklogs = []db.WorklogRow{worklog(2, 240)}
	none.CommentsPart, none.WorklogsPart = true, true
	f.commit(part, none)
	require.Equal(t, []string{"a", "edited", "new", "a", "b"}, ask[[]string](f, `SELECT array_agg(body ORDER BY issue_id, jira_id) FROM jira_sync.jira_comments`))
	require.Equal(t, []int32{240, 60, 120}, ask[[]int32](f, `SELECT array_agg(time_spent_seconds ORDER BY issue_id, jira_id) FROM jira_sync.jira_worklogs`))
}

func TestKeptCommentsAreStillFoundByTheirWords(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	one := issue(1, "one", 0)
	one.Comments = []db.CommentRow{
		{JiraID: 1, Body: "giraffe", CreatedAt: noon, UpdatedAt: noon}, {JiraID: 2, Body: "zebra", CreatedAt: noon, UpdatedAt: noon},
	}
	f.commit(one)
	part := issue(1, "two", 1)
	part.Comments, part.CommentsPart = []db.CommentRow{{JiraID: 2, Body: "okapi", CreatedAt: noon, UpdatedAt: noon}}, true
	f.commit(part)
	for word, found := range map[string]int{"giraffe": 1, "okapi": 1, "zebra": 0} {
		require.Equal(t, found, ask[int](f, `SELECT count(*) FROM jira_sync.jira_issue_search WHERE words @@ $1::tsquery`, word), word)
	}
}

func TestRefusedIssueIsPutAsideAndTheRestIsStored(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bad := issue(2, "bad", 0)
	bad.Fields = []byte(`{"n":1e999999}`) // beyond what numeric holds
	result, err := f.store.CommitPage(t.Context(), f.lease, db.Page{
		SyncID: f.run.SyncID, Issues: []db.IssueRow{issue(1, "one", 0), bad, issue(3, "three", 0)},
		Checkpoints: []db.Checkpoint{{InstanceID: 1, Kind: db.Incremental, Watermark: &noon}},
	})
	require.NoError(t, err)
	require.Len(t, result.Created, 2)
	require.Len(t, result.Failed, 1)
	require.Equal(t, "OPS-2", ask[string](f, `SELECT issue_key FROM jira_sync.sync_errors WHERE resolved_at IS NULL AND payload = 'as it came'`))
	require.Equal(t, 1, ask[int](f, `SELECT count(*) FROM jira_sync.sync_checkpoints`), "the page's mark has moved")

	f.commit(issue(2, "mended", 1))
	require.Equal(t, 0, ask[int](f, `SELECT count(*) FROM jira_sync.sync_errors WHERE resolved_at IS NULL`))
}

// What pgx refuses to write, PostgreSQL reports as a COPY that was cancelled.
func TestValueBeyondItsColumnPutsItsIssueAside(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bad := issue(2, "bad", 0)
	bad.TimeSpentSeconds = new(14_000_000_000)
	result, err := f.store.CommitPage(t.Context(), f.lease, db.Page{SyncID: f.run.SyncID, Issues: []db.IssueRow{issue(1, "one", 0), bad, issue(3, "three", 0)}})
	require.NoError(t, err)
	require.Len(t, result.Created, 2)
	require.Len(t, result.Failed, 1)
	require.EqualValues(t, 2, result.Failed[0].JiraID)
}

func TestFailedPageLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.conn.Exec(t.Context(), `ALTER TABLE jira_sync.sync_checkpoints ADD CHECK (kind <> 'INCREMENTAL')`)
	require.NoError(t, err)
	_, err = f.store.CommitPage(t.Context(), f.lease, db.Page{
		SyncID: f.run.SyncID, Issues: []db.IssueRow{issue(1, "one", 0)},
		Checkpoints: []db.Checkpoint{{InstanceID: 1, Kind: db.Incremental, Watermark: &noon}},
	})
	require.Error(t, err)
	require.Equal(t, 0, ask[int](f, `SELECT count(*) FROM jira_sync.jira_issues`))
}

func TestLateWriterIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.store.ReleaseLease(t.Context(), f.lease))
	successor, err := f.store.AcquireLease(t.Context(), 1, "successor", time.Minute)
	require.NoError(t, err)
	require.Greater(t, successor.Fence, f.lease.Fence)

	_, err = f.store.CommitPage(t.Context(), f.lease, db.Page{SyncID: f.run.SyncID, Issues: []db.IssueRow{issue(1, "late", 0)}})
	require.ErrorIs(t, err, db.ErrFenced)
	_, err = f.store.Tombstone(t.Context(), f.lease, f.run.SyncID, []int64{1}, "GONE")
	require.ErrorIs(t, err, db.ErrFenced)
	require.ErrorIs(t, f.store.SaveCheckpoints(t.Context(), f.lease), db.ErrFenced)
	require.Equal(t, 0, ask[int](f, `SELECT count(*) FROM jira_sync.jira_issues`))
}

func TestLeaseIsHeldByOneAndNamesItsHolder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.store.AcquireLease(t.Context(), 1, "other", time.Minute)
	var held *db.LeaseHeldError
	require.ErrorAs(t, err, &held)
	require.Equal(t, "test", held.Holder)
}

func TestDeletedIssueComesBackWhenJiraShowsItAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.commit(issue(1, "one", 0))
	gone, err := f.store.Tombstone(t.Context(), f.lease, f.run.SyncID, []int64{1, 1, 99}, "GONE")
	require.NoError(t, err)
	require.Equal(t, 1, gone)
	require.Equal(t, "GONE", ask[string](f, `SELECT deleted_reason FROM jira_sync.jira_issues_v2`))
	f.commit(issue(1, "one", 0))
	require.True(t, ask[bool](f, `SELECT deleted_at IS NULL FROM jira_sync.jira_issues_v2`))
}

// PostgreSQL's own compression, pglz, slows down a whole sync; only a build without lz4 is left with it.
func TestLongTextsAreCompressedByLZ4(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	best := ask[string](f, `
SELECT CASE WHEN 'lz4' = ANY(enumvals) THEN 'lz4' ELSE 'pglz' END FROM pg_settings WHERE name = 'default_toast_compression'`)
	long := strings.Repeat("long ", 2000)
	row := issue(1, "long", 0)
	row.Description, row.Fields = &long, fmt.Appendf(nil, `{"description":%q}`, long)
	row.Comments = []db.CommentRow{{JiraID: 1, Body: long, CreatedAt: noon, UpdatedAt: noon}}
	row.Histories = []db.HistoryRow{{JiraID: 1, CreatedAt: noon, Items: fmt.Appendf(nil, `[{"field":"description","toString":%q}]`, long)}}
	f.commit(row)
	for table, column := range map[string]string{
		"jira_issue_raw": "fields", "jira_issues": "description", "jira_comments": "body", "jira_changelog": "items",
	} {
		require.Equal(t, best, ask[string](f, "SELECT pg_column_compression("+column+") FROM jira_sync."+table), "%s.%s", table, column)
	}
}
