package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/cache/redistest"
	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/db/dbtest/seed"
	"jirasync/events"
	"jirasync/graph"
	"jirasync/server"
)

// progress tells of a running run, as the sync does.
func (s *site) progress(run int64, done int) {
	s.t.Helper()
	payload, err := json.Marshal(db.Progress{RunID: run, InstanceID: 1, Phase: db.PhaseFetching, ProjectID: 10, Done: done, Message: "page"})
	require.NoError(s.t, err)
	require.NoError(s.t, s.bus.Publish(s.t.Context(), events.Event{Kind: events.KindProgress, Instance: 1, RunID: run, Payload: payload}))
}

// finish ends a run that changed an issue: row, versions and state, then the news that carries them.
func (s *site) finish(run int64, issue seed.Issue, summary string) {
	s.t.Helper()
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET summary = $2 WHERE issue_id = $1`, issue.ID(), summary)
	s.seed.Raise(issue.Instance, issue.Project)
	s.seed.Exec(`UPDATE jira_sync.sync_history SET state = 'SUCCEEDED', phase = 'FINISHED', finished_at = now() WHERE sync_id = $1`, run)
	require.NoError(s.t, s.bus.Publish(s.t.Context(), events.Event{
		Kind: events.KindCompleted, Instance: issue.Instance, RunID: run,
		Versions: map[string]int64{db.ProjectTag(issue.Instance, issue.Project): s.seed.Version(issue.Instance, issue.Project)},
	}))
}

const watchAll = `subscription { syncProgress { phase done message run { state instance { name } } project { key } } }`

func TestProgressBeginsWithThePresentState(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	run := s.seed.Run(1, "FULL", "RUNNING", "admin", time.Now())
	c := s.connect(t)
	c.subscribe("a", watchAll)
	require.JSONEq(t, `{"syncProgress": {"phase": "FETCHING", "done": 0, "message": null, "run": {"state": "RUNNING", "instance": {"name": "alpha"}}, "project": null}}`, c.data("a"))
	s.progress(run, 50)
	require.JSONEq(t, `{"syncProgress": {"phase": "FETCHING", "done": 50, "message": "page", "run": {"state": "RUNNING", "instance": {"name": "alpha"}}, "project": {"key": "WEB"}}}`, c.data("a"))
	s.finish(run, w.web1, "changed")
	require.JSONEq(t, `{"syncProgress": {"phase": "FINISHED", "done": 0, "message": null, "run": {"state": "SUCCEEDED", "instance": {"name": "alpha"}}, "project": null}}`, c.data("a"))
}

// The news that it was done went to nobody, and it can be read by the time that its watcher is told.
func TestFillThatEndsInAGapIsToldAfterIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.mapped()
	s.seed.Exec(`UPDATE jira_sync.field_mapping_columns SET state = 'FILLING' WHERE column_id = 'm2_2'`)
	s.seed.Exec(`UPDATE jira_sync.field_mappings SET state = 'BACKFILLING', read_column = NULL WHERE name = 'team'`)
	c := s.connect(t)
	c.subscribe("all", `subscription { fieldMappingProgress { state mapping { name } } }`)
	require.JSONEq(t, `{"fieldMappingProgress": {"state": "BACKFILLING", "mapping": {"name": "team"}}}`, c.data("all"))
	s.seed.Exec(`UPDATE jira_sync.field_mapping_columns SET state = 'READY' WHERE column_id = 'm2_2'`)
	s.seed.Exec(`UPDATE jira_sync.field_mappings SET state = 'READY', read_column = 'm2_2' WHERE name = 'team'`)
	s.seed.Exec(`UPDATE jira_sync.field_mapping_state SET version = version + 1`)
	require.NoError(t, s.bus.Tell(events.Event{Kind: events.KindResumed}))
	require.JSONEq(t, `{"fieldMappingProgress": {"state": "READY", "mapping": {"name": "story_points"}}}`, c.data("all"))
	require.JSONEq(t, `{"fieldMappingProgress": {"state": "READY", "mapping": {"name": "team"}}}`, c.data("all"))
	require.JSONEq(t, `{"issue": {"field": null}}`, s.data(`{ issue(key: "WEB-1") { field(name: "team") } }`))
	require.JSONEq(t, `{"issues": {"nodes": []}}`, s.data(`{ issues(where: {fields: [{name: "team", isNull: false}]}) { nodes { key } } }`))
}

func TestProgressOfOneRunEndsWithIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	run := s.seed.Run(1, "FULL", "RUNNING", "admin", time.Now())
	other := s.seed.Run(2, "FULL", "RUNNING", "admin", time.Now())
	id := runID(run)
	c := s.connect(t)
	c.subscribe("a", fmt.Sprintf(`subscription { syncProgress(runId: %q) { done phase } }`, id))
	require.JSONEq(t, `{"syncProgress": {"done": 0, "phase": "FETCHING"}}`, c.data("a"))
	s.progress(other, 7)
	s.progress(run, 5)
	require.JSONEq(t, `{"syncProgress": {"done": 5, "phase": "FETCHING"}}`, c.data("a"))
	s.finish(run, w.web1, "changed")
	require.JSONEq(t, `{"syncProgress": {"done": 0, "phase": "FINISHED"}}`, c.data("a"))
	require.Equal(t, "complete", c.next().Type)

	c.subscribe("b", fmt.Sprintf(`subscription { syncProgress(runId: %q) { phase } }`, id))
	require.JSONEq(t, `{"syncProgress": {"phase": "FINISHED"}}`, c.data("b"))
	require.Equal(t, "complete", c.next().Type)
}

// Those who watched every run heard nothing of its end, and went on with the error for their last word.
func TestWhoWatchesIsToldThatTheEndOfARunCannotBeRead(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	way, through := chaostest.BeforePostgres(t, database)
	s := newSiteOn(t, through)
	populate(s)
	run := s.seed.Run(1, "FULL", "RUNNING", "admin", time.Now())
	c := s.connect(t)
	c.subscribe("a", watchAll)
	c.data("a")
	way.Down()
	require.NoError(t, s.bus.Publish(t.Context(), events.Event{Kind: events.KindCompleted, Instance: 1, RunID: run}))
	f := c.next()
	require.Equal(t, "error", f.Type, "%s", f.Payload)
	require.Contains(t, string(f.Payload), "UNAVAILABLE")
}

func TestWhatACompletedRunChangedCanBeReadWhenItIsAnnounced(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	run := s.seed.Run(1, "INCREMENTAL", "RUNNING", "schedule", time.Now())
	_, _ = s.one("WEB-1")
	c := s.connect(t)
	c.subscribe("a", `subscription { syncCompleted(instance: "alpha") { state triggeredBy } }`)
	require.Eventually(t, func() bool { return s.counter("jirasync_graphql_subscribers") == 1 }, patience, tick)
	s.finish(run, w.web1, "fresh")
	require.JSONEq(t, `{"syncCompleted": {"state": "SUCCEEDED", "triggeredBy": "schedule"}}`, c.data("a"))
	summary, hit := s.one("WEB-1")
	require.Equal(t, "fresh", summary)
	require.False(t, hit)
}

func TestWhoWatchedARunHearsThatItEnded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	run := s.seed.Run(1, "INCREMENTAL", "RUNNING", "schedule", time.Now())
	c := s.connect(t)
	c.subscribe("a", watchAll)
	c.data("a")
	other := s.connect(t)
	other.subscribe("b", `subscription { syncCompleted { state finishedAt } }`)
	require.Eventually(t, func() bool { return s.counter("jirasync_graphql_subscribers") == 2 }, patience, tick)
	for done := range 3 {
		s.progress(run, done) // its run is read while it is under way
		c.data("a")
	}
	s.finish(run, w.web1, "fresh")
	ended := other.data("b")
	require.Contains(t, ended, `"SUCCEEDED"`)
	require.NotContains(t, ended, "null")
}

func TestIdOfAnOperationThatItsClientEndedIsFree(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.seed.Run(1, "FULL", "RUNNING", "admin", time.Now())
	release := s.seed.Hold(`LOCK TABLE jira_sync.jira_issues IN ACCESS EXCLUSIVE MODE`)
	c := s.connect(t)
	c.subscribe("a", `{ issues { nodes { key } } }`)
	require.Eventually(t, func() bool { return s.seed.Active("jira_issues") > 0 }, patience, tick)
	c.send(`{"id": "a", "type": "complete"}`)
	c.subscribe("a", watchAll)
	require.Contains(t, c.data("a"), "syncProgress")
	release()
	require.Eventually(t, func() bool { return s.seed.Active("jira_issues") == 0 }, patience, tick)
	c.subscribe("b", `{ __typename }`)
	require.JSONEq(t, `{"__typename": "Query"}`, c.data("b"), "nothing of the first came under the id of the second")
}

func TestEqualSubscriptionsAreExecutedOnce(t *testing.T) {
	t.Parallel()
	counted := new(statementCounter)
	s := newSite(t, withTracer(counted))
	populate(s)
	run := s.seed.Run(1, "FULL", "RUNNING", "admin", time.Now())
	clients := make([]wire, 30)
	for i := range clients {
		clients[i] = s.connect(t)
		clients[i].subscribe(fmt.Sprint("id", i), watchAll)
		clients[i].data(fmt.Sprint("id", i))
	}
	counted.reset()
	s.progress(run, 9)
	for i := range clients {
		require.Contains(t, clients[i].data(fmt.Sprint("id", i)), `"done":9`)
	}
	require.LessOrEqual(t, counted.count(), 3, "%v", counted.texts()) // run, instance, project: once for all
}

func TestQueriesAndMutationsMayComeOverAWebsocketToo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	c := s.connect(t)
	c.subscribe("q", `{ issue(key: "WEB-1") { key } }`)
	require.JSONEq(t, `{"issue": {"key": "WEB-1"}}`, c.data("q"))
	require.Equal(t, frame{ID: "q", Type: "complete"}, c.next())
	c.subscribe("m", `mutation { startSync(input: {instances: ["alpha"]}) { state } }`)
	require.JSONEq(t, `{"startSync": [{"state": "QUEUED"}]}`, c.data("m"))
	require.Equal(t, "complete", c.next().Type)
	c.subscribe("bad", `{ nope }`)
	f := c.next()
	require.Equal(t, "error", f.Type)
	require.Contains(t, string(f.Payload), "BAD_USER_INPUT")
	c.subscribe("none", `subscription { syncProgress(runId: "U3luY1J1bjowOjk5OQ") { done } }`)
	f = c.next()
	require.Equal(t, "error", f.Type)
	require.Contains(t, string(f.Payload), "NOT_FOUND")
	c.subscribe("unknown", `subscription { syncCompleted(instance: "gamma") { id } }`)
	require.Contains(t, string(c.next().Payload), "known are alpha, beta")
	c.send(`{"type": "ping", "payload": {"a": 1}}`)
	require.Equal(t, "pong", c.next().Type)
}

// An answer that was asked for waits for room: its client is not slow.
func TestLongAnswersOverAWebsocketAreWhole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	long := strings.Repeat("long ", 300_000)
	s.seed.Issues(seed.Issue{Instance: 1, Project: 10, JiraID: 8000, Key: "WEB-8000", Description: long})
	s.server.Crowd()
	c := s.connect(t)
	c.conn.SetReadLimit(-1)
	const asked = 20
	for n := range asked {
		c.subscribe(fmt.Sprint(n), `{ issue(key: "WEB-8000") { description } }`)
	}
	require.Eventually(t, func() bool { return s.server.Held() > 0 }, patience, tick)
	for ended := 0; ended < asked; {
		f := c.next()
		switch f.Type {
		case "next":
			require.Greater(t, len(f.Payload), len(long))
		case "complete":
			ended++
		default:
			t.Fatalf("%s: %s", f.Type, f.Payload)
		}
	}
	require.Eventually(t, func() bool { return s.server.Held() == 0 }, patience, tick)
}

func TestClientsThatBreakTheProtocolAreToldSo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, tt := range map[string]struct {
		messages []string
		code     websocket.StatusCode
	}{
		"no JSON":         {[]string{`nonsense`}, 4400},
		"unknown message": {[]string{`{"type": "hello"}`}, 4400},
		"before init":     {[]string{`{"id": "a", "type": "subscribe", "payload": {"query": "{__typename}"}}`}, 4401},
		"two inits":       {[]string{`{"type": "connection_init"}`, `{"type": "connection_init"}`}, 4429},
		"an id twice": {[]string{
			`{"type": "connection_init"}`, `{"id": "a", "type": "subscribe", "payload": {"query": "subscription { syncCompleted { id } }"}}`,
			`{"id": "a", "type": "subscribe", "payload": {"query": "subscription { syncCompleted { id } }"}}`,
		}, 4409},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := s.dial(t, nil)
			require.NoError(t, err)
			w := wire{t, conn}
			for _, m := range tt.messages {
				w.send(m)
			}
			require.Equal(t, tt.code, w.closed().Code)
		})
	}
	conn, err := s.dial(t, nil, "graphql-ws")
	require.NoError(t, err)
	require.Equal(t, websocket.StatusCode(4406), wire{t, conn}.closed().Code)
}

func TestCloseSaysWhichIdIsTakenHoweverLongItIs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for id, said := range map[string]string{
		"a":                            "Subscriber for a already exists",
		strings.Repeat("a", 90):        "Subscriber for " + strings.Repeat("a", 90) + " already exists",
		strings.Repeat("a", 91):        "Subscriber for " + strings.Repeat("a", 90) + "… already exists",
		strings.Repeat("я", 200):       "Subscriber for " + strings.Repeat("я", 45) + "… already exists",
		"a" + strings.Repeat("я", 200): "Subscriber for a" + strings.Repeat("я", 44) + "… already exists",
	} {
		c := s.connect(t)
		for range 2 {
			c.subscribe(id, `subscription { syncCompleted { id } }`)
		}
		closed := c.closed()
		require.Equal(t, websocket.StatusCode(4409), closed.Code)
		require.Equal(t, said, closed.Reason)
	}
}

func TestWebsocketsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.PublicURL = "https://jira.example.org" }))
	for origin, allowed := range map[string]bool{
		"https://evil.example": false, "null": false, "https://jira.example.org": true, "http://jira.example.org": false, s.url: true, "": true,
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		_, err := s.dial(t, header)
		require.Equal(t, allowed, err == nil, "%s: %v", origin, err)
	}
}

func TestSubscriptionsOfOneConnectionAreLimited(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	c := s.connect(t)
	for n := range 20 {
		c.subscribe(fmt.Sprint(n), `subscription { syncCompleted { id } }`)
	}
	c.subscribe("more", `subscription { syncCompleted { id } }`)
	f := c.next()
	require.Equal(t, "error", f.Type)
	require.Contains(t, string(f.Payload), "QUERY_TOO_COMPLEX")
	c.send(`{"id": "3", "type": "complete"}`)
	require.Eventually(t, func() bool { return s.counter("jirasync_graphql_subscribers") == 19 }, patience, tick)
	c.subscribe("again", `subscription { syncCompleted { id } }`)
	require.Eventually(t, func() bool { return s.counter("jirasync_graphql_subscribers") == 20 }, patience, tick)
}

// heldNews is a tracer that holds up the stream of news, as a busy machine would, but not the
// reading of the present state.
type heldNews struct {
	statementCounter
	caught chan struct{}
	free   chan struct{}
	once   sync.Once
}

func (h *heldNews) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	if graph.PartOf(ctx) == graph.NewsPart {
		h.once.Do(func() { close(h.caught) })
		<-h.free
	}
	return ctx
}

// What happens after the present state was read and before the stream hears was lost: nobody
// heard of it until the next event.
func TestNothingIsLostBetweenThePresentStateAndTheNews(t *testing.T) {
	t.Parallel()
	held := &heldNews{caught: make(chan struct{}), free: make(chan struct{})}
	s := newSite(t, withTracer(held))
	populate(s)
	run := s.seed.Run(1, "FULL", "RUNNING", "admin", time.Now())
	c := s.connect(t)
	c.subscribe("a", fmt.Sprintf(`subscription { syncProgress(runId: %q) { done } }`, runID(run)))
	<-held.caught
	s.seed.Exec(`UPDATE jira_sync.sync_history SET issues_fetched = 5 WHERE sync_id = $1`, run)
	s.progress(run, 5)
	close(held.free)
	require.JSONEq(t, `{"syncProgress": {"done": 5}}`, c.data("a"))
}

func TestWhoComesAgainGetsThePresentStateFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	run := s.seed.Run(1, "FULL", "RUNNING", "admin", time.Now())
	first := s.connect(t)
	first.subscribe("a", watchAll)
	require.Contains(t, first.data("a"), `"done":0`)
	require.NoError(t, first.conn.CloseNow())
	require.Eventually(t, func() bool { return s.counter("jirasync_graphql_subscribers") == 0 }, patience, tick)

	s.seed.Exec(`UPDATE jira_sync.sync_history SET issues_fetched = 70 WHERE sync_id = $1`, run)
	s.progress(run, 70) // nobody hears it
	again := s.connect(t)
	again.subscribe("a", watchAll)
	require.Contains(t, again.data("a"), `"done":70`)
	s.progress(run, 80)
	require.Contains(t, again.data("a"), `"done":80`)
}

func TestSubscribersHearWhatHappensOnAnotherServer(t *testing.T) {
	t.Parallel()
	database, redis := dbtest.New(t), redistest.Start(t)
	here, there := newSiteOn(t, database, withRedis(t, redis)), newSiteOn(t, database, withRedis(t, redis))
	w := populate(here)
	there.learn()
	run := here.seed.Run(1, "FULL", "RUNNING", "admin", time.Now())
	_, _ = there.one("WEB-1")
	c := there.connect(t)
	c.subscribe("p", `subscription { syncProgress { done phase } }`)
	require.JSONEq(t, `{"syncProgress": {"done": 0, "phase": "FETCHING"}}`, c.data("p"))
	here.progress(run, 3)
	require.JSONEq(t, `{"syncProgress": {"done": 3, "phase": "FETCHING"}}`, c.data("p"))
	here.finish(run, w.web1, "changed elsewhere")
	require.JSONEq(t, `{"syncProgress": {"done": 0, "phase": "FINISHED"}}`, c.data("p"))
	summary, hit := there.one("WEB-1")
	require.Equal(t, "changed elsewhere", summary, "the news carried the version")
	require.False(t, hit)
}

func runID(run int64) string {
	return db.GlobalID{Kind: db.KindRun, Key: strconv.FormatInt(run, 10)}.String()
}

func TestServerThatGoesDownTellsItsSubscribers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.server.Run(ctx) }()
	clients := make([]wire, 20)
	var watching sync.WaitGroup
	for i := range clients {
		clients[i] = s.connect(t)
		clients[i].subscribe("a", watchAll)
	}
	events := s.stream(t, `subscription { syncCompleted { id } }`)
	require.Eventually(t, func() bool { return s.counter("jirasync_graphql_subscribers") == 21 }, patience, tick)
	codes := make(chan websocket.StatusCode, len(clients))
	for _, c := range clients {
		watching.Go(func() { codes <- c.closed().Code })
	}
	stop()
	require.NoError(t, <-ended)
	watching.Wait()
	for range clients {
		require.Equal(t, websocket.StatusServiceRestart, <-codes)
	}
	require.Contains(t, events(), "connect again")
	require.Equal(t, "end", events())
	got := s.ask(`{ __typename }`)
	require.Equal(t, 200, got.status, "what is under way is finished")
	require.Contains(t, s.get("/readyz"), `"status":"stopping"`)
}

// brittle breaks where no field catches it.
type brittle struct{}

func (brittle) ExtensionName() string                   { return "Brittle" }
func (brittle) Validate(graphql.ExecutableSchema) error { return nil }
func (brittle) InterceptResponse(context.Context, graphql.ResponseHandler) *graphql.Response {
	panic("an unlucky number")
}

func TestPanicOfOneOperationIsItsOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.server.Use(brittle{})
	c := s.connect(t)
	for id, query := range map[string]string{"query": `{ __typename }`, "subscription": `subscription { syncCompleted { id } }`} {
		c.subscribe(id, query)
		f := c.next()
		require.Equal(t, []string{id, "error"}, []string{f.ID, f.Type}, "%s", f.Payload)
		require.Contains(t, string(f.Payload), "INTERNAL")
		require.NotContains(t, string(f.Payload), "unlucky")
		next := s.stream(t, query)
		require.Contains(t, next(), "INTERNAL")
		require.Equal(t, "complete ", next())
	}
	require.Equal(t, "INTERNAL", s.ask(`{ __typename }`).code(t))
	require.Zero(t, s.counter("jirasync_graphql_subscribers"))
	require.Contains(t, s.log.String(), "an unlucky number")
}

func TestWorkOnAnEventHasAnEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.Time = 300 * time.Millisecond }))
	w := populate(s)
	s.server.Use(dawdling{"instance", false})
	run := s.seed.Run(1, "INCREMENTAL", "RUNNING", "schedule", time.Now())
	next := s.stream(t, `subscription { syncCompleted { instance { name } } }`)
	require.Eventually(t, func() bool { return s.counter("jirasync_graphql_subscribers") == 1 }, patience, tick)
	s.finish(run, w.web1, "changed")
	require.Contains(t, next(), "TIMEOUT")
}

func TestNullDoesNotDecideWhetherAFieldIsLeftOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	c := s.connect(t)
	for _, query := range []string{
		`query ($x: Boolean = true) { __typename @skip(if: $x) }`,
		`query ($x: Boolean = true) { issue(key: "WEB-1") { ... @include(if: $x) { key } } }`,
		`query ($x: Boolean = true) { issue(key: "WEB-1") { ...F } } fragment F on Issue { parent { ...G @skip(if: $x) } } fragment G on Issue { key }`,
		`mutation ($x: Boolean = true) { cancelSync(id: "x") { id @skip(if: $x) } }`,
		`subscription ($x: Boolean = true) { syncCompleted { id @skip(if: $x) } }`,
	} {
		body, err := json.Marshal(map[string]any{"query": query, "variables": map[string]any{"x": nil}})
		require.NoError(t, err)
		refused := func(transport, said string) {
			t.Helper()
			require.Contains(t, said, "BAD_USER_INPUT", "%s: %s", transport, query)
			require.Contains(t, said, "$x is null", "%s: %s", transport, query)
		}
		c.send(`{"id": "a", "type": "subscribe", "payload": ` + string(body) + `}`)
		f := c.next()
		require.Equal(t, "error", f.Type)
		refused("websocket", string(f.Payload))
		refused("events", s.post(string(body), "Accept", "text/event-stream").raw)
		if !strings.HasPrefix(query, "subscription") {
			refused("http", s.post(string(body)).raw)
		}
	}
	require.JSONEq(t, `{"issue": {"key": "WEB-1"}}`, s.data(`query ($x: Boolean = true) { issue(key: "WEB-1") { key @include(if: $x) } }`, map[string]any{}))
}
