package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// readers are the programs that answer questions, in the order of their turns.
type readers struct {
	floors *child
	base   string   // of the floors
	cold   *product // every answer is made anew
	warm   *product // every answer has been asked for before
	peers  []*peer
}

// The names of those who answer.
const (
	fMem, fRedis, fSQL = "F-mem", "F-redis", "F-sql"
	coldName, warmName = "cold", "warm"
)

// readConnections ask side by side, unless it is about their number.
const readConnections = 16

func measureReading(ctx context.Context, s *stand, r *report) (err error) {
	m, err := s.mirror(ctx, r, s.issues)
	if err != nil {
		return err
	}
	if err := s.forgetRedis(ctx); err != nil {
		return err
	}
	readers, err := s.openReaders(ctx, m, s.redisURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, readers.close()) }()
	r.heading("Reading")
	r.say("%d issues, mirrored by a server at %.0f issues/s, which held at most %s MB; %d connections, arguments vary by request. "+
		"F-mem and F-redis return the product's bytes from memory and by one GET, F-sql has PostgreSQL build the same answer by one "+
		"statement; all through net/http. *cold* is a server without a cache, *warm* one that has answered the same before, with "+
		"limits on and the mirror's freshness in each answer. Answers were equal before they were timed.",
		m.jira.Issues, m.rate, megabytes(m.resident), readConnections)
	if m.resident > 0 {
		r.figure(figure{
			what: fmt.Sprintf("resident size of a server that mirrors %d issues", m.jira.Issues), reached: float64(m.resident) / (1 << 20),
			target: 200, most: true, unit: " MB",
		})
	}
	if readers.peers, err = s.openPeers(ctx, r, m); err != nil {
		return err
	}
	found := map[string]map[string][]turn{}
	for _, q := range questions() {
		programs, err := readers.prepare(ctx, r, m, q, variants)
		if err != nil {
			return err
		}
		if found[q.name], err = s.readRounds(ctx, r, q, programs); err != nil {
			return err
		}
		if q.name == "Q1" {
			if err := measureCurve(ctx, s, r, programs); err != nil {
				return err
			}
		}
	}
	showReading(r, found)
	return measureStatements(ctx, s, r, m)
}

// openReaders starts who answers from a mirror, and keeps answers in redis.
func (s *stand) openReaders(ctx context.Context, m *mirrored, redis string) (rs *readers, err error) {
	rs = &readers{}
	defer func() {
		if err != nil {
			err = errors.Join(err, rs.close())
		}
	}()
	if rs.floors, err = launch(environ(), s.self, floorCommand, "-database", m.url, "-redis", redis); err != nil {
		return rs, err
	}
	if rs.base, err = rs.floors.line(ctx, "http://"); err != nil {
		return rs, err
	}
	env := append(m.jira.config(), "DATABASE_URL="+m.url, "SYNC_ENABLED=false", "AUTO_MIGRATE=false")
	if rs.cold, err = s.serve(ctx, append(env, "CACHE_ENABLED=false")...); err != nil {
		return rs, err
	}
	rs.warm, err = s.serve(ctx, append(env, "REDIS_URL="+redis, "REDIS_TTL=86400")...)
	return rs, err
}

func (rs *readers) close() (err error) {
	for _, p := range rs.products() {
		err = errors.Join(err, p.stop())
	}
	for _, p := range rs.peers {
		err = errors.Join(err, p.stop())
	}
	if rs.floors != nil {
		err = errors.Join(err, rs.floors.stop())
	}
	return err
}

// products are those that run.
func (rs *readers) products() []*product {
	return slices.DeleteFunc([]*product{rs.cold, rs.warm}, func(p *product) bool { return p == nil })
}

// prepare finds the arguments of a question, so many at most, compares what the programs answer,
// and warms what is to be warm.
func (rs *readers) prepare(ctx context.Context, r *report, m *mirrored, q question, most int) ([]*contestant, error) {
	asked, err := q.asked(ctx, m, rs.cold)
	if err != nil {
		return nil, fmt.Errorf("%s: find its arguments: %w", q.name, err)
	}
	if len(asked) == 0 {
		return nil, fmt.Errorf("%s: the mirror has nothing to ask for: mirror more issues", q.name)
	}
	asked = asked[:min(len(asked), most)]
	r.working("%s: %d different requests", q.name, len(asked))
	address := strings.TrimPrefix(rs.base, "http://")
	mem, redis := &contestant{name: fMem, addr: address}, &contestant{name: fRedis, addr: address}
	sql := &contestant{name: fSQL, addr: address}
	all := []*contestant{mem, redis, sql}
	for _, p := range rs.products() {
		all = append(all, &contestant{name: rs.nameOf(p), addr: p.addr})
	}
	for n, arguments := range asked {
		body, err := q.body(arguments)
		if err != nil {
			return nil, err
		}
		if err := rs.compare(ctx, q, n, arguments, string(body)); err != nil {
			return nil, fmt.Errorf("%s: %w", q.name, err)
		}
		key := answerKey(q, n)
		mem.requests = append(mem.requests, httpRequest(http.MethodGet, mem.addr, "/mem/"+key, nil))
		redis.requests = append(redis.requests, httpRequest(http.MethodGet, redis.addr, "/redis/"+key, nil))
		sql.requests = append(sql.requests, httpRequest(http.MethodGet, sql.addr, sqlPath(q, arguments), nil))
		for _, c := range all[3:] {
			c.requests = append(c.requests, httpRequest(http.MethodPost, c.addr, "/graphql", body))
		}
	}
	for _, p := range rs.peers {
		c, err := p.contestant(ctx, q, asked, rs.base)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.name, err)
		}
		all = append(all, c)
	}
	return all, nil
}

func (rs *readers) nameOf(p *product) string {
	if p == rs.warm {
		return warmName
	}
	return coldName
}

// compare asks everybody the same, and gives the product's bytes to the floors that return them.
func (rs *readers) compare(ctx context.Context, q question, n int, a arguments, body string) error {
	best, err := get(ctx, http.MethodGet, rs.base+sqlPath(q, a), "")
	if err != nil {
		return err
	}
	for _, p := range rs.products() {
		answer, err := get(ctx, http.MethodPost, "http://"+p.addr+"/graphql", body)
		if err != nil {
			return err
		}
		if err := sameAnswer(best, answer); err != nil {
			return err
		}
		if p == rs.warm {
			_, err := get(ctx, http.MethodPut, rs.base+"/answer/"+answerKey(q, n), string(answer))
			return err
		}
	}
	return nil
}

// readRounds lets the programs take turns.
func (s *stand) readRounds(ctx context.Context, r *report, q question, programs []*contestant) (map[string][]turn, error) {
	turns := map[string][]turn{}
	for round := range s.rounds {
		for _, p := range programs {
			t, err := p.load(ctx, readConnections, s.window)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", q.name, err)
			}
			turns[p.name] = append(turns[p.name], t)
		}
		r.working("%s round %d: %s", q.name, round+1, lastRates(turns, programs))
	}
	return turns, nil
}

func lastRates(turns map[string][]turn, programs []*contestant) string {
	var text []string
	for _, p := range programs {
		all := turns[p.name]
		text = append(text, fmt.Sprintf("%s %.0f/s", p.name, all[len(all)-1].rate))
	}
	return strings.Join(text, ", ")
}

func rates(turns []turn) []float64 { return each(turns, func(t turn) float64 { return t.rate }) }

// showReading shows the five questions beside each other.
func showReading(r *report, found map[string]map[string][]turn) {
	throughput := [][]string{readingHead()}
	latency := [][]string{{"ms: p50, p99", fSQL, coldName, warmName}}
	for _, q := range questions() {
		turns := found[q.name]
		cold, warm := coldRatio(turns), warmRatio(turns)
		throughput = append(throughput, readingRow(q, turns))
		holdAgainstPeers(r, q, cold, turns)
		latency = append(latency, []string{q.name, quantiles(turns[fSQL]), quantiles(turns[coldName]), quantiles(turns[warmName])})
		r.figure(figure{what: q.name + " cold", reached: cold, target: q.cold, unit: " of F-sql", why: q.why})
		r.figure(figure{
			what: q.name + " warm", reached: warm, target: 0.8, unit: " of F-redis",
			why: "The product reads and parses a POST of GraphQL where the floor takes a GET by key.",
		})
	}
	r.table(throughput...)
	r.table(latency...)
	showFormer(r, found)
}

func readingHead() []string {
	return []string{
		"answers/s", fMem, fRedis, fSQL, coldName, "cold / F-sql", warmName, "warm / F-redis",
		postGraphile, postGraphile + " / F-sql", graphJin + " / F-sql, earlier",
	}
}

// readingRow is one question's, in the order of [readingHead].
func readingRow(q question, turns map[string][]turn) []string {
	rate := func(name string) string { return number(median(rates(turns[name]))) }
	row := []string{
		q.name + " " + q.what, rate(fMem), rate(fRedis), rate(fSQL), rate(coldName), number(coldRatio(turns)), rate(warmName), number(warmRatio(turns)),
	}
	if beside := rates(turns[postGraphile]); len(beside) > 0 {
		row = append(row, rate(postGraphile), number(ratio(beside, rates(turns[fSQL]))))
	} else {
		row = append(row, "-", "-")
	}
	return append(row, number(graphJinRatios()[q.name]))
}

func coldRatio(turns map[string][]turn) float64 {
	return ratio(rates(turns[coldName]), rates(turns[fSQL]))
}

func warmRatio(turns map[string][]turn) float64 {
	return ratio(rates(turns[warmName]), rates(turns[fRedis]))
}

func quantiles(turns []turn) string {
	return number(median(each(turns, func(t turn) float64 { return t.p50.Seconds() * 1000 }))) + ", " +
		number(median(each(turns, func(t turn) float64 { return t.p99.Seconds() * 1000 })))
}

// showFormer holds the answers against what the system before took, in milliseconds.
func showFormer(r *report, found map[string]map[string][]turn) {
	for _, former := range []struct {
		question, what string
		cold, warm     float64
	}{
		{"Q1", "an issue", 50, 2}, {"Q2", "a project's list", 100, 5}, {"Q3", "a search", 80, 3},
	} {
		times := func(milliseconds float64, name string) float64 {
			return milliseconds / median(each(found[former.question][name], func(t turn) float64 { return t.p50.Seconds() * 1000 }))
		}
		for _, way := range []struct {
			name, floor string
			former      float64
		}{{coldName, fSQL, former.cold}, {warmName, fRedis, former.warm}} {
			r.figure(figure{
				what: former.what + " " + way.name + ", times as fast as the former system", reached: times(way.former, way.name), target: 10,
				why: "The former figure is that of one request alone, this is that of one among 16 on two cores: " + way.floor +
					" itself is " + number(times(way.former, way.floor)) + " times as fast.",
			})
		}
	}
}
