package fields_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/query"
)

// mappedIndexes counts those on mapped columns.
const mappedIndexes = `SELECT count(*) FROM pg_indexes WHERE tablename = 'jira_issue_fields' AND indexname LIKE 'm%_idx'`

func TestUseAsksForAnIndex(t *testing.T) {
	s := newSite(t, 30)
	s.save(s.both("points", "Story Points", query.NumberField))
	s.pass()
	require.NoError(t, s.store.FollowMappings(t.Context(), 1<<40))
	columns, err := s.store.Columns(t.Context())
	require.NoError(t, err)
	name := "points"
	q, err := query.IssueList{
		Scope: query.Everything(), Columns: columns, OrderBy: []query.IssueOrder{{Field: &name, Direction: query.Descending}},
	}.Compile(query.DefaultLimits())
	require.NoError(t, err)
	_, err = s.store.Issues(t.Context(), q, db.IssueWants{})
	require.NoError(t, err)
	s.pass()
	require.Equal(t, 1, ask[int](s, mappedIndexes))
}

func TestIndexCanBeAskedForBeforeAnyUse(t *testing.T) {
	a := newAPI(newSite(t, 30))
	a.ask(saveText, map[string]any{"input": a.input("team", "Team", "TEXT")})
	points := a.input("points", "Story Points", "NUMBER")
	points["indexed"] = true
	a.ask(saveText, map[string]any{"input": points})
	require.Eventually(t, func() bool {
		return ask[int](a.site, `SELECT count(*) FROM jira_sync.field_mappings WHERE state = 'READY'`) == 2 && ask[int](a.site, mappedIndexes) > 0
	}, time.Minute, 10*time.Millisecond)
	require.Equal(t, 1, ask[int](a.site, mappedIndexes))
	require.Equal(t, []any{map[string]any{"name": "points", "indexed": true}, map[string]any{"name": "team", "indexed": false}},
		a.ask(`{ fieldMappings { name indexed } }`, nil)["fieldMappings"])
}
