package mirror_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

// statements hears what is asked of PostgreSQL.
type statements struct {
	mu  sync.Mutex
	all []string
}

func (s *statements) hear(sql string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, strings.Join(strings.Fields(sql), " "))
}

// taken are those since the last look.
func (s *statements) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all
	s.all = nil
	return all
}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	s.hear(d.SQL)
	return ctx
}
func (*statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
func (*statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

func (s *statements) TraceBatchQuery(_ context.Context, _ *pgx.Conn, d pgx.TraceBatchQueryData) {
	s.hear(d.SQL)
}
func (*statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// A night in which nothing happens costs Jira and PostgreSQL the same few questions however large
// the mirror is.
func TestQuietTickCostsTheSameAtAnySize(t *testing.T) {
	for _, flavor := range flavors {
		t.Run(string(flavor), func(t *testing.T) {
			t.Parallel()
			var requests []int
			var asked [][]string
			for _, issues := range []int{60, 900} {
				w := newWorld(t, jirasim.Options{Flavor: flavor, Issues: issues})
				w.settings.RereadIntervalSeconds = 604_800
				heard := &statements{}
				store, err := db.Open(t.Context(), db.Options{URL: w.url, Tracer: heard})
				require.NoError(t, err)
				t.Cleanup(store.Close)
				w.store = store
				w.engine = w.newEngine()
				w.succeed(db.Full)
				w.succeed(db.Incremental) // begins a round of reading again
				heard.taken()
				quiet := w.succeed(db.Incremental)
				require.Zero(t, quiet.IssuesFetched)
				requests = append(requests, quiet.Requests)
				asked = append(asked, heard.taken())
			}
			require.LessOrEqual(t, requests[1], 3)
			require.Equal(t, requests[0], requests[1])
			slices.Sort(asked[0])
			slices.Sort(asked[1])
			require.Equal(t, asked[0], asked[1])
			for _, statement := range asked[1] {
				require.NotRegexp(t, `(?i)^select count\(\*\) from jira_sync\.jira_issues\b`, statement, "it would grow with the mirror")
				require.NotRegexp(t, `(?i)^(insert|update|delete|copy)\b.*jira_sync\.jira_(issue|changelog|comments|worklogs|users|projects)`, statement)
			}
			t.Logf("%d requests, %d statements", requests[1], len(asked[1]))
		})
	}
}
