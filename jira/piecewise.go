package jira

import "context"

// isWhole tells a query for whole issues from one for ids or times.
func (q *Query) isWhole() bool { return len(q.Fields) == 1 && q.Fields[0] == "*all" }

// fewFailures is less than what the smallest page holds.
const fewFailures = smallestPage - 1

// witnessesOf are an issue that came in this scan or, before any has, those that the caller knows.
func (s *sweep) witnessesOf(ctx context.Context, q *Query) []int64 {
	switch {
	case s.witness != 0:
		return []int64{s.witness}
	case q.Witnesses != nil:
		return q.Witnesses(ctx)
	}
	return nil
}

// piecewise reads what a page would have held one issue after the other, so that one that Jira cannot
// show costs itself alone. The listing holds their times; failure is what became of the page, and is
// returned where Jira shows no issue whatever it is asked for: none of a page, and no witness, which
// it has shown before. That it finds none of them is a failure too: the listing has just named them.
func (c *Client) piecewise(ctx context.Context, d dialect, listing answer, q *Query, witnesses []int64, failure error) (answer, error) {
	page := answer{came: listing.came, total: listing.total, broken: listing.broken}
	missed := 0
	for i := range listing.issues {
		of := &listing.issues[i]
		if of.Placed() {
			page.reached = of.Created
		}
		one, err := c.issue(ctx, d, of.ID, q.Changelog)
		switch {
		case err == nil:
			page.add(one)
		case isAbsent(err): // it has left since, if Jira shows any other
			missed++
		case isOfPage(err):
			page.broken = append(page.broken, Broken{ID: of.ID, Key: of.Key, Err: err})
		default:
			return answer{}, err
		}
	}
	if len(page.issues) > 0 || len(page.broken) <= fewFailures && missed == 0 && len(witnesses) == 0 {
		return page, nil
	}
	for _, witness := range witnesses {
		if _, err := c.issue(ctx, d, witness, q.Changelog); err == nil {
			return page, nil
		}
	}
	return answer{}, failure
}
