package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

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
	rows := [][]string{{"issues", "tick", "fetched", "requests to Jira", "KB from Jira", "statements", "KB to PostgreSQL", "rows of the mirror written"}}
	var sizes [2][2]tick
	made := [][]string{{"issues", "issues/s", "resident MB at most"}}
	counts := []int{s.syncIssues, s.tickIssues}
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
		made = append(made, []string{fmt.Sprint(issues), number(m.rate), megabytes(m.resident)})
		rows = append(rows, quiet.row(issues, "no change"), busy.row(issues, fmt.Sprintf("%d changed", tickChanges)))
	}
	r.table(rows...)
	r.say("The mirrors were made by a server, of a simulated Jira that renders each page as it is asked for it:")
	r.table(made...)
	small, large := sizes[0], sizes[1]
	r.say("The tick without a change on %d issues asked Jira for:\n\n%s\nand PostgreSQL for:\n\n%s",
		counts[1], listed(large[0].requests), listed(openings(large[0].database.statements)))
	r.figure(figure{what: "tick without a change, requests", reached: float64(total(large[0].requests)), target: 3, most: true})
	r.figure(figure{what: "tick without a change, rows of the mirror written", reached: float64(large[0].written), most: true})
	r.figure(figure{what: "tick without a change, versions raised", reached: float64(large[0].raised), most: true})
	grown := fmt.Sprintf(" of that with %d issues, with %d", counts[0], counts[1])
	r.figure(figure{what: "tick with 100 changes, requests", reached: quotient(total(large[1].requests), total(small[1].requests)), target: 1.05, most: true, unit: grown})
	r.figure(figure{what: "tick with 100 changes, statements", reached: quotient(large[1].database.executed(), small[1].database.executed()), target: 1.05, most: true, unit: grown})
	r.figure(figure{what: "tick with 100 changes, bytes to PostgreSQL for each from Jira", reached: large[1].passedOn() / small[1].passedOn(), target: 1.1, most: true, unit: grown})
	return nil
}

func quotient(a, b int) float64 { return float64(a) / float64(max(b, 1)) }

func total(counts map[string]int) (n int) {
	for _, times := range counts {
		n += times
	}
	return n
}

// passedOn is how many bytes went to PostgreSQL for each that came from Jira: the issues that change
// are as large as they happen to be, and not the same in each mirror.
func (t tick) passedOn() float64 { return float64(t.database.up) / float64(max(t.answered, 1)) }

// row shows a tick beside others.
func (t tick) row(issues int, name string) []string {
	kilobytes := func(bytes int64) string { return number(float64(bytes) / 1024) }
	return []string{
		fmt.Sprint(issues), name, fmt.Sprint(t.run.IssuesFetched), fmt.Sprint(total(t.requests)), kilobytes(t.answered),
		fmt.Sprint(t.database.executed()), kilobytes(t.database.up), fmt.Sprint(t.written),
	}
}

// listed shows counts by name, the name as code.
func listed(counts map[string]int) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&text, "- %d x `%s`\n", counts[name], name)
	}
	return text.String()
}

// openings shortens statements to their first words.
func openings(statements map[string]int) map[string]int {
	const words = 9
	short := map[string]int{}
	for text, n := range statements {
		all := strings.Fields(text)
		short[strings.Join(all[:min(len(all), words)], " ")] += n
	}
	return short
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
	if quiet, err = t.quietTick(ctx); err != nil {
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

// quietTick is one in whose window nothing changed. Each window reaches back some minutes, in which the
// simulated Jira may have made an issue.
func (t *ticker) quietTick(ctx context.Context) (tick, error) {
	const beat = 15 * time.Second
	for {
		quiet, err := t.tick(ctx)
		if err != nil || quiet.run.IssuesFetched == 0 {
			return quiet, err
		}
		select {
		case <-time.After(beat):
		case <-ctx.Done():
			return quiet, context.Cause(ctx)
		}
	}
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
	before, err := t.state(ctx)
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
	now, err := t.state(ctx)
	if err != nil {
		return tick{}, err
	}
	result.raised = now.version - before.version
	result.written, err = fetch[int64](ctx, t.url, writtenSQL, before.transaction)
	return result, err
}

func errorOf(run db.Run) error {
	if run.Error == nil {
		return nil
	}
	return errors.New(*run.Error)
}

// state is how far the mirror has come.
type state struct {
	version     int64 // of the instance
	transaction int64 // the next one's number
}

func (t *ticker) state(ctx context.Context) (s state, err error) {
	if s.version, err = fetch[int64](ctx, t.url, "SELECT version FROM jira_sync.jira_instances WHERE instance_id = 1"); err != nil {
		return s, err
	}
	s.transaction, err = fetch[int64](ctx, t.url, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
	return s, err
}

// writtenSQL counts the rows of the mirror that transactions from a number on have left. The
// cluster is too young for numbers to wrap.
const writtenSQL = `
SELECT sum(n)::bigint FROM (
    SELECT count(*) AS n FROM jira_sync.jira_issues WHERE xmin::text::bigint >= $1
    UNION ALL SELECT count(*) FROM jira_sync.jira_issue_raw WHERE xmin::text::bigint >= $1
    UNION ALL SELECT count(*) FROM jira_sync.jira_issue_search WHERE xmin::text::bigint >= $1
    UNION ALL SELECT count(*) FROM jira_sync.jira_issue_keys WHERE xmin::text::bigint >= $1
    UNION ALL SELECT count(*) FROM jira_sync.jira_changelog WHERE xmin::text::bigint >= $1
    UNION ALL SELECT count(*) FROM jira_sync.jira_comments WHERE xmin::text::bigint >= $1
    UNION ALL SELECT count(*) FROM jira_sync.jira_worklogs WHERE xmin::text::bigint >= $1
    UNION ALL SELECT count(*) FROM jira_sync.jira_issue_links WHERE xmin::text::bigint >= $1
    UNION ALL SELECT count(*) FROM jira_sync.jira_users WHERE xmin::text::bigint >= $1
    UNION ALL SELECT count(*) FROM jira_sync.jira_projects WHERE xmin::text::bigint >= $1) counts`
