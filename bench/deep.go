package main

import (
	"context"
	"fmt"
	"time"
)

const (
	deepPage     = 1000
	deepPageSize = 10
	deepLooks    = 20 // at each page, in turns
)

// measureDeepPages compares page 1,000 with page 1, in every order.
func measureDeepPages(ctx context.Context, r *report, server *product) error {
	rows := [][]string{{"order", "page 1, ms", fmt.Sprintf("page %d, ms", deepPage), "times"}}
	worst, worstOrder := 0.0, ""
	for _, by := range []string{"UPDATED", "CREATED", "RESOLVED", "DUE", "KEY", "PRIORITY", "STATUS", "SUMMARY"} {
		for _, direction := range []string{"DESC", "ASC"} {
			order := by + " " + direction
			p := pager{server: server, order: fmt.Sprintf("[{by: %s, direction: %s}]", by, direction)}
			first, deep, err := p.compare(ctx)
			if err != nil {
				return fmt.Errorf("pages in order of %s: %w", order, err)
			}
			times := deep / first
			if times > worst {
				worst, worstOrder = times, order
			}
			rows = append(rows, []string{order, number(first), number(deep), number(times)})
		}
	}
	r.say("**Deep pages**, %d issues each, cold, one connection:", deepPageSize)
	r.table(rows...)
	r.figure(figure{
		what: fmt.Sprintf("page %d in the worst of 16 orders (%s)", deepPage, worstOrder), reached: worst, target: 1.5, most: true,
		unit: " x page 1",
	})
	return nil
}

// pager turns the pages of one order.
type pager struct {
	server *product
	order  string
}

// compare takes the median times of page 1 and page 1,000 in milliseconds.
func (p pager) compare(ctx context.Context) (first, deep float64, err error) {
	const stride = 500 // the longest page
	after := ""
	for range (deepPage - 1) * deepPageSize / stride {
		if after, err = p.turn(ctx, after, stride); err != nil {
			return 0, 0, err
		}
	}
	if after, err = p.turn(ctx, after, (deepPage-1)*deepPageSize%stride); err != nil {
		return 0, 0, err
	}
	var firsts, deeps []float64
	for range deepLooks {
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
