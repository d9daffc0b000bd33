package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

const (
	deepPage     = 1000
	deepPageSize = 10
	deepLooks    = 20                     // at each page, in turns
	leastLooks   = 5                      // of them, however long they take
	deepTime     = 500 * time.Millisecond // for the looks at one order
)

// measureDeepPages compares page 1,000 with page 1, in every order, in the mirrors that have as
// many.
func (s *stand) measureDeepPages(ctx context.Context, r *report, sizes []*grown) error {
	head := []string{"order"}
	var rows [][]string
	for _, g := range sizes {
		if g.issues < (deepPage+1)*deepPageSize {
			continue
		}
		head = append(head, fmt.Sprintf("of %d: page 1, ms", g.issues), fmt.Sprintf("page %d, ms", deepPage), "times")
		column, err := s.deepPages(ctx, r, g)
		if err != nil {
			return err
		}
		for n := range column {
			if len(rows) == n {
				rows = append(rows, nil)
			}
			rows[n] = append(rows[n], column[n][min(len(rows[n]), 1):]...)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	r.say("**Deep pages**, %d issues each, cold, one connection:", deepPageSize)
	r.table(append([][]string{head}, rows...)...)
	return nil
}

// deepPages turns the pages of one mirror. Its rows are the order, the two times and their ratio.
func (s *stand) deepPages(ctx context.Context, r *report, g *grown) (rows [][]string, err error) {
	// One page of any length leads to page 1,000.
	server, err := s.serve(ctx, append(g.jira.config(), "DATABASE_URL="+g.url, "SYNC_ENABLED=false", "AUTO_MIGRATE=false",
		"CACHE_ENABLED=false", "LIMIT_PAGE="+strconv.Itoa(deepPage*deepPageSize), "LIMIT_COST=10000000", "LIMIT_TIME=1m")...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	worst, worstOrder := 0.0, ""
	for _, by := range []string{"UPDATED", "CREATED", "RESOLVED", "DUE", "KEY", "PRIORITY", "STATUS", "SUMMARY"} {
		for _, direction := range []string{"DESC", "ASC"} {
			order := by + " " + direction
			p := pager{server: server, order: fmt.Sprintf("[{by: %s, direction: %s}]", by, direction)}
			first, deep, err := p.compare(ctx)
			if err != nil {
				return nil, fmt.Errorf("pages in order of %s: %w", order, err)
			}
			times := deep / first
			if times > worst {
				worst, worstOrder = times, order
			}
			rows = append(rows, []string{order, number(first), number(deep), number(times)})
		}
	}
	r.working("turned the pages of %d issues", g.issues)
	r.figure(figure{
		what:    fmt.Sprintf("page %d of %d issues in the worst of 16 orders (%s)", deepPage, g.issues, worstOrder),
		reached: worst, target: 1.5, most: true, unit: " x page 1",
	})
	return rows, nil
}

// pager turns the pages of one order.
type pager struct {
	server *product
	order  string
}

// compare takes the median times of page 1 and page 1,000 in milliseconds.
func (p pager) compare(ctx context.Context) (first, deep float64, err error) {
	after, err := p.turn(ctx, "", (deepPage-1)*deepPageSize)
	if err != nil {
		return 0, 0, err
	}
	var firsts, deeps []float64
	until := time.Now().Add(deepTime)
	for n := range deepLooks {
		if n >= leastLooks && time.Now().After(until) {
			break
		}
		for place, times := range map[string]*[]float64{"": &firsts, after: &deeps} {
			began := time.Now()
			if _, err := p.turn(ctx, place, deepPageSize); err != nil {
				return 0, 0, err
			}
			*times = append(*times, time.Since(began).Seconds()*1000)
		}
	}
	return median(firsts), median(deeps), nil
}

// turn reads the page behind a place and returns where it ends.
func (p pager) turn(ctx context.Context, after string, size int) (end string, err error) {
	from := ""
	if after != "" {
		from = fmt.Sprintf(", after: %q", after)
	}
	var answer struct {
		Issues struct {
			Nodes    []struct{ Key string }
			PageInfo struct{ EndCursor string }
		}
	}
	err = p.server.ask(ctx, fmt.Sprintf(`{ issues(first: %d, orderBy: %s%s) { nodes { key } pageInfo { endCursor } } }`, size, p.order, from), &answer)
	if err == nil && len(answer.Issues.Nodes) != size {
		err = fmt.Errorf("a page of %d issues instead of %d", len(answer.Issues.Nodes), size)
	}
	return answer.Issues.PageInfo.EndCursor, err
}
