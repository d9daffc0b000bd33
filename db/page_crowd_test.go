package db_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"jirasync/db"
)

// Parts of a sync that are read side by side bring the same issues when these are moved or changed
// meanwhile.
func TestPagesThatBringTheSameIssuesAllLandAndTheNewestStays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	// Their times span less than what counts as a Jira set back.
	const pages, issues = 15, 20
	for round := range 3 { // the first creates what the others change
		var group errgroup.Group
		for n := range pages {
			page := db.Page{SyncID: f.run.SyncID}
			for i := range int64(issues) {
				page.Issues = append(page.Issues, issue(i+1, strconv.Itoa(n), round*pages+n))
			}
			group.Go(func() error {
				_, err := f.store.CommitPage(t.Context(), f.lease, page)
				return err
			})
		}
		require.NoError(t, group.Wait())
		require.Equal(t, issues, ask[int](f, `SELECT count(*) FROM jira_sync.jira_issues WHERE summary = $1`, strconv.Itoa(pages-1)))
	}
}

// afterLook calls once what comes between a page's look at the mirror and its first write.
type afterLook struct{ once func() }

type lookKey struct{}

func (afterLook) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	return context.WithValue(ctx, lookKey{}, strings.Contains(q.SQL, "content_hash, updated_at"))
}

func (a *afterLook) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	if looked, _ := ctx.Value(lookKey{}).(bool); looked && a.once != nil {
		once := a.once
		a.once = nil
		once()
	}
}

func TestPageThatLookedBeforeANewerOneWasStoredDoesNotUndoIt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.commit(issue(1, "first", 0), issue(2, "first", 0))
	between := &afterLook{once: func() { f.commit(issue(1, "newest", 2), issue(2, "newest", 2)) }}
	slow, err := db.Open(t.Context(), db.Options{URL: f.url, Tracer: between})
	require.NoError(t, err)
	t.Cleanup(slow.Close)
	_, err = slow.CommitPage(t.Context(), f.lease, db.Page{SyncID: f.run.SyncID, Issues: []db.IssueRow{issue(1, "late", 1), issue(2, "late", 1)}})
	require.NoError(t, err)
	require.Nil(t, between.once)
	require.Equal(t, 2, ask[int](f, `SELECT count(*) FROM jira_sync.jira_issues WHERE summary = 'newest'`))
	require.Equal(t, 2, ask[int](f, `SELECT count(*) FROM jira_sync.jira_issue_raw WHERE fields->>'summary' = 'newest'`))
}
