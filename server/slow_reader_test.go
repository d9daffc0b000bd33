package server_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/db/dbtest/seed"
)

// slowReader is a tracer that holds the first reader of a table when it has read, before it can do
// anything with that.
type slowReader struct {
	statementCounter
	table string
	armed atomic.Bool
	seen  atomic.Bool
	read  chan struct{}
	free  chan struct{}
}

func newSlowReader(table string) *slowReader {
	return &slowReader{table: table, read: make(chan struct{}), free: make(chan struct{})}
}

func (r *slowReader) see(sql string) {
	if r.armed.Load() && strings.Contains(sql, r.table) {
		r.seen.Store(true)
	}
}

func (r *slowReader) hold() {
	if r.seen.Load() && r.armed.CompareAndSwap(true, false) {
		close(r.read)
		<-r.free
	}
}

func (r *slowReader) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	r.see(d.SQL)
	return ctx
}

func (r *slowReader) TraceBatchQuery(_ context.Context, _ *pgx.Conn, d pgx.TraceBatchQueryData) {
	r.see(d.SQL)
}
func (r *slowReader) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) { r.hold() }
func (r *slowReader) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) { r.hold() }

// meanwhile asks, and has something happen once the first statement about the table has been read.
func (r *slowReader) meanwhile(s *site, ask string, happens func()) reply {
	s.t.Helper()
	r.armed.Store(true)
	answer := make(chan reply, 1)
	go func() { answer <- s.ask(ask) }()
	select {
	case <-r.read:
	case got := <-answer:
		require.FailNow(s.t, "answered without reading "+r.table, got.raw)
	}
	happens()
	close(r.free)
	got := <-answer
	require.Empty(s.t, got.Errors, "%s", got.raw)
	return got
}

func TestWhatASlowReaderHasReadIsNotKeptOverACommit(t *testing.T) {
	t.Parallel()
	slow := newSlowReader("jira_issues")
	s := newSite(t, withTracer(slow))
	w := populate(s)
	old := slow.meanwhile(s, `{ issue(key: "WEB-1") { key summary } }`, func() { s.page(w.web1.ID(), 1, 10, "committed meanwhile") })
	require.Contains(t, string(old.Data), "Login page is slow", "it had read before the commit")
	summary, hit := s.one("WEB-1")
	require.Equal(t, "committed meanwhile", summary)
	require.False(t, hit)
	_, hit = s.one("WEB-1")
	require.True(t, hit)
}

func TestIssueThatComesWhileItIsLookedForIsFound(t *testing.T) {
	t.Parallel()
	slow := newSlowReader("jira_issues")
	s := newSite(t, withTracer(slow))
	populate(s)
	const ask = `{ issue(key: "WEB-99") { summary } }`
	slow.meanwhile(s, ask, func() {
		s.seed.Issues(seed.Issue{Instance: 1, Project: 10, Key: "WEB-99", Summary: "New"})
		s.seed.Raise(1, 10)
		s.learn()
	})
	require.JSONEq(t, `{"issue": {"summary": "New"}}`, s.data(ask), "that it was not there is not kept")
}

func TestWordThatComesWhileItIsCorrectedIsFound(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]string{
		"list":  `{ issues(search: "paymnt", where: {project: {in: ["WEB"]}}) { nodes { key } } }`,
		"count": `{ issueStats(search: "paymnt", where: {project: {in: ["WEB"]}}, groupBy: []) { total } }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slow := newSlowReader("jira_words")
			s := newSite(t, withTracer(slow))
			populate(s)
			slow.meanwhile(s, ask, func() {
				s.seed.Issues(seed.Issue{Instance: 1, Project: 10, Key: "WEB-20", Summary: "Payment form"})
				s.seed.Raise(1, 10)
				s.learn()
			})
			require.Contains(t, []string{`{"issues":{"nodes":[{"key":"WEB-20"}]}}`, `{"issueStats":{"total":1}}`}, s.data(ask),
				"that the word stood for nothing is not kept")
		})
	}
}
