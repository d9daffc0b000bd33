package main

import (
	"context"
	"fmt"
	"slices"
)

// measureCurve shows what more connections do, on Q1.
func measureCurve(ctx context.Context, s *stand, r *report, programs []*contestant) error {
	found := map[string]map[int][]turn{fSQL: {}, coldName: {}, warmName: {}}
	counts := []int{1, 16, 64, 256}
	for round := range s.rounds {
		for _, connections := range counts {
			for _, p := range programs {
				if found[p.name] == nil {
					continue
				}
				t, err := p.load(ctx, connections, s.window/2)
				if err != nil {
					return fmt.Errorf("%d connections: %w", connections, err)
				}
				found[p.name][connections] = append(found[p.name][connections], t)
			}
		}
		r.working("connections, round %d", round+1)
	}
	r.say("**Q1 with more connections**: answers/s, and ms at p50 and p99.")
	rows := [][]string{{"connections", fSQL, "", coldName, "", warmName, ""}}
	for _, connections := range counts {
		row := []string{fmt.Sprint(connections)}
		for _, name := range []string{fSQL, coldName, warmName} {
			turns := found[name][connections]
			row = append(row, number(median(rates(turns))), quantiles(turns))
		}
		rows = append(rows, row)
	}
	r.table(rows...)
	why := fmt.Sprintf("F-sql keeps %s of its own: the clients share the two cores with what they ask.", number(steadiest(found[fSQL], counts)))
	for _, name := range []string{coldName, warmName} {
		r.figure(figure{
			what: "Q1 " + name + ", least throughput with more connections", reached: steadiest(found[name], counts), target: 0.9,
			unit: " of what fewer give", why: why,
		})
		wide := found[name][64]
		r.figure(figure{
			what: "Q1 " + name + ", p99 with 64 connections", target: 8, most: true, unit: " x p50",
			reached: median(each(wide, func(t turn) float64 { return float64(t.p99) / float64(t.p50) })),
		})
	}
	p50 := func(name string) []float64 {
		return each(found[name][1], func(t turn) float64 { return float64(t.p50) })
	}
	r.figure(figure{
		what: "Q1 cold with 1 connection, p50", reached: ratio(p50(coldName), p50(fSQL)), target: 2.5, most: true, unit: " x F-sql",
	})
	return nil
}

// steadiest is the least that throughput keeps of its best with fewer connections.
func steadiest(turns map[int][]turn, counts []int) float64 {
	least, best := 1.0, 0.0
	for _, connections := range slices.Sorted(slices.Values(counts)) {
		rate := median(rates(turns[connections]))
		if best > 0 {
			least = min(least, rate/best)
		}
		best = max(best, rate)
	}
	return least
}
