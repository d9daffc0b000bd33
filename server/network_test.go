package server_test

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/cache/redistest"
	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/db/dbtest/seed"
	"jirasync/server"
)

// redisFaults are those of the way to Redis.
var redisFaults = []struct {
	name  string
	begin func(*chaostest.Proxy)
}{
	{"Redis takes 1 s a command", func(p *chaostest.Proxy) { p.Inject(chaostest.VeryLate) }},
	{"Redis' connections reset", func(p *chaostest.Proxy) { p.Inject(chaostest.Reset) }},
	{"Redis' answers cut", func(p *chaostest.Proxy) { p.Inject(chaostest.Truncate) }},
	{"Redis silent, then gone", func(p *chaostest.Proxy) { p.Inject(chaostest.Silence) }},
	{"Redis' port closed", (*chaostest.Proxy).Down},
}

// Two servers share a Redis, to which the way of one is bad.
func TestNetworkToRedisReachesNoClientAndLeavesNothingOld(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	way, through := chaostest.BeforeRedis(t, redis)
	database := dbtest.New(t)
	here := newSiteOn(t, database, withSharedCache(t, through))
	there := newSiteOn(t, database, withSharedCache(t, redis))
	w := populate(here)
	there.learn()
	for round := range chaostest.Rounds(1, 20) {
		for _, fault := range redisFaults {
			outcome := chaostest.Outcome{Fault: fault.name, Times: 1}
			before := fmt.Sprint(fault.name, " is ahead ", round)
			here.page(w.web1.ID(), 1, 10, before)
			there.learn()
			for _, s := range []*site{here, there, here, there} {
				summary, _ := s.one("WEB-1")
				require.Equal(t, before, summary)
			}
			fault.begin(way)
			for n := range 5 {
				during := fmt.Sprint(fault.name, n, round)
				there.page(w.web1.ID(), 1, 10, during)
				here.learn()
				for _, s := range []*site{here, there} {
					if summary, _ := s.one("WEB-1"); summary != during {
						outcome.Stale++
					}
				}
			}
			after := fmt.Sprint(fault.name, " is over ", round)
			here.page(w.web1.ID(), 1, 10, after)
			there.learn()
			way.Heal()
			healed := time.Now()
			require.Eventually(t, func() bool { return strings.Contains(here.get("/readyz"), `"redis ok"`) }, patience, tick)
			outcome.Recovery = time.Since(healed)
			for _, s := range []*site{there, here, there, here} {
				if summary, _ := s.one("WEB-1"); summary != after {
					outcome.Stale++
				}
			}
			chaostest.Report(t, outcome)
			require.Zero(t, outcome.Lost(), fault.name)
		}
	}
}

// postgresFaults are those of the way to PostgreSQL, with a word by which /readyz tells them.
var postgresFaults = []struct {
	name  string
	begin func(s *site, way *chaostest.Proxy, role string)
	says  string
}{
	{"a reading server's PostgreSQL gone", func(_ *site, way *chaostest.Proxy, _ string) { way.Down() }, ""},
	{"a reading server's connections reset", func(_ *site, way *chaostest.Proxy, _ string) { way.Inject(chaostest.Reset) }, ""},
	{"a reading server's answers cut", func(_ *site, way *chaostest.Proxy, _ string) { way.Inject(chaostest.Truncate) }, ""},
	{"a reading server gets no connection", func(s *site, _ *chaostest.Proxy, role string) {
		s.seed.Exec(`ALTER ROLE ` + role + ` CONNECTION LIMIT 0`)
		s.seed.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '` + role + `'`)
	}, "too many connections"},
}

func TestNetworkToPostgreSQLIsToldAndOutlived(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	way, through := chaostest.BeforePostgres(t, database)
	role := "reader_" + strings.ToLower(rand.Text())
	u, err := url.Parse(through)
	require.NoError(t, err)
	u.User = url.User(role)
	admin := seed.Into(t, database)
	admin.Exec(`CREATE ROLE ` + role + ` LOGIN IN ROLE postgres`)
	s := newSiteOn(t, database, func(o *db.Options, d *server.Deps) { o.URL, d.Cache = u.String(), nil })
	w := populate(s)
	defer func() {
		way.Down()
		admin.Exec(`DROP ROLE ` + role)
	}()
	for range chaostest.Rounds(1, 20) {
		for _, fault := range postgresFaults {
			outcome := chaostest.Outcome{Fault: fault.name, Times: 1}
			fault.begin(s, way, role)
			require.Eventually(t, func() bool { return strings.Contains(s.get("/readyz"), `"status":"failed"`) }, patience, tick)
			require.Contains(t, s.get("/readyz"), fault.says)
			require.Contains(t, s.get("/healthz"), `"status":"ok"`)
			for range 20 { // the right answer, if one comes through, or a word that says what is wrong
				if got := s.ask(oneIssue, map[string]any{"key": "WEB-1"}); len(got.Errors) > 0 {
					require.Equal(t, "UNAVAILABLE", got.code(t), "%s: %s", fault.name, got.raw)
				} else {
					require.Contains(t, string(got.Data), w.web1.Summary)
				}
			}
			way.Heal()
			s.seed.Exec(`ALTER ROLE ` + role + ` CONNECTION LIMIT -1`)
			healed := time.Now()
			require.Eventually(t, func() bool { return strings.Contains(s.get("/readyz"), `"database":{"status":"ok"`) }, patience, tick)
			if summary, _ := s.one("WEB-1"); summary != w.web1.Summary {
				outcome.Stale++
			}
			outcome.Recovery = time.Since(healed)
			chaostest.Report(t, outcome)
			require.Zero(t, outcome.Lost(), fault.name)
		}
	}
}
