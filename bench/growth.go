package main

import (
	"context"
	"errors"
	"fmt"
)

// grown is a mirror of one size and those who answer from it.
type grown struct {
	issues   int
	readers  *readers
	programs map[string][]*contestant // F-sql and cold, by question
}

// measureGrowth asks the five questions of a small and of a large mirror, in turns.
func measureGrowth(ctx context.Context, s *stand, r *report) (err error) {
	small, err := s.openGrown(ctx, r, s.syncIssues)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, small.readers.close()) }()
	large, err := s.openGrown(ctx, r, s.issues)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, large.readers.close()) }()
	r.heading("Growth")
	r.say("Cold answers/s from a mirror of %d issues and one of %d, in turns; %d connections.", small.issues, large.issues, readConnections)
	rows := [][]string{{"", "F-sql small", "large", "keeps", "cold small", "large", "keeps"}}
	for _, q := range questions() {
		row, err := s.growthRow(ctx, r, q, small, large)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	r.table(rows...)
	if s.issues < (deepPage+1)*deepPageSize {
		return nil
	}
	return measureDeepPages(ctx, r, large.readers.cold)
}

func (s *stand) openGrown(ctx context.Context, r *report, issues int) (*grown, error) {
	m, err := s.mirror(ctx, r, issues)
	if err != nil {
		return nil, err
	}
	g := &grown{issues: issues, programs: map[string][]*contestant{}}
	if g.readers, err = s.openReaders(ctx, m); err != nil {
		return nil, err
	}
	for _, q := range questions() {
		programs, err := g.readers.prepare(ctx, r, m, q)
		if err != nil {
			return nil, errors.Join(err, g.readers.close())
		}
		for _, p := range programs {
			if p.name == fSQL || p.name == coldName {
				g.programs[q.name] = append(g.programs[q.name], p)
			}
		}
	}
	return g, nil
}

// growthRow measures one question.
func (s *stand) growthRow(ctx context.Context, r *report, q question, small, large *grown) ([]string, error) {
	found := map[*grown]map[string][]turn{small: {}, large: {}}
	for round := range s.rounds {
		for _, g := range []*grown{small, large} {
			for _, p := range g.programs[q.name] {
				t, err := p.load(ctx, readConnections, s.window/2)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", q.name, err)
				}
				found[g][p.name] = append(found[g][p.name], t)
			}
		}
		r.working("growth, %s round %d", q.name, round+1)
	}
	row := []string{q.name}
	keeps := map[string]float64{}
	for _, name := range []string{fSQL, coldName} {
		few, many := rates(found[small][name]), rates(found[large][name])
		keeps[name] = ratio(many, few)
		row = append(row, number(median(few)), number(median(many)), number(keeps[name]))
	}
	target := 0.7
	if q.name == "Q3" || q.name == "Q4" {
		target = keeps[fSQL] // these grow with what they find; the product must not be slower than that
	}
	r.figure(figure{
		what: fmt.Sprintf("%s cold, throughput with %d issues", q.name, large.issues), reached: keeps[coldName], target: target,
		unit: fmt.Sprintf(" of that with %d", small.issues), why: "F-sql, the best statement there is, keeps " + number(keeps[fSQL]) + ".",
	})
	return row, nil
}
