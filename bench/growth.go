package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// grown is a mirror of one size and those who answer from it.
type grown struct {
	*mirrored
	issues   int
	readers  *readers
	programs map[string][]*contestant     // by question
	found    map[string]map[string][]turn // by question and program
}

// grownVariants is how many different requests a question is asked with here: those of Q3 are
// searches that take PostgreSQL a while in a large mirror, and each is compared before.
func grownVariants(q question) int {
	if q.name == "Q3" {
		return 24
	}
	return 400
}

// measureGrowth asks the five questions of mirrors of growing size, in turns, and turns pages in
// the largest.
func measureGrowth(ctx context.Context, s *stand, r *report) (err error) {
	sizes, err := s.grow(ctx, r)
	if err != nil {
		return err
	}
	defer func() {
		for _, g := range sizes {
			err = errors.Join(err, s.shrink(context.WithoutCancel(ctx), g))
		}
	}()
	if err := s.openGrown(ctx, r, sizes); err != nil {
		return err
	}
	largest := sizes[len(sizes)-1]
	r.heading("Growth")
	r.say("Cold answers/s from mirrors of growing size, in turns; %d connections. The smallest was mirrored; the others are "+
		"copies of its issues, history and words made inside PostgreSQL with ids, keys, projects and times of their own, so "+
		"that projects are as large in each. *keeps* is what the largest has of the smallest's.", readConnections)
	head := []string{""}
	for _, name := range []string{fSQL, coldName} {
		for _, g := range sizes {
			head = append(head, name+" "+strconv.Itoa(g.issues))
		}
		head = append(head, "keeps")
	}
	rows := [][]string{append(head, warmName+" "+strconv.Itoa(largest.issues), "warm / cold")}
	for _, q := range questions() {
		row, err := s.growthRow(ctx, r, q, sizes)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	r.table(rows...)
	for _, g := range sizes {
		g.show(r)
	}
	return s.measureDeepPages(ctx, r, sizes)
}

// grow makes the mirrors, the smallest first.
func (s *stand) grow(ctx context.Context, r *report) (sizes []*grown, err error) {
	base, err := s.mirror(ctx, r, s.syncIssues)
	if err != nil {
		return nil, err
	}
	sizes = []*grown{{mirrored: base, issues: s.syncIssues}}
	for _, issues := range []int{s.issues, s.grownIssues} {
		times := issues / s.syncIssues
		if times < 2 || slices.ContainsFunc(sizes, func(g *grown) bool { return g.issues == times*s.syncIssues }) {
			continue
		}
		g := &grown{mirrored: &mirrored{jira: base.jira}, issues: times * s.syncIssues}
		sizes = append(sizes, g)
		r.working("a mirror of %d issues is multiplied to %d", s.syncIssues, g.issues)
		if g.url, err = s.duplicate(ctx, base.url, g.name()); err == nil {
			err = multiply(ctx, r, g.url, times)
		}
		if err != nil {
			for _, g := range sizes {
				err = errors.Join(err, s.shrink(context.WithoutCancel(ctx), g))
			}
			return nil, err
		}
	}
	return sizes, nil
}

func (g *grown) name() string { return "grown_" + strconv.Itoa(g.issues) }

// shrink stops who reads a mirror, and drops it if it is a copy.
func (s *stand) shrink(ctx context.Context, g *grown) (err error) {
	if g.readers != nil {
		err = g.readers.close()
	}
	if g.issues == s.syncIssues {
		return err
	}
	return errors.Join(err, s.drop(ctx, g.name()))
}

// openGrown starts the readers.
func (s *stand) openGrown(ctx context.Context, r *report, sizes []*grown) (err error) {
	if err := s.forgetRedis(ctx); err != nil {
		return err
	}
	for n, g := range sizes {
		if g.readers, err = s.openReaders(ctx, g.mirrored, s.redisFor(n)); err != nil {
			return err
		}
		if g.readers.peers, err = s.startPeers(ctx, r, g.mirrored); err != nil {
			return err
		}
		g.programs, g.found = map[string][]*contestant{}, map[string]map[string][]turn{}
		for _, q := range questions() {
			if g.programs[q.name], err = g.readers.prepare(ctx, r, g.mirrored, q, grownVariants(q)); err != nil {
				return err
			}
		}
	}
	return nil
}

// show tells what was read from a mirror as the section Reading does.
func (g *grown) show(r *report) {
	r.say("**%d issues**, the same turns:", g.issues)
	rows := [][]string{readingHead()}
	for _, q := range questions() {
		rows = append(rows, readingRow(q, g.found[q.name]))
	}
	r.table(rows...)
}

// growthRow measures one question.
func (s *stand) growthRow(ctx context.Context, r *report, q question, sizes []*grown) ([]string, error) {
	for _, g := range sizes {
		g.found[q.name] = map[string][]turn{}
	}
	for round := range s.rounds {
		for _, g := range sizes {
			for _, p := range g.programs[q.name] {
				t, err := p.load(ctx, readConnections, s.window/2)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", q.name, err)
				}
				g.found[q.name][p.name] = append(g.found[q.name][p.name], t)
			}
		}
		r.working("growth, %s round %d", q.name, round+1)
	}
	small, large := sizes[0], sizes[len(sizes)-1]
	row := []string{q.name}
	keeps := map[string]float64{}
	for _, name := range []string{fSQL, coldName} {
		for _, g := range sizes {
			row = append(row, number(median(rates(g.found[q.name][name]))))
		}
		keeps[name] = ratio(rates(large.found[q.name][name]), rates(small.found[q.name][name]))
		row = append(row, number(keeps[name]))
	}
	times := ratio(rates(large.found[q.name][warmName]), rates(large.found[q.name][coldName]))
	r.grown(q, small, large, keeps, times)
	return append(row, number(median(rates(large.found[q.name][warmName]))), number(times)), nil
}

// grown holds a question's growth against its targets.
func (r *report) grown(q question, small, large *grown, keeps map[string]float64, warmTimes float64) {
	counts := q.name == "Q3" || q.name == "Q4"
	target := 0.7
	if counts {
		target = keeps[fSQL] // these grow with what they find; the product must not be slower than that
	}
	r.figure(figure{
		what: fmt.Sprintf("%s cold, throughput with %d issues", q.name, large.issues), reached: keeps[coldName], target: target,
		unit: fmt.Sprintf(" of that with %d", small.issues), why: "F-sql, the best statement there is, keeps " + number(keeps[fSQL]) + ".",
	})
	if counts {
		r.figure(figure{
			what: fmt.Sprintf("%s warm with %d issues", q.name, large.issues), reached: warmTimes, target: 100, unit: " x cold",
			why: "A copy's projects are as large as those of the smallest mirror.",
		})
	}
}
