package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func TestAWireCountsEachExecution(t *testing.T) {
	t.Parallel()
	wire, url, err := wirePostgres(t.TempDir(), dbtest.Empty(t))
	require.NoError(t, err)
	t.Cleanup(wire.close)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	before := wire.now()
	for range 3 {
		var n int
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT $1::int", 7).Scan(&n))
		require.Equal(t, 7, n)
	}
	_, err = conn.Exec(t.Context(), "CREATE TABLE copies (n int)")
	require.NoError(t, err)
	_, err = conn.CopyFrom(t.Context(), pgx.Identifier{"copies"}, []string{"n"}, pgx.CopyFromRows([][]any{{int32(1)}, {int32(2)}}))
	require.NoError(t, err)
	passed := wire.now().since(before)
	require.Equal(t, 3, passed.statements["SELECT $1::int"])
	require.Equal(t, 1, passed.statements["CREATE TABLE copies (n int)"])
	require.Equal(t, 5, passed.executed())
	require.Positive(t, passed.up)
	require.Positive(t, passed.down)
}

func TestAWireCountsTheBytesOfAnswers(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 1000))
	}))
	t.Cleanup(site.Close)
	wire, url, err := wireHTTP(site.URL)
	require.NoError(t, err)
	t.Cleanup(wire.close)
	_, err = get(t.Context(), http.MethodGet, url, "")
	require.NoError(t, err)
	require.Greater(t, wire.now().down, int64(1000))
	require.Empty(t, wire.now().statements)
}
