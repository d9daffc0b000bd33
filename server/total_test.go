package server_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/server"
)

// slowCounts has count(*) take for ever for those who read through it.
type slowCounts struct{ statementCounter }

func (*slowCounts) TraceConnectStart(ctx context.Context, _ pgx.TraceConnectStartData) context.Context {
	return ctx
}

// TraceConnectEnd puts the count of the schema slow before PostgreSQL's own.
func (*slowCounts) TraceConnectEnd(ctx context.Context, d pgx.TraceConnectEndData) {
	if d.Err == nil {
		_, _ = d.Conn.Exec(ctx, `SET search_path = slow, pg_catalog, jira_sync, public`)
	}
}

func (s *site) slowCount() {
	s.t.Helper()
	s.seed.Exec(`CREATE SCHEMA slow`)
	s.seed.Exec(`CREATE FUNCTION slow.next(bigint) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN $1 + 1; END'`)
	s.seed.Exec(`CREATE AGGREGATE slow.count(*) (SFUNC = slow.next, STYPE = bigint, INITCOND = '0')`)
}

func TestPageIsWholeWhereItsCountTookTooLong(t *testing.T) {
	t.Parallel()
	s := newSite(t, withTracer(new(slowCounts)), withDeps(func(d *server.Deps) { d.Limits.Time = 4 * time.Second }))
	s.slowCount()
	populate(s)
	for how, question := range map[string]string{
		"as plain text":        `{ issues { totalCount nodes { key } } }`,
		"through the executor": `{ issues { totalCount nodes { key subtasks { key } } } }`,
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				got := s.ask(question)
				var data struct {
					Issues struct {
						TotalCount *int
						Nodes      []struct{ Key string }
					}
				}
				decode(t, string(got.Data), &data)
				require.Equal(t, "[{WEB-1} {OPS-1} {WEB-2} {WEB-7}]", fmt.Sprint(data.Issues.Nodes))
				require.Nil(t, data.Issues.TotalCount)
				require.Len(t, got.Errors, 1, got.raw)
				require.Equal(t, "TIMEOUT", got.code(t))
				require.Equal(t, []any{"issues", "totalCount"}, got.Errors[0].Path)
				require.Equal(t, "counting took longer than a part of the 4s that the server allows; the page is whole: narrow the filter, or leave out totalCount", got.Errors[0].Message)
				require.False(t, got.Extensions.Cache.Hit, "what is not whole is not kept")
			}
		})
	}
	require.JSONEq(t, `{"issues": {"nodes": [{"key": "WEB-1"}]}}`, s.data(`{ issues(first: 1) { nodes { key } } }`), "the connection serves on")
}
