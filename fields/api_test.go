package fields_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/events"
	"jirasync/fields"
	"jirasync/follow"
	"jirasync/query"
	"jirasync/server"
)

// api is a whole server on a site's database, with its worker.
type api struct {
	*site
	web        string
	statements atomic.Int64           // that requests have sent
	held       atomic.Pointer[func()] // is called, once, before the next of them
}

// TraceQueryStart counts the statements of requests: those alone have somebody who asks.
func (a *api) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	a.hear(ctx)
	return ctx
}

// TraceBatchQuery counts those that are sent together.
func (a *api) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchQueryData) {
	a.hear(ctx)
}

// TraceBatchStart is told of each of its statements.
func (*api) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

// TraceQueryEnd and TraceBatchEnd have nothing to do.
func (*api) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (*api) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

func newAPI(s *site) *api {
	s.Helper()
	a := &api{site: s}
	log := slog.New(slog.DiscardHandler)
	store, err := db.Open(s.Context(), db.Options{URL: s.url, Mapper: fields.Map, Tracer: a})
	require.NoError(s, err)
	s.Cleanup(store.Close)
	kept, err := cache.New(cache.NewVersions(), cache.Options{})
	require.NoError(s, err)
	s.Cleanup(kept.Close)
	bus := events.New(events.Options{Before: func(e events.Event) { kept.Versions().RaiseAll(e.Versions) }})
	s.Cleanup(bus.Close)
	worker := fields.NewWorker(store, "api", func(ctx context.Context, p db.FieldMappingProgress) {
		payload, _ := json.Marshal(p)
		_ = bus.Publish(ctx, events.Event{Kind: events.KindMapping, Payload: payload})
	}, log)
	ear := follow.New(store, kept.Versions(), bus, follow.Hooks{Map: worker.Wake}, log)
	require.NoError(s, ear.Prepare(s.Context()))
	jiras := map[int]fields.Describer{1: s.instances[0].Client, 2: s.instances[1].Client}
	d := server.Deps{
		Registry: prometheus.NewRegistry(), Store: store, Cache: kept, Events: bus, Log: log, Addr: "127.0.0.1:0", Limits: server.DefaultLimits(),
		Fields: fields.NewAdvisor(store, jiras),
	}
	d.Limits.RequestsPerMinute = 0
	web, err := server.New(d)
	require.NoError(s, err)
	listening := httptest.NewServer(web.Handler())
	s.Cleanup(listening.Close)
	a.web = listening.URL + "/graphql"
	ctx, cancel := context.WithCancel(s.Context())
	var group errgroup.Group
	group.Go(func() error { return worker.Run(ctx) })
	group.Go(func() error { return ear.Run(ctx) })
	s.Cleanup(func() { cancel(); require.NoError(s, group.Wait()) })
	return a
}

// reply is what a request brings.
type reply struct {
	Data   map[string]any `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
}

func (a *api) post(text string, variables map[string]any) reply {
	a.Helper()
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	require.NoError(a, err)
	request, err := http.NewRequestWithContext(a.Context(), http.MethodPost, a.web, bytes.NewReader(body))
	require.NoError(a, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(a, err)
	defer response.Body.Close()
	var r reply
	require.NoError(a, json.NewDecoder(response.Body).Decode(&r))
	return r
}

func (a *api) ask(text string, variables map[string]any) map[string]any {
	a.Helper()
	r := a.post(text, variables)
	require.Empty(a, r.Errors, text)
	return r.Data
}

// input is a mapping of a field of both Jiras, as the API takes it.
func (a *api) input(name, field, kind string) map[string]any {
	a.Helper()
	return map[string]any{"name": name, "type": kind, "sources": []any{
		map[string]any{"instance": "north", "fieldId": a.field(1, field).FieldID},
		map[string]any{"instance": "south", "fieldId": a.field(2, field).FieldID},
	}}
}

const saveText = `mutation ($input: FieldMappingInput!) { saveFieldMapping(input: $input) { id version state } }`

func (a *api) savedReady(input map[string]any) map[string]any {
	a.Helper()
	saved := a.ask(saveText, map[string]any{"input": input})["saveFieldMapping"].(map[string]any)
	a.untilReady()
	return saved
}

// untilReady waits until no mapping is under way and this server speaks of all of them.
func (a *api) untilReady() {
	a.Helper()
	require.Eventually(a, func() bool {
		for _, m := range a.ask(`{ fieldMappings { name state } }`, nil)["fieldMappings"].([]any) {
			mapping := m.(map[string]any)
			if mapping["state"] == "PENDING" || mapping["state"] == "BACKFILLING" {
				return false
			}
			text := fmt.Sprintf(`{ issues(first: 1, where: {fields: [{name: %q, isNull: false}]}) { nodes { key } } }`, mapping["name"])
			if mapping["state"] == "READY" && len(a.post(text, nil).Errors) > 0 {
				return false
			}
		}
		return true
	}, time.Minute, 20*time.Millisecond)
}

func TestMappedFieldsAreReadFilteredSortedAndGrouped(t *testing.T) {
	a := newAPI(newSite(t, 80))
	a.savedReady(a.input("story_points", "Story Points", "NUMBER"))
	a.savedReady(a.input("team", "Team", "TEXT"))
	a.savedReady(a.input("sprint", "Sprint", "TEXT_LIST"))
	a.savedReady(a.input("target_date", "Target Date", "DATE"))
	points := a.column("story_points")

	got := a.ask(`{ issues(first: 500, where: {fields: [{name: "story_points", gte: 5}]}, orderBy: [{field: "story_points", direction: DESC}]) {
		totalCount nodes { key field(name: "story_points") fields { name type value } } } }`, nil)["issues"].(map[string]any)
	high := ask[int](a.site, `SELECT count(*) FROM jira_sync.jira_issues_v2 WHERE story_points >= 5`)
	require.EqualValues(t, high, got["totalCount"])
	before := 1e9
	for _, node := range got["nodes"].([]any) {
		value := node.(map[string]any)["field"].(float64)
		require.LessOrEqual(t, value, before)
		before = value
		require.Len(t, node.(map[string]any)["fields"], 4)
	}

	// Every page of an order with nulls, forwards: each issue once, in the order of one statement.
	var keys []string
	after := ""
	for {
		page := a.ask(`query ($after: String) { issues(first: 37, after: $after, orderBy: [{field: "story_points", direction: ASC}]) {
			nodes { key instance { name } } pageInfo { hasNextPage endCursor } } }`, map[string]any{"after": nilIfEmpty(after)})["issues"].(map[string]any)
		for _, node := range page["nodes"].([]any) {
			keys = append(keys, node.(map[string]any)["key"].(string))
		}
		info := page["pageInfo"].(map[string]any)
		if !info["hasNextPage"].(bool) {
			break
		}
		after = info["endCursor"].(string)
	}
	require.Equal(t, ask[[]string](a.site, `
SELECT array_agg(issue_key ORDER BY v.story_points NULLS LAST, i.project_key, i.key_number, i.issue_id)
FROM jira_sync.jira_issues_v2 v JOIN jira_sync.jira_issues i USING (issue_id, issue_key) WHERE i.deleted_at IS NULL`), keys)
	require.NotEmpty(t, points)

	// Groups by value, by member of a list, and by week.
	for text, sql := range map[string]string{
		`{ issueStats(groupBy: [{field: "team"}], limit: 1000) { total groups { keys count } } }`:            `SELECT count(DISTINCT team) + (count(*) FILTER (WHERE team IS NULL) > 0)::int FROM jira_sync.jira_issues_v2`,
		`{ issueStats(groupBy: [{field: "sprint"}], limit: 1000) { total groups { keys count } } }`:          `SELECT (SELECT count(DISTINCT m) FROM jira_sync.jira_issues_v2, unnest(sprint) m) + 1`,
		`{ issueStats(groupBy: [{field: "target_date", interval: YEAR}], limit: 1000) { groups { keys } } }`: `SELECT count(DISTINCT date_trunc('year', target_date)) + 1 FROM jira_sync.jira_issues_v2`,
		`{ issueStats(groupBy: [{field: "story_points"}], limit: 1000) { groups { keys } } }`:                `SELECT count(DISTINCT story_points) + 1 FROM jira_sync.jira_issues_v2`,
	} {
		groups := a.ask(text, nil)["issueStats"].(map[string]any)["groups"].([]any)
		require.Len(t, groups, ask[int](a.site, sql), text)
	}
	figures := a.ask(`{ issueStats(groupBy: []) { groups { sum(field: "story_points") avg(field: "story_points") percentile(field: "story_points", p: 50) max(field: "target_date") min(field: "team") } } }`, nil)
	want := ask[map[string]any](a.site, `SELECT json_build_object('sum', trim_scale(sum(story_points)), 'avg', trim_scale(avg(story_points)),
		'percentile', percentile_cont(0.5) WITHIN GROUP (ORDER BY story_points::float8), 'max', max(target_date), 'min', min(team)) FROM jira_sync.jira_issues_v2`)
	require.Equal(t, want, figures["issueStats"].(map[string]any)["groups"].([]any)[0])
	stats := a.ask(`{ issueStats(groupBy: [{field: "story_points"}], where: {fields: [{name: "story_points", eq: 13}]}) { groups { keys count } } }`, nil)
	require.Equal(t, []any{13.0}, stats["issueStats"].(map[string]any)["groups"].([]any)[0].(map[string]any)["keys"])

	for filter, cond := range map[string]string{
		`{name: "team", eq: "Aurora"}`:                               `team = 'Aurora'`,
		`{name: "team", ne: "Aurora"}`:                               `team IS DISTINCT FROM 'Aurora'`,
		`{name: "team", in: ["Aurora", "Helios"]}`:                   `team IN ('Aurora', 'Helios')`,
		`{name: "team", contains: "équipe"}`:                         `team ILIKE '%équipe%'`,
		`{name: "team", isNull: true}`:                               `team IS NULL`,
		`{name: "target_date", gt: "2026-01-01", lte: "2026-12-31"}`: `target_date > '2026-01-01' AND target_date <= '2026-12-31'`,
		`{name: "story_points", lt: 0.75}`:                           `story_points < 0.75`,
		`{name: "sprint", isNull: false}`:                            `sprint IS NOT NULL`,
	} {
		got := a.ask(`{ issues(first: 1, where: {fields: [`+filter+`]}) { totalCount } }`, nil)["issues"].(map[string]any)
		require.EqualValues(t, ask[int](a.site, `SELECT count(*) FROM jira_sync.jira_issues_v2 WHERE deleted_at IS NULL AND `+cond), got["totalCount"], filter)
	}
}

func nilIfEmpty(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func TestPageOfMappedFieldsCostsOneStatement(t *testing.T) {
	a := newAPI(newSite(t, 260))
	var inputs []any
	names := []string{"Story Points", "Team", "Severity", "Target Date", "Region", "Reviewer", "Topics", "Root Cause", "Business Value", "Work category"}
	types := []string{"NUMBER", "TEXT", "TEXT", "DATE", "TEXT", "TEXT", "TEXT_LIST", "TEXT", "NUMBER", "TEXT"}
	var asked []string
	for n, name := range names {
		inputs = append(inputs, a.input(fmt.Sprintf("f%d", n), name, types[n]))
		asked = append(asked, fmt.Sprintf("f%d: field(name: \"f%d\")", n, n))
	}
	for _, r := range a.ask(`mutation ($inputs: [FieldMappingInput!]!) { saveFieldMappings(inputs: $inputs) { name message } }`,
		map[string]any{"inputs": inputs})["saveFieldMappings"].([]any) {
		require.Nil(t, r.(map[string]any)["message"])
	}
	a.untilReady()
	text := `{ issues(first: 500, orderBy: [{by: KEY, direction: ASC}]) { nodes { key ` + strings.Join(asked, " ") + ` } } }`
	before := a.statements.Load()
	require.Positive(t, before)
	got := a.ask(text, nil)["issues"].(map[string]any)["nodes"].([]any)
	require.Len(t, got, 500)
	require.EqualValues(t, 1, a.statements.Load()-before)
}

func TestAnswersFollowTheMapping(t *testing.T) {
	a := newAPI(newSite(t, 30))
	saved := a.savedReady(a.input("points", "Story Points", "NUMBER"))
	question := `{ issues(first: 1, where: {fields: [{name: "points", isNull: false}]}) { nodes { field(name: "points") } } }`
	value := func() any {
		nodes := a.ask(question, nil)["issues"].(map[string]any)["nodes"].([]any)
		return nodes[0].(map[string]any)["field"]
	}
	require.IsType(t, 1.0, value())
	change := a.input("story_points", "Story Points", "TEXT")
	change["id"], change["version"] = saved["id"], saved["version"]
	a.savedReady(change)
	require.Eventually(t, func() bool { _, isText := value().(string); return isText }, time.Minute, 10*time.Millisecond,
		"the former name leads to the new column, and nothing kept from before is served")

	// Two who began from the same version.
	r := a.post(saveText, map[string]any{"input": change})
	require.Equal(t, "CONFLICT", r.Errors[0].Extensions["code"])
	require.Contains(t, r.Errors[0].Extensions, "current")
	require.Contains(t, r.Errors[0].Extensions, "submitted")
}

func TestPreviewAndSuggestionsChangeNothing(t *testing.T) {
	a := newAPI(newSite(t, 60))
	before := ask[int](a.site, `SELECT count(*) FROM jira_sync.field_mapping_backups`)
	preview := a.ask(`query ($input: FieldMappingInput!) { previewFieldMapping(input: $input) {
		filled empty failed examined total column type samples { issueKey raw value problem } failures { value count } estimatedSeconds } }`,
		map[string]any{"input": a.input("team", "Team", "NUMBER")})["previewFieldMapping"].(map[string]any)
	said := len(a.truth(a.both("team", "Team", query.TextField), func(json.RawMessage) string { return "" }))
	require.EqualValues(t, said, preview["failed"])
	require.EqualValues(t, 0, preview["filled"])
	require.EqualValues(t, 120-said, preview["empty"])
	require.NotEmpty(t, preview["failures"])
	suggestions := a.ask(`{ fieldMappingSuggestions(first: 500) { name type score reason sources { fieldId instance { name } } } }`, nil)["fieldMappingSuggestions"].([]any)
	found := map[string]map[string]any{}
	for _, each := range suggestions {
		s := each.(map[string]any)
		found[s["name"].(string)] = s
	}
	for name, kind := range map[string]string{"story_points": "NUMBER", "team": "TEXT", "target_date": "DATE", "region": "TEXT", "sprint": "TEXT_LIST", "severity": "TEXT"} {
		require.Contains(t, found, name)
		require.Equal(t, kind, found[name]["type"], name)
		require.Contains(t, found[name]["reason"], "the name is the same")
	}
	require.Equal(t, before, ask[int](a.site, `SELECT count(*) FROM jira_sync.field_mapping_backups`))
	require.Empty(t, a.ask(`{ fieldMappings { name } }`, nil)["fieldMappings"])
}

func TestHundredMappingsAtOnceEachGetTheirAnswer(t *testing.T) {
	a := newAPI(newSite(t, 30))
	named := ask[[]string](a.site, `
SELECT (array_agg(field_id ORDER BY field_id))[1:100] FROM jira_sync.jira_field_cache WHERE instance_id = 1 AND custom`)
	require.Len(t, named, 100)
	var inputs []any
	for n, id := range named {
		inputs = append(inputs, map[string]any{
			"name": fmt.Sprintf("wide_%d", n), "type": "TEXT", "sources": []any{map[string]any{"instance": "north", "fieldId": id}},
		})
	}
	bad := map[int]string{7: "SELECT", 31: strings.Repeat("x", 200), 55: "größe", 56: "wide_0", 80: `a"; DROP TABLE x; --`}
	for n, name := range bad {
		inputs[n].(map[string]any)["name"] = name
	}
	inputs[90].(map[string]any)["sources"].([]any)[0].(map[string]any)["instance"] = "nowhere"
	text := `mutation ($inputs: [FieldMappingInput!]!) { saveFieldMappings(inputs: $inputs) { name code message mapping { state } } }`
	results := a.ask(text, map[string]any{"inputs": inputs})["saveFieldMappings"].([]any)
	require.Len(t, results, 100)
	for n, each := range results {
		result := each.(map[string]any)
		if _, isBad := bad[n]; isBad || n == 90 {
			require.Equal(t, "BAD_USER_INPUT", result["code"], n)
			require.NotEmpty(t, result["message"])
			require.Nil(t, result["mapping"])
			continue
		}
		require.Nil(t, result["message"], n)
	}
	require.Contains(t, results[90].(map[string]any)["message"], "nowhere")
	require.Contains(t, results[56].(map[string]any)["message"], "another mapping")
	a.untilReady()
	require.Equal(t, 94, ask[int](a.site, "SELECT count(*) FROM jira_sync.field_mappings WHERE state = 'READY'"))
	require.Equal(t, 94, ask[int](a.site, `
SELECT count(*) FROM pg_attribute WHERE attrelid = 'jira_sync.jira_issues_v2'::regclass AND attname LIKE 'wide%'`))
	got := a.ask(`{ issues(first: 5) { nodes { fields { name } } } }`, nil)["issues"].(map[string]any)["nodes"].([]any)
	require.Len(t, got[0].(map[string]any)["fields"], 94)

	r := a.post(text, map[string]any{"inputs": slices.Repeat(inputs[:1], 201)})
	require.Contains(t, r.Errors[0].Message, "at most 200")
}

// While one column takes the place of another, each answer is of one of them alone.
func TestNoAnswerMixesAnOldAndANewMapping(t *testing.T) {
	a := newAPI(newSite(t, 120))
	saved := a.savedReady(a.input("points", "Story Points", "NUMBER"))
	var reading errgroup.Group
	stop := make(chan struct{})
	types := map[string]bool{}
	reading.Go(func() error {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return nil
			default:
			}
			// Another text each time, so that some answers are kept and some are not.
			text := fmt.Sprintf(`{ issues(first: %d, where: {fields: [{name: "points", isNull: false}]}) { nodes { field(name: "points") fields(names: ["points"]) { type value } } } }`, 20+n%3)
			r := a.post(text, nil)
			if len(r.Errors) > 0 {
				return errors.New(r.Errors[0].Message)
			}
			kinds := map[string]bool{}
			for _, node := range r.Data["issues"].(map[string]any)["nodes"].([]any) {
				one := node.(map[string]any)["fields"].([]any)[0].(map[string]any)
				kinds[fmt.Sprintf("%T %T %v", node.(map[string]any)["field"], one["value"], one["type"])] = true
			}
			for kind := range kinds {
				if kind != "float64 float64 NUMBER" && kind != "string string TEXT" || len(kinds) > 1 {
					return fmt.Errorf("an answer mixes %v", kinds)
				}
				types[kind] = true
			}
		}
	})
	for _, kind := range []string{"TEXT", "NUMBER", "TEXT"} {
		change := a.input("points", "Story Points", kind)
		change["id"], change["version"] = saved["id"], saved["version"]
		saved = a.savedReady(change)
	}
	close(stop)
	require.NoError(t, reading.Wait())
	require.Len(t, types, 2, "both were read")
}

func TestBadInputGetsItsOwnAnswer(t *testing.T) {
	a := newAPI(newSite(t, 30))
	good := func() map[string]any { return a.input("severity", "Severity", "TEXT") }
	for reason, change := range map[string]func(map[string]any){
		"there is no instance":     func(in map[string]any) { in["sources"].([]any)[0].(map[string]any)["instance"] = "west" },
		"has no field":             func(in map[string]any) { in["sources"].([]any)[0].(map[string]any)["fieldId"] = "customfield_1" },
		"no value of":              func(in map[string]any) { in["type"] = "NUMBER" },
		"has no source":            func(in map[string]any) { in["sources"] = []any{} },
		"reserved word":            func(in map[string]any) { in["name"] = "select" },
		"small letters":            func(in map[string]any) { in["name"] = `x"; DROP TABLE` },
		"version is needed":        func(in map[string]any) { in["id"] = db.GlobalID{Kind: db.KindMapping, Key: "1"}.String() },
		"is not an id that":        func(in map[string]any) { in["id"], in["version"] = "zzz", 1 },
		"twice":                    func(in map[string]any) { in["sources"] = append(in["sources"].([]any), in["sources"].([]any)[0]) },
		"more than 200 characters": func(in map[string]any) { in["label"] = strings.Repeat("l", 201) },
		"was purged meanwhile": func(in map[string]any) {
			in["id"], in["version"] = db.GlobalID{Kind: db.KindMapping, Key: "99"}.String(), 1
		},
		"cannot hold the values of ": func(in map[string]any) {
			in["type"], in["sources"].([]any)[0].(map[string]any)["fieldId"] = "DATE", a.field(1, "Reviewer").FieldID
		},
	} {
		input := good()
		change(input)
		r := a.post(saveText, map[string]any{"input": input})
		require.Len(t, r.Errors, 1, reason)
		require.Contains(t, r.Errors[0].Message, reason)
		require.Contains(t, []any{"BAD_USER_INPUT", "CONFLICT"}, r.Errors[0].Extensions["code"], reason)
	}
	for filter, reason := range map[string]string{
		`{name: "nothing", eq: 1}`: "there is no mapped field",
	} {
		r := a.post(`{ issues(where: {fields: [`+filter+`]}) { nodes { key } } }`, nil)
		require.Contains(t, r.Errors[0].Message, reason)
	}
}

func TestFieldsAreDiscoveredOnDemandWithTheirHistory(t *testing.T) {
	a := newAPI(newSite(t, 20))
	_, err := a.conn.Exec(t.Context(), `
UPDATE jira_sync.jira_field_cache SET name = 'Old name' WHERE instance_id = 1 AND name = 'Story Points'`)
	require.NoError(t, err)
	_, err = a.conn.Exec(t.Context(), `
INSERT INTO jira_sync.jira_field_cache (instance_id, field_id, name, custom) VALUES (1, 'customfield_1', 'Gone', true)`)
	require.NoError(t, err)
	found := a.ask(`mutation { discoverFields(instance: "north") { total added changed missing instance { name } } }`, nil)["discoverFields"].([]any)[0].(map[string]any)
	require.EqualValues(t, 271, found["total"])
	require.EqualValues(t, 1, found["changed"])
	require.EqualValues(t, 1, found["missing"])
	list := a.ask(`{ jiraFields(instance: "north", search: "Story Points") { totalCount nodes { name usage sample changes { kind before after } } } }`, nil)["jiraFields"].(map[string]any)
	require.EqualValues(t, 1, list["totalCount"])
	field := list["nodes"].([]any)[0].(map[string]any)
	require.Equal(t, []any{"RENAMED", "ADDED"}, []any{
		field["changes"].([]any)[0].(map[string]any)["kind"], field["changes"].([]any)[1].(map[string]any)["kind"],
	})
	require.NotNil(t, field["usage"])
	all := a.ask(`{ jiraFields(first: 1) { totalCount } }`, nil)["jiraFields"].(map[string]any)
	require.EqualValues(t, 537, all["totalCount"])
	twice := a.ask(`{ jiraFields(instance: "north", search: "Customer", first: 100) { nodes { name namesakes } } }`, nil)["jiraFields"].(map[string]any)["nodes"].([]any)
	require.EqualValues(t, 1, twice[0].(map[string]any)["namesakes"])
}

func TestFillIsToldToSubscribers(t *testing.T) {
	a := newAPI(newSite(t, 60))
	body := strings.NewReader(`{"query": "subscription { fieldMappingProgress { state done total mapping { name } } }"}`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.web, body)
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	a.ask(saveText, map[string]any{"input": a.input("severity", "Severity", "TEXT")})
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if text := lines.Text(); strings.Contains(text, `"state":"READY"`) {
			require.Contains(t, text, `"done":120`)
			require.Contains(t, text, `"name":"severity"`)
			a.ask(`{ issues(first: 1, where: {fields: [{name: "severity", isNull: false}]}) { nodes { field(name: "severity") } } }`, nil)
			return
		}
	}
	require.Fail(t, "the stream ended before the mapping was READY", "%v", lines.Err())
}

func (a *api) metrics() string {
	a.Helper()
	response, err := http.Get(strings.TrimSuffix(a.web, "/graphql") + "/metrics")
	require.NoError(a, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(a, err)
	return string(text)
}

func TestCompletenessIsAMetric(t *testing.T) {
	a := newAPI(newSite(t, 40))
	a.savedReady(a.input("severity", "Severity", "TEXT"))
	require.Contains(t, a.metrics(), `jirasync_mapping_completeness{mapping="severity"} 1`)
	mapping := a.ask(`{ fieldMappings { completeness filled conversionErrors usedBy aliases sources { instance { name } field { name } } } }`, nil)["fieldMappings"].([]any)[0].(map[string]any)
	require.EqualValues(t, 1, mapping["completeness"])
	require.EqualValues(t, 0, mapping["conversionErrors"])
	require.Len(t, mapping["sources"], 2)
}

func TestWhoWatchesIssuesSeesFieldsThatAreMappedLater(t *testing.T) {
	a := newAPI(newSite(t, 60))
	body := strings.NewReader(`{"query": "subscription { issueChanged { issue { key fields { name value } } } }"}`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.web, body)
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Eventually(t, func() bool { return strings.Contains(a.metrics(), "jirasync_graphql_subscribers 1") }, time.Minute, 20*time.Millisecond)
	a.savedReady(a.input("severity", "Severity", "TEXT"))
	a.sims[0].Touch(30)
	a.sync(db.Incremental)
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		text := lines.Text()
		if !strings.Contains(text, `"name":"severity"`) {
			continue
		}
		var change struct {
			Data struct {
				IssueChanged struct{ Issue struct{ Key string } }
			}
		}
		require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(text, "data: ")), &change))
		stored := ask[*string](a.site, `SELECT to_json(severity)::text FROM jira_sync.jira_issues_v2 WHERE instance_id = 1 AND issue_key = $1`, change.Data.IssueChanged.Issue.Key)
		if stored == nil {
			continue // Jira says nothing of it
		}
		require.Contains(t, text, `{"name":"severity","value":`+*stored+`}`)
		return
	}
	require.Fail(t, "the stream ended before a change of an issue with a severity", "%v", lines.Err())
}
