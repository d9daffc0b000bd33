package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVariablesAreNoLooserThanTheText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	c := s.connect(t)
	for _, tt := range []struct{ query, variables, says string }{
		{`query ($v: Visibility) { issues(visibility: $v) { nodes { key } } }`, `{"v": "deleted"}`, `v must be one of LIVE, DELETED, ALL, not \"deleted\"`},
		{`query ($d: OrderDirection) { issues(orderBy: [{by: KEY, direction: $d}]) { nodes { key } } }`, `{"d": "desc"}`, `d must be one of ASC, DESC, not \"desc\"`},
		{`query ($o: [IssueOrder!]) { issues(orderBy: $o) { nodes { key } } }`, `{"o": [{"by": "KEY"}, {"by": "updated"}]}`, `o[1].by must be one of UPDATED, `},
		{`query ($o: [IssueOrder!]) { issues(orderBy: $o) { nodes { key } } }`, `{"o": {"by": "updated"}}`, `o[0].by must be one of UPDATED, `},
		{`query ($f: IssueFilter) { issues(where: $f) { nodes { key } } }`, `{"f": {"not": {"statusCategory": ["TODO", "done"]}}}`, `f.not.statusCategory[1] must be one of TODO, `},
		{`query ($c: [StatusCategory!]) { issues(where: {statusCategory: $c}) { nodes { key } } }`, `{"c": "done"}`, `c[0] must be one of TODO, `},
		{`query ($g: [IssueGroupBy!]!) { issueStats(groupBy: $g) { total } }`, `{"g": [{"dimension": "CREATED", "interval": "day"}]}`, `g[0].interval must be one of DAY, `},
		{`query ($g: [IssueGroupBy!]!) { issueStats(groupBy: $g) { total } }`, `{"g": [{"dimension": "status"}]}`, `g[0].dimension must be one of INSTANCE, `},
		{`mutation ($i: StartSyncInput!) { startSync(input: $i) { id } }`, `{"i": {"mode": "full"}}`, `i.mode must be one of `},
		{`query ($f: String) { issue(key: "WEB-1") { changelog(field: $f, last: 10) { nodes { field } } } }`, `{"f": 5}`, `f must be a String, not a number: write it in quotes`},
		{`query ($f: IssueFilter) { issues(where: $f) { nodes { key } } }`, `{"f": {"or": [{"key": {"in": 7}}]}}`, `f.or[0].key.in[0] must be a String, not a number`},
		{`query ($n: Int) { issues(first: $n) { nodes { key } } }`, `{"n": "10"}`, `n must be a number, not a String: write it without quotes`},
		{`query ($p: Float!) { issueStats(groupBy: [{dimension: STATUS}]) { groups { percentile(field: "points", p: $p) } } }`, `{"p": "0.5"}`, `p must be a number, not a String`},
		{`subscription ($f: IssueFilter) { issueChanged(where: $f) { kind } }`, `{"f": {"statusCategory": ["done"]}}`, `f.statusCategory[0] must be one of TODO, `},
		{`subscription ($i: String) { syncCompleted(instance: $i) { id } }`, `{"i": 1}`, `i must be a String, not a number`},
	} {
		body := fmt.Sprintf(`{"query": %q, "variables": %s}`, tt.query, tt.variables)
		refused := func(transport, said string) {
			t.Helper()
			require.Contains(t, said, "BAD_USER_INPUT", "%s: %s", transport, body)
			require.Contains(t, said, tt.says, "%s: %s", transport, body)
		}
		c.send(`{"id": "a", "type": "subscribe", "payload": ` + body + `}`)
		f := c.next()
		require.Equal(t, "error", f.Type, "%s", f.Payload)
		refused("websocket", string(f.Payload))
		refused("events", s.post(body, "Accept", "text/event-stream").raw)
		if !strings.HasPrefix(tt.query, "subscription") {
			refused("http", s.post(body).raw)
		}
	}
	require.NotContains(t, s.log.String(), `"level":"ERROR"`)
}

func TestVariablesThatMeanWhatTheySayAreTaken(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	variables := map[string]any{
		"v": "ALL", "c": "DONE", "o": map[string]any{"by": "KEY", "direction": "ASC"},
		"f": map[string]any{"not": nil, "key": map[string]any{"in": []any{"WEB-1", "WEB-2"}, "eq": nil}},
	}
	require.Equal(t, "WEB-2", s.keys(`query ($v: Visibility, $w: Visibility = LIVE, $c: [StatusCategory!], $o: [IssueOrder!], $f: IssueFilter!, $none: IssueFilter) {
		issues(visibility: $v, where: {statusCategory: $c, and: [$f]}, orderBy: $o) { nodes { key } }
		others: issues(visibility: $w, where: $none) { nodes { key } } }`, variables))

	var run struct{ StartSync []struct{ Mode string } }
	decode(t, s.data(`mutation ($m: SyncMode) { startSync(input: {mode: $m}) { mode } }`, map[string]any{"m": "FULL"}), &run)
	require.Equal(t, "FULL", run.StartSync[0].Mode)

	var page struct {
		Issues struct{ Nodes []struct{ Key string } }
	}
	decode(t, s.data(`query ($n: Int!) { issues(first: $n) { nodes { key } } }`, map[string]any{"n": 2}), &page)
	require.Len(t, page.Issues.Nodes, 2)

	// GraphQL takes a number for an ID.
	got := s.ask(`query ($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": json.Number("5")})
	require.Contains(t, got.raw, `\"5\" is not an id that this server gave out`)
}
