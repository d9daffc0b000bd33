package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/db/dbtest/seed"
	"jirasync/events"
	"jirasync/server"
)

// site is a server with a database of its own.
type site struct {
	t      testing.TB
	url    string
	seed   *seed.Database
	store  *db.Store
	cache  *cache.Cache
	bus    *events.Bus
	server *server.Server
	log    *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// option changes what a site is made of, before it is.
type option func(*db.Options, *server.Deps)

func withDeps(change func(*server.Deps)) option {
	return func(_ *db.Options, d *server.Deps) { change(d) }
}

func withTracer(tracer pgx.QueryTracer) option {
	return func(o *db.Options, _ *server.Deps) { o.Tracer = tracer }
}

// withRedis joins the site with others of the same Redis.
func withRedis(t testing.TB, url string) option {
	return withDeps(func(d *server.Deps) {
		if d.Cache == nil { // asked for the options of the database
			return
		}
		o, err := redis.ParseURL(url)
		require.NoError(t, err)
		o.ContextTimeoutEnabled = true
		client := redis.NewClient(o)
		before := d.Cache.Versions()
		d.Events = events.New(events.Options{
			Redis: client, Namespace: "test", Budget: time.Second, Logger: slog.New(slog.DiscardHandler),
			Before: func(e events.Event) { before.RaiseAll(e.Versions) },
		})
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		var running sync.WaitGroup
		running.Go(func() { _ = d.Events.Run(ctx) })
		t.Cleanup(func() {
			stop()
			running.Wait()
			_ = client.Close()
		})
		require.Eventually(t, func() bool { return d.Events.State() == "redis ok" }, patience, tick)
	})
}

func newSite(t testing.TB, change ...option) *site {
	t.Helper()
	return newSiteOn(t, dbtest.New(t), change...)
}

// newSiteOn is one more server of a database.
func newSiteOn(t testing.TB, url string, change ...option) *site {
	t.Helper()
	s := &site{t: t, seed: seed.Into(t, url), log: new(syncBuffer)}
	var err error
	o, d := db.Options{URL: url, ReadConns: 4, WriteConns: 4}, server.Deps{}
	for _, c := range change {
		c(&o, &d)
	}
	s.store, err = db.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(s.store.Close)
	s.cache, err = cache.New(cache.NewVersions(), cache.Options{})
	require.NoError(t, err)
	t.Cleanup(s.cache.Close)
	s.bus = events.New(events.Options{Before: func(e events.Event) { s.cache.Versions().RaiseAll(e.Versions) }})
	t.Cleanup(s.bus.Close)
	d = server.Deps{
		Store: s.store, Cache: s.cache, Events: s.bus, Log: slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Addr: "127.0.0.1:0", Limits: server.DefaultLimits(),
	}
	d.Limits.RequestsPerMinute = 0
	for _, c := range change {
		c(&o, &d)
	}
	s.bus = d.Events
	s.server, err = server.New(d)
	require.NoError(t, err)
	web := httptest.NewServer(s.server.Handler())
	t.Cleanup(web.Close)
	s.url = web.URL
	return s
}

// world is what most tests ask about.
type world struct {
	web1, web2, ops1, twin seed.Issue
}

// learn tells the cache the versions that are in the database, as a server does at its start.
func (s *site) learn() {
	s.t.Helper()
	_, err := s.store.Columns(s.t.Context())
	require.NoError(s.t, err)
	all, err := s.store.Versions(s.t.Context(), nil)
	require.NoError(s.t, err)
	for _, in := range all {
		s.cache.Versions().RaiseAll(map[string]int64{db.InstanceTag(in.InstanceID): in.Version, db.ProjectsTag: in.Set})
		for project, version := range in.Projects {
			s.cache.Versions().Raise(db.ProjectTag(in.InstanceID, project), version)
		}
	}
}

func populate(s *site) world {
	s.t.Helper()
	s.seed.Instance(1, "alpha")
	s.seed.Instance(2, "beta")
	s.seed.Project(1, 10, "WEB")
	s.seed.Project(1, 11, "OPS")
	s.seed.Project(2, 10, "WEB")
	s.seed.User(1, "ann", "Ann Archer")
	s.seed.User(1, "bob", "Bob Baker")
	w := world{
		web1: seed.Issue{Instance: 1, Project: 10, Key: "WEB-1", Summary: "Login page is slow", Assignee: "ann", Reporter: "bob", Priority: "High", Rank: 2, Labels: []string{"ui", "slow"}, Updated: seed.At(5), Description: "Takes ten seconds."},
		web2: seed.Issue{Instance: 1, Project: 10, Key: "WEB-2", Summary: "Logout", Status: "Done", Category: "DONE", Updated: seed.At(3), Resolved: seed.At(3), Due: seed.At(48)},
		ops1: seed.Issue{Instance: 1, Project: 11, JiraID: 900, Key: "OPS-1", Summary: "Disk full", Updated: seed.At(4)},
		twin: seed.Issue{Instance: 2, Project: 10, Key: "WEB-7", JiraID: 7, Summary: "Other house", Updated: seed.At(1)},
	}
	s.seed.Issues(w.web1, w.web2, w.ops1, w.twin)
	s.seed.History(w.web1, 1, "ann", seed.At(1), `[{"field":"status","fieldId":"status","from":"1","fromString":"Open","to":"3","toString":"In Progress"},{"field":"assignee","from":null,"fromString":null,"to":"ann","toString":"Ann Archer"}]`)
	s.seed.History(w.web1, 2, "bob", seed.At(2), `[{"field":"summary","fromString":"Login","toString":"Login page is slow"}]`)
	s.seed.Comment(w.web1, 1, "bob", "Mine too", seed.At(2))
	s.seed.Worklog(w.web1, 1, "ann", 3600, seed.At(2))
	s.seed.Link(1, w.web1, w.ops1, "is caused by", "causes")
	s.seed.FormerKey(w.web1, "OLD-9", seed.At(1))
	s.learn()
	return w
}

type reply struct {
	Data   json.RawMessage `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
	Extensions struct {
		Freshness []map[string]any
		Cache     struct{ Hit bool }
	}
	status int
	raw    string
}

func (r reply) code(t testing.TB) string {
	t.Helper()
	require.NotEmpty(t, r.Errors, "%s", r.raw)
	code, _ := r.Errors[0].Extensions["code"].(string)
	return code
}

// ask sends an operation by POST.
func (s *site) ask(query string, variables ...map[string]any) reply {
	s.t.Helper()
	body := map[string]any{"query": query}
	if len(variables) > 0 {
		body["variables"] = variables[0]
	}
	raw, err := json.Marshal(body)
	require.NoError(s.t, err)
	return s.post(string(raw))
}

func (s *site) post(body string, header ...string) reply {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+"/graphql", bytes.NewReader([]byte(body)))
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return s.do(r)
}

func (s *site) do(r *http.Request) reply {
	s.t.Helper()
	answer, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	got := reply{status: answer.StatusCode, raw: string(raw)}
	_ = json.Unmarshal(raw, &got)
	return got
}

// data asks for an answer without errors.
func (s *site) data(query string, variables ...map[string]any) string {
	s.t.Helper()
	got := s.ask(query, variables...)
	require.Empty(s.t, got.Errors, "%s", got.raw)
	return string(got.Data)
}

func decode(t testing.TB, data string, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(data), into))
}

// start runs what a server does beside answering, until the test ends.
func (s *site) start() {
	s.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.server.Run(ctx) }()
	s.t.Cleanup(func() {
		stop()
		require.NoError(s.t, <-ended)
	})
	<-s.server.Serving()
}

// serve has the site asked over the server's own port, until stop is called.
func (s *site) serve() (stop func() error) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s.t.Cleanup(cancel)
	ended := make(chan error, 1)
	go func() { ended <- s.server.Run(ctx) }()
	serving := regexp.MustCompile(`"msg":"serving","address":"([^"]+)"`)
	require.Eventually(s.t, func() bool { return serving.MatchString(s.log.String()) }, patience, tick)
	s.url = serving.FindStringSubmatch(s.log.String())[1]
	return func() error {
		cancel()
		return <-ended
	}
}

// Conditions are waited for; nothing is asserted about time.
const (
	patience = 30 * time.Second
	tick     = 5 * time.Millisecond
)

// statementCounter hears of each statement that reads, however it is sent.
type statementCounter struct {
	mu  sync.Mutex
	all []string
}

func (c *statementCounter) hear(sql string) {
	if strings.HasPrefix(sql, "BEGIN") || sql == "COMMIT" || strings.HasPrefix(sql, "SELECT set_config") || strings.HasPrefix(strings.ToLower(sql), "-- ping") {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, sql)
}

func (c *statementCounter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	c.hear(d.SQL)
	return ctx
}
func (*statementCounter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
func (*statementCounter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}
func (*statementCounter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

func (c *statementCounter) TraceBatchQuery(_ context.Context, _ *pgx.Conn, d pgx.TraceBatchQueryData) {
	c.hear(d.SQL)
}

func (c *statementCounter) count() int { return len(c.texts()) }

func (c *statementCounter) texts() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all)
}

func (c *statementCounter) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = nil
}

// counter reads a figure without labels.
func (s *site) counter(name string) float64 {
	s.t.Helper()
	for line := range strings.SplitSeq(s.get("/metrics"), "\n") {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			n, err := strconv.ParseFloat(value, 64)
			require.NoError(s.t, err)
			return n
		}
	}
	s.t.Fatalf("there is no figure %s", name)
	return 0
}
