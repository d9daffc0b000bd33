package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"jirasync/db"
	"jirasync/jira"
	"jirasync/jobs"
	"jirasync/mirror"
)

// tickChanges is how many issues change before the second tick.
const tickChanges = 100

// tick is what one scheduled run cost.
type tick struct {
	run      db.Run
	requests map[string]int // to Jira, by method and path
	answered int64          // bytes from Jira
	database traffic        // to PostgreSQL
	raised   int64          // how far the instance's version moved
	written  int64          // rows of the mirror
}

func measureTicks(ctx context.Context, s *stand, r *report) error {
	r.heading("Ticks")
	r.say("A scheduled run on a mirror of the size named, by the engine of the product with wires between it, PostgreSQL and the "+
		"simulated Jira that count what passes. The dictionaries, on their slower beat, were asked for before, and no census was "+
		"due. Then %d issues changed.", tickChanges)
	rows := [][]string{{"issues", "tick", "fetched", "requests to Jira", "MB from Jira", "statements", "MB to PostgreSQL", "rows of the mirror written"}}
	var sizes [2][2]tick
	counts := []int{s.syncIssues, s.issues}
	for n, issues := range counts {
		m, err := s.mirror(ctx, r, issues)
		if err != nil {
			return err
		}
		quiet, busy, err := s.ticks(ctx, m)
		if err != nil {
			return err
		}
		sizes[n] = [2]tick{quiet, busy}
		for name, t := range map[string]tick{"no change": quiet, fmt.Sprintf("%d changed", tickChanges): busy} {
			rows = append(rows, []string{
				fmt.Sprint(issues), name, fmt.Sprint(t.run.IssuesFetched), fmt.Sprint(total(t.requests)),
				number(float64(t.answered) / (1 << 20)), fmt.Sprint(t.database.executed()),
				number(float64(t.database.up) / (1 << 20)), fmt.Sprint(t.written),
			})
		}
	}
	r.table(rows...)
	small, large := sizes[0], sizes[1]
	r.say("Requests of the tick without a change: %s. Statements of it:\n\n```\n%s\n```", listed(large[0].requests), statementList(large[0].database))
	r.figure(figure{what: "tick without a change, requests", reached: float64(total(large[0].requests)), target: 3, most: true})
	r.figure(figure{what: "tick without a change, rows of the mirror written", reached: float64(large[0].written), most: true})
	r.figure(figure{what: "tick without a change, versions raised", reached: float64(large[0].raised), most: true})
	grown := fmt.Sprintf(" of that with %d issues, with %d", counts[0], counts[1])
	r.figure(figure{what: "tick with 100 changes, requests", reached: quotient(total(large[1].requests), total(small[1].requests)), target: 1.05, most: true, unit: grown})
	r.figure(figure{what: "tick with 100 changes, statements", reached: quotient(large[1].database.executed(), small[1].database.executed()), target: 1.05, most: true, unit: grown})
	r.figure(figure{what: "tick with 100 changes, bytes to PostgreSQL", reached: quotient(int(large[1].database.up), int(small[1].database.up)), target: 1.1, most: true, unit: grown})
	return nil
}

func quotient(a, b int) float64 { return float64(a) / float64(max(b, 1)) }

func total(counts map[string]int) (n int) {
	for _, times := range counts {
		n += times
	}
	return n
}

func statementList(t traffic) string {
	short := map[string]int{}
	for text, n := range t.statements {
		words := strings.Fields(text)
		short[strings.Join(words[:min(len(words), 9)], " ")] += n
	}
	return strings.ReplaceAll(listed(short), ", ", "\n")
}

// ticks are one without a change and one with.
func (s *stand) ticks(ctx context.Context, m *mirrored) (quiet, busy tick, err error) {
	site, url, err := wireHTTP(m.jira.url)
	if err != nil {
		return quiet, busy, err
	}
	defer site.close()
	postgres, database, err := wirePostgres(s.dir, m.url)
	if err != nil {
		return quiet, busy, err
	}
	defer postgres.close()
	store, err := db.Open(ctx, db.Options{URL: database})
	if err != nil {
		return quiet, busy, err
	}
	defer store.Close()
	client, err := jira.New(jira.Config{Name: "bench", Number: 1, URL: url, Kind: "auto", Token: simToken, Concurrency: concurrency})
	if err != nil {
		return quiet, busy, err
	}
	defer client.Close()
	t := ticker{
		mirrored: m, site: site, postgres: postgres, store: store,
		engine:   mirror.NewEngine(store, func(context.Context, db.Progress) {}, slog.New(slog.DiscardHandler)),
		instance: mirror.Instance{ID: 1, Name: "bench", Client: client, Concurrency: concurrency},
	}
	if _, err := t.tick(ctx); err != nil { // learns the dictionaries
		return quiet, busy, err
	}
	if quiet, err = t.tick(ctx); err != nil {
		return quiet, busy, err
	}
	if err := m.jira.change(ctx, tickChanges); err != nil {
		return quiet, busy, err
	}
	if busy, err = t.tick(ctx); err != nil {
		return quiet, busy, err
	}
	if busy.run.IssuesUpdated != tickChanges {
		err = fmt.Errorf("%d issues were updated, %d had changed", busy.run.IssuesUpdated, tickChanges)
	}
	return quiet, busy, err
}

// ticker runs what a server's schedule runs.
type ticker struct {
	*mirrored
	site, postgres *wire
	store          *db.Store
	engine         *mirror.Engine
	instance       mirror.Instance
}

func (t *ticker) tick(ctx context.Context) (tick, error) {
	settings, err := t.store.SyncConfig(ctx)
	if err != nil {
		return tick{}, err
	}
	settings.ReconcileIntervalSeconds = 7 * 24 * 3600 // the census has a line of its own
	requests, err := t.jira.requests(ctx)
	if err != nil {
		return tick{}, err
	}
	version, rows, err := t.state(ctx)
	if err != nil {
		return tick{}, err
	}
	site, postgres := t.site.now(), t.postgres.now()
	run, err := jobs.Foreground(ctx, t.store, t.engine, mirror.Order{
		Instance: t.instance, Settings: settings, Run: db.Run{Mode: db.Incremental},
	}, "bench", func(error) {})
	if err != nil {
		return tick{}, err
	}
	if run.State != db.Succeeded {
		return tick{}, fmt.Errorf("the tick ended as %s: %w", run.State, errorOf(run))
	}
	result := tick{run: run, answered: t.site.now().since(site).down, database: t.postgres.now().since(postgres)}
	after, err := t.jira.requests(ctx)
	if err != nil {
		return tick{}, err
	}
	result.requests = traffic{statements: after}.since(traffic{statements: requests}).statements
	raised, written, err := t.state(ctx)
	result.raised, result.written = raised-version, written-rows
	return result, err
}

func errorOf(run db.Run) error {
	if run.Error == nil {
		return nil
	}
	return errors.New(*run.Error)
}

// state is the instance's version, and how many rows were ever written into the tables of issues.
func (t *ticker) state(ctx context.Context) (version, rows int64, err error) {
	version, err = fetch[int64](ctx, t.url, "SELECT version FROM jira_sync.jira_instances WHERE instance_id = 1")
	if err != nil {
		return 0, 0, err
	}
	rows, err = fetch[int64](ctx, t.url, `
SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_user_tables
WHERE relname IN ('jira_issues', 'jira_issue_raw', 'jira_issue_search', 'jira_issue_keys', 'jira_changelog', 'jira_comments',
    'jira_worklogs', 'jira_issue_links', 'jira_users', 'jira_projects')`)
	return version, rows, err
}
