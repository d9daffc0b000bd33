package db_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(migrateDatabase); url != "" {
		os.Exit(migrateAsServer(url))
	}
	dbtest.Main(m)
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fixture is a store on a database of its own with one instance under a lease, and a run.
type fixture struct {
	*testing.T
	url   string
	store *db.Store
	lease db.Lease
	run   db.Run
	conn  *pgx.Conn
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	url := dbtest.New(t)
	store, err := db.Open(t.Context(), db.Options{URL: url})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	f := &fixture{T: t, url: url, store: store, conn: conn}
	require.NoError(t, store.ConfigureInstances(t.Context(), []db.InstanceRow{{ID: 1, Name: "north", URL: "http://north"}}))
	f.lease, err = store.AcquireLease(t.Context(), 1, "test", time.Minute)
	require.NoError(t, err)
	f.run, err = store.OpenRun(t.Context(), f.lease, db.Incremental, nil, "test")
	require.NoError(t, err)
	return f
}

// issue is OPS-n as it stood minutes after noon.
func issue(n int64, summary string, minutes int) db.IssueRow {
	at := noon.Add(time.Duration(minutes) * time.Minute)
	hash := sha256.Sum256([]byte(summary + at.String()))
	return db.IssueRow{
		InstanceID: 1, JiraID: n, Key: fmt.Sprintf("OPS-%d", n), KeyNumber: int(n), ProjectID: 10, ProjectKey: "OPS", ProjectName: "Operations",
		TypeID: "1", Type: "Task", StatusID: "3", Status: "Open", StatusCategory: "TODO", Summary: summary,
		CreatedAt: noon.Add(-time.Hour), UpdatedAt: at, ContentHash: hash[:16], SyncedAt: at,
		Fields: fmt.Appendf(nil, `{"summary":%q}`, summary), Payload: []byte("as it came"),
	}
}

func (f *fixture) commit(issues ...db.IssueRow) db.PageResult {
	f.Helper()
	result, err := f.store.CommitPage(f.Context(), f.lease, db.Page{SyncID: f.run.SyncID, Issues: issues})
	require.NoError(f, err)
	return result
}

// ask reads one value by SQL, as an operator would.
func ask[V any](f *fixture, query string, args ...any) (value V) {
	f.Helper()
	require.NoError(f, f.conn.QueryRow(f.Context(), query, args...).Scan(&value), query)
	return value
}
