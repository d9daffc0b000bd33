package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/db"
)

// sleeper stops a server between two statements of a page, as a lost host or a SIGSTOP would.
type sleeper struct{ asleep, wake chan struct{} }

func (s sleeper) TraceQueryStart(ctx context.Context, _ *pgx.Conn, query pgx.TraceQueryStartData) context.Context {
	if strings.Contains(query.SQL, "pg_advisory_xact_lock_shared") {
		close(s.asleep)
		<-s.wake
	}
	return ctx
}

func (sleeper) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestServerLostInTheMiddleOfAPageIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	sleeping := sleeper{make(chan struct{}), make(chan struct{})}
	lost, err := db.Open(ctx, db.Options{URL: f.url, Tracer: sleeping})
	require.NoError(t, err)
	defer lost.Close()
	_, err = f.conn.Exec(ctx, `UPDATE jira_sync.sync_leases SET expires_at = now()`) // the page is late already
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		_, err := lost.CommitPage(ctx, f.lease, db.Page{SyncID: f.run.SyncID, Issues: []db.IssueRow{issue(1, "lost", 0)}})
		ended <- err
	}()
	<-sleeping.asleep

	next, err := f.store.AcquireLease(ctx, 1, "next", time.Minute)
	var held *db.LeaseHeldError
	for errors.As(err, &held) {
		require.ErrorContains(t, held, "the lease of test on instance 1 has ended")
		next, err = f.store.AcquireLease(ctx, 1, "next", time.Minute)
	}
	close(sleeping.wake)
	require.NoError(t, err)
	require.Error(t, <-ended)
	f.lease = next
	require.Len(t, f.commit(issue(2, "stored", 0)).Created, 1)
	require.Equal(t, "stored", ask[string](f, `SELECT string_agg(summary, ', ') FROM jira_sync.jira_issues`))
}
