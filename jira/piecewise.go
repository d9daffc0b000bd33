package jira

import "context"

// isWhole tells a query for whole issues from one for ids or times.
func (q *Query) isWhole() bool { return len(q.Fields) == 1 && q.Fields[0] == "*all" }

// piecewise reads what a page would have held one issue after the other, so that one that Jira cannot
// show costs itself alone. The listing holds their times; failure is what became of the page.
func (c *Client) piecewise(ctx context.Context, d dialect, listing answer, q *Query, failure error) (answer, error) {
	page := answer{came: listing.came, total: listing.total, broken: listing.broken}
	for i := range listing.issues {
		of := &listing.issues[i]
		one, err := c.issue(ctx, d, of.ID, q.Changelog)
		switch {
		case err == nil:
			page.add(one)
		case isAbsent(err): // it has left since
		case isOfPage(err):
			page.broken = append(page.broken, Broken{ID: of.ID, Key: of.Key, Err: err})
		default:
			return answer{}, err
		}
	}
	if page.found() > 1 && len(page.issues) == 0 { // it is Jira that fails, whatever it is asked for
		return answer{}, failure
	}
	return page, nil
}
