package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"jirasync/jirasim"
)

// syncTurn is one program's full sync in one round.
type syncTurn struct {
	rate     float64       // issues a second
	program  usage         // of the program itself
	database time.Duration // CPU of PostgreSQL
}

// syncProgram is the product or one of its floors.
type syncProgram struct {
	name string
	turn func(ctx context.Context) (syncTurn, error)
}

func measureSync(ctx context.Context, s *stand, r *report) error {
	r.heading("Full sync")
	r.say("%d issues with changelog, comments and worklogs, rendered by the simulated Jira beforehand; %d requests at a time, "+
		"pages of %d. F-page downloads the pages; F-copy also stores each with one COPY into a jsonb column with lz4. The product is "+
		"`jirasync sync --full` on an empty database; its time is that of its run, from the first request to the last commit, "+
		"census included. Every result was counted.", s.syncIssues, concurrency, pageSize)
	for _, flavor := range []jirasim.Flavor{jirasim.DataCenter, jirasim.Cloud} {
		if err := measureFlavor(ctx, s, r, flavor); err != nil {
			return fmt.Errorf("%s: %w", flavor, err)
		}
	}
	return nil
}

func measureFlavor(ctx context.Context, s *stand, r *report, flavor jirasim.Flavor) (err error) {
	r.working("a simulated Jira (%s) writes %d documents", flavor, s.syncIssues)
	sim, err := s.simulate(ctx, flavor, s.syncIssues)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sim.stop()) }()
	page := syncProgram{"F-page", func(ctx context.Context) (syncTurn, error) { return s.copyTurn(ctx, sim, false) }}
	copying := syncProgram{"F-copy", func(ctx context.Context) (syncTurn, error) { return s.copyTurn(ctx, sim, true) }}
	product := syncProgram{"jirasync", func(ctx context.Context) (syncTurn, error) { return s.syncTurn(ctx, sim) }}

	turns, err := s.syncRounds(ctx, r, page, copying, product)
	if err != nil {
		return err
	}
	r.say("**%s**, no latency:", sim.title())
	showSync(r, turns, "F-copy", s.syncIssues, page, copying, product)
	rates := func(p syncProgram) []float64 { return each(turns[p.name], func(t syncTurn) float64 { return t.rate }) }
	r.figure(figure{
		what: "full sync, " + sim.title(), reached: ratio(rates(product), rates(copying)), target: 0.5, unit: " of F-copy",
		why: whySync,
	})
	if flavor == jirasim.Cloud {
		return nil
	}
	return measureLatency(ctx, s, r, sim, page, copying, product)
}

const whySync = "The product writes what the floor writes, the same document as jsonb, and beside it the issue's row with its indexes, " +
	"its words, history, comments, worklogs and links, and the hash that spares an unchanged issue the next write."

// measureLatency repeats it where Jira takes its time, as Jira does.
func measureLatency(ctx context.Context, s *stand, r *report, sim *simulator, programs ...syncProgram) error {
	if err := sim.delay(ctx, "300ms"); err != nil {
		return err
	}
	turns, err := s.syncRounds(ctx, r, programs...)
	if err := errors.Join(err, sim.delay(ctx, "")); err != nil {
		return err
	}
	r.say("**%s**, each page after 300 ms:", sim.title())
	showSync(r, turns, "F-page", s.syncIssues, programs...)
	rates := func(name string) []float64 { return each(turns[name], func(t syncTurn) float64 { return t.rate }) }
	r.figure(figure{
		what: "full sync with 300 ms a page", reached: ratio(rates("jirasync"), rates("F-page")), target: 0.95, unit: " of F-page",
		why: "The product asks for as many pages, at as many a time. Before the first it learns in two requests how the instance reads " +
			"times; of the larger projects it reads what changed lately first, and the rest in several spans, each of which ends within a page.",
	})
	return nil
}

// syncRounds lets the programs take turns.
func (s *stand) syncRounds(ctx context.Context, r *report, programs ...syncProgram) (map[string][]syncTurn, error) {
	turns := map[string][]syncTurn{}
	for round := range s.rounds {
		for _, p := range programs {
			turn, err := p.turn(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
			r.working("round %d: %s %.0f issues/s", round+1, p.name, turn.rate)
			turns[p.name] = append(turns[p.name], turn)
		}
	}
	return turns, nil
}

func showSync(r *report, turns map[string][]syncTurn, floor string, issues int, programs ...syncProgram) {
	rows := [][]string{{"", "issues/s", "x " + floor, "CPU s for 1,000 issues: program", "PostgreSQL", "resident MB at most"}}
	floorRates := each(turns[floor], func(t syncTurn) float64 { return t.rate })
	perThousand := func(seconds []float64) string { return number(median(seconds) * 1000 / float64(issues)) }
	for _, p := range programs {
		rounds := turns[p.name]
		rates := each(rounds, func(t syncTurn) float64 { return t.rate })
		rows = append(rows, []string{
			p.name, number(median(rates)), number(ratio(rates, floorRates)),
			perThousand(each(rounds, func(t syncTurn) float64 { return t.program.cpu.Seconds() })),
			perThousand(each(rounds, func(t syncTurn) float64 { return t.database.Seconds() })),
			megabytes(int64(median(each(rounds, func(t syncTurn) float64 { return float64(t.program.peak) })))),
		})
	}
	r.table(rows...)
}

// copyTurn is one turn of F-page or F-copy.
func (s *stand) copyTurn(ctx context.Context, sim *simulator, store bool) (turn syncTurn, err error) {
	args := []string{copyCommand, "-jira", sim.url, "-flavor", string(sim.flavor), "-projects", strings.Join(sim.Projects, ",")}
	var url string
	if store {
		if url, err = s.emptyCopy(ctx); err != nil {
			return turn, err
		}
		args = append(args, "-database", url)
	}
	before := s.postgresCPU()
	out, used, err := complete(ctx, environ(), s.self, args...)
	if err != nil {
		return turn, err
	}
	var done copied
	if err := json.Unmarshal(out, &done); err != nil {
		return turn, fmt.Errorf("read what the floor printed: %w", err)
	}
	turn = syncTurn{float64(done.Issues) / done.Seconds, used, s.postgresCPU() - before}
	stored := done.Issues
	if store {
		if stored, err = fetch[int64](ctx, url, "SELECT count(*) FROM "+copyTable); err != nil {
			return turn, err
		}
	}
	if stored != int64(sim.Issues) {
		return turn, fmt.Errorf("%d issues of %d came", stored, sim.Issues)
	}
	return turn, nil
}

// emptyCopy makes the table of F-copy anew.
func (s *stand) emptyCopy(ctx context.Context) (string, error) {
	const name = "floor"
	if err := s.drop(ctx, name); err != nil {
		return "", err
	}
	url, err := s.postgres.EnsureDatabase(ctx, name)
	if err != nil {
		return "", err
	}
	if err := execute(ctx, url, "CREATE TABLE "+copyTable+" (document jsonb COMPRESSION lz4)"); err != nil {
		return "", err
	}
	return url, s.checkpoint(ctx)
}

// syncedRun is what the product tells of a run.
type syncedRun struct {
	State      string  `json:"state"`
	DurationMs float64 `json:"durationMs"`
	Created    int     `json:"issuesCreated"`
	Error      *string `json:"error"`
}

// syncTurn is one turn of the product.
func (s *stand) syncTurn(ctx context.Context, sim *simulator) (turn syncTurn, err error) {
	url, err := s.database(ctx, "synced")
	if err != nil {
		return turn, err
	}
	if err := s.checkpoint(ctx); err != nil {
		return turn, err
	}
	before := s.postgresCPU()
	env := environ(append(sim.config(), "DATABASE_URL="+url, "LOG_LEVEL=error")...)
	out, used, err := complete(ctx, env, s.binary, "sync", "--full", "--json")
	if err != nil {
		return turn, fmt.Errorf("%w: %s", err, out)
	}
	var runs []syncedRun
	if err := json.Unmarshal(out, &runs); err != nil {
		return turn, fmt.Errorf("read the run: %w", err)
	}
	if len(runs) != 1 || runs[0].State != "SUCCEEDED" {
		return turn, fmt.Errorf("the run did not succeed: %s", out)
	}
	turn = syncTurn{float64(runs[0].Created) / runs[0].DurationMs * 1000, used, s.postgresCPU() - before}
	stored, err := fetch[int64](ctx, url, "SELECT count(*) FROM jira_sync.jira_issue_raw")
	if err != nil {
		return turn, err
	}
	if stored != int64(sim.Issues) {
		return turn, fmt.Errorf("%d issues of %d were stored", stored, sim.Issues)
	}
	return turn, nil
}
