package jira

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cloud speaks to Jira Cloud: tokens, no totals, documents instead of wiki text.
type cloud struct{ c *Client }

func (d *cloud) kind() string { return Cloud }
func (d *cloud) root() string { return "rest/api/3/" }

type tokenSearch struct {
	JQL           string   `json:"jql"`
	MaxResults    int      `json:"maxResults"`
	Fields        []string `json:"fields"`
	Expand        string   `json:"expand,omitempty"` // a text here, a list in bulkfetch
	NextPageToken string   `json:"nextPageToken,omitempty"`
	Reconcile     []int64  `json:"reconcileIssues,omitempty"` // the same on each page of a query
}

const searchEndpoint = "POST /rest/api/3/search/jql"

func (d *cloud) search(ctx context.Context, s tokenSearch) (answer, receipt, error) {
	var page answer
	how := withFields
	if idsOnly(s.Fields) {
		how = bare
	}
	receipt, err := d.c.call(ctx, post("rest/api/3/search/jql", s), func(body []byte) (err error) {
		page, err = decodePage(body, d.c.special.Load(), how)
		return err
	})
	return page, receipt, err
}

// census asks for ids and keys alone: only then are pages of 5,000 given.
func (d *cloud) census(jql string) Query {
	return Query{JQL: jql, PageSize: 5000, Fields: []string{"id", "key"}}
}

func idsOnly(fields []string) bool {
	return len(fields) == 2 && fields[0] == "id" && fields[1] == "key"
}

const mostReconcile = 50 // Jira's limit

// mostEmptyTokens is how many pages without an issue, but with a token, are borne in a row.
const mostEmptyTokens = 20

// scan follows the tokens from page to page. Where they end too early, lead in a circle or
// have expired, it begins a new query at the bound that the sweep has reached. Tokens have
// been seen to end long before the issues did, so a query that filled a page is always
// followed by one from its bound.
func (d *cloud) scan(ctx context.Context, q Query, yield func(Page, error) bool) {
	w := &tokenWalk{d: d, q: q, s: d.c.newSweep(q), size: q.PageSize}
	w.q.Reconcile = q.Reconcile[:min(len(q.Reconcile), mostReconcile)]
	for first := true; ; first = false {
		page, receipt, err := w.next(ctx)
		if err != nil {
			yield(Page{}, w.s.failed(err, w.size))
			return
		}
		w.s.take(&page)
		if page.found() > 0 {
			w.gained, w.empty = true, 0
		}
		w.remember(&page)
		if (first || page.found() > 0) && !yield(w.s.page(page, receipt, -1), nil) {
			return
		}
		more, err := w.advance(ctx, page)
		if err != nil {
			yield(Page{}, fmt.Errorf("search: %w", err))
			return
		}
		if !more {
			return
		}
	}
}

// tokenWalk is a walk along tokens, query by query.
type tokenWalk struct {
	d *cloud
	q Query
	s *sweep

	size   int    // of the next page
	jql    string // of the running query; empty before it begins
	start  time.Time
	token  string
	used   map[string]bool
	pages  int
	full   bool    // the last page held as many as it could
	empty  int     // pages without an issue in a row
	gained bool    // the running query brought something new
	lately []int64 // the last ids that came
	pieces *pieces // of the last page; nil: Jira gave it whole
}

// pieces are what is known of a page that was read piecewise.
type pieces struct {
	from    time.Time // bound of its query
	seen    int       // issues that had come from there on
	isLast  bool
	failure error // why Jira did not give it
}

func (w *tokenWalk) next(ctx context.Context) (answer, receipt, error) {
	for {
		if w.jql == "" {
			w.jql = w.s.query()
			if w.s.conditions() == "" { // Cloud refuses a query without a condition
				w.jql = w.d.c.Since("created", time.Unix(0, 0)) + " " + w.jql
			}
			w.start, w.token, w.used, w.pages, w.gained = w.s.bound, "", map[string]bool{}, 0, false
		}
		page, receipt, err := w.d.search(ctx, tokenSearch{
			JQL: w.jql, MaxResults: w.size, Fields: w.q.Fields, Reconcile: w.q.Reconcile,
			Expand: strings.Join(expansion(w.q.Changelog), ","), NextPageToken: w.token,
		})
		if smaller, retry := smallerPage(err, w.size); retry {
			w.size, ctx = smaller, hasty(ctx)
			continue
		}
		w.pages++
		w.full = page.came >= w.size
		if err == nil {
			w.size = fittingPage(w.size, w.q.PageSize, receipt.bytes)
		} else if isOfPage(err) && w.q.isWhole() {
			return w.piecewise(ctx, err)
		}
		var bad *BadRequestError
		if w.token == "" || !errors.As(err, &bad) {
			return page, receipt, err
		}
		if again, lost := w.restart(ctx); lost != nil || !again { // the token has expired
			return page, receipt, errors.Join(err, lost)
		}
	}
}

// piecewise reads a page that Jira does not give, however small it is. A token leads on in its own query
// alone, so this one begins at the bound, where some come that came before, and another follows it.
func (w *tokenWalk) piecewise(ctx context.Context, failure error) (answer, receipt, error) {
	size := w.size + len(w.s.seen)
	listing, receipt, err := w.d.search(ctx, tokenSearch{JQL: w.s.query(), MaxResults: size, Fields: timesOnly()})
	if err != nil {
		return answer{}, receipt, failure
	}
	isLast := listing.token == "" && listing.came < size
	listing.issues = slices.DeleteFunc(listing.issues, func(i Issue) bool {
		_, came := w.s.seen[i.ID]
		return came
	})
	if len(listing.issues) > w.size {
		listing.issues, isLast = listing.issues[:w.size], false
	}
	w.pieces = &pieces{from: w.s.bound, seen: len(w.s.cursor().Seen), isLast: isLast, failure: failure}
	page, err := w.d.c.piecewise(ctx, w.d, listing, &w.q, w.s.witnessesOf(ctx, &w.q), failure)
	return page, receipt, err
}

// behindPieces chooses how to go on behind a page that was read piecewise.
func (w *tokenWalk) behindPieces() (more bool, err error) {
	p := w.pieces
	w.pieces, w.jql = nil, ""
	gained := w.s.bound.After(p.from) || len(w.s.cursor().Seen) > p.seen
	if !p.isLast && !gained {
		return false, p.failure
	}
	return !p.isLast, nil
}

// advance chooses how to go on behind a page.
func (w *tokenWalk) advance(ctx context.Context, page answer) (more bool, err error) {
	if page.came == 0 {
		w.empty++
	}
	switch {
	case w.pieces != nil:
		return w.behindPieces()
	case page.token == "" && w.pages == 1 && !w.full:
		return false, nil
	case page.token == "":
		return w.restart(ctx)
	case w.empty > mostEmptyTokens:
		return false, w.d.c.nonsense(searchEndpoint, "%d pages in a row were empty, yet promised more", w.empty)
	case w.used[page.token]:
		again, err := w.restart(ctx)
		if err == nil && !again {
			err = w.d.c.nonsense(searchEndpoint, "the token of the next page repeats and nothing new comes")
		}
		return again, err
	}
	w.used[page.token] = true
	w.token = page.token
	return true, nil
}

// restart begins a new query at the bound, if the last one led anywhere.
func (w *tokenWalk) restart(ctx context.Context) (bool, error) {
	if !w.gained || w.s.chaotic {
		return false, nil
	}
	if idsOnly(w.q.Fields) {
		if err := w.locate(ctx); err != nil {
			return false, err
		}
	}
	if !w.s.bound.After(w.start) {
		return false, nil
	}
	w.jql = ""
	return true, nil
}

// remember keeps some of the last ids, for locate.
func (w *tokenWalk) remember(page *answer) {
	for i := range page.issues {
		w.lately = append(w.lately, page.issues[i].ID)
	}
	w.lately = w.lately[max(0, len(w.lately)-20):]
}

// locate finds the bound of a walk that reads ids only: by the creation of one of the last.
func (w *tokenWalk) locate(ctx context.Context) error {
	page, err := w.d.bulkFetch(ctx, bulkFetch{IDs: idTexts(w.lately), Fields: timesOnly()})
	if err != nil {
		return err
	}
	for i := range page.issues {
		if created := page.issues[i].Created; created.After(w.s.bound) {
			w.s.bound = created.Truncate(w.s.step)
		}
	}
	return nil
}

func (d *cloud) few(ctx context.Context, jql string) (answer, error) {
	page, _, err := d.search(ctx, tokenSearch{JQL: jql, MaxResults: 5, Fields: timesOnly()})
	return page, err
}

func (d *cloud) count(ctx context.Context, jql string) (int, bool, error) {
	if jql == "" {
		jql = d.c.Since("created", time.Unix(0, 0))
	}
	answer, _, err := callInto[struct {
		Count number `json:"count"`
	}](ctx, d.c, post("rest/api/3/search/approximate-count", map[string]string{"jql": jql}))
	if err != nil {
		return 0, false, fmt.Errorf("count: %w", err)
	}
	if !answer.Count.OK {
		return 0, false, d.c.nonsense("POST /rest/api/3/search/approximate-count", "there is no count")
	}
	return int(answer.Count.N), false, nil
}

const projectsEndpoint = "GET /rest/api/3/project/search"

type projectPage struct {
	Values list[object[projectWire]] `json:"values"`
	Total  number                    `json:"total"`
	IsLast flag                      `json:"isLast"`
}

// isLast tells whether nothing is behind a page that ends there; its total goes before its word.
func (p *projectPage) isLast(end int) bool {
	if p.Total.OK {
		return int64(end) >= p.Total.N
	}
	return bool(p.IsLast)
}

func (d *cloud) projects(ctx context.Context) iter.Seq2[Project, error] {
	return func(yield func(Project, error) bool) {
		seen := map[int64]bool{}
		for start := 0; ; {
			page, _, err := callInto[projectPage](ctx, d.c, get("rest/api/3/project/search", url.Values{
				"startAt": {strconv.Itoa(start)}, "maxResults": {"100"}, "orderBy": {"key"},
				"status": {"live", "archived"}, "expand": {"lead,insight"},
			}))
			if err != nil {
				yield(Project{}, fmt.Errorf("list projects: %w", err))
				return
			}
			fresh := 0
			for i := range page.Values {
				p, ok := page.Values[i].V.project(d.c.site)
				if !ok || seen[p.ID] {
					continue
				}
				seen[p.ID] = true
				fresh++
				if !yield(p, nil) {
					return
				}
			}
			start += len(page.Values)
			switch {
			case page.isLast(start), fresh == 0 && !page.Total.OK:
				return
			case fresh == 0: // who took it for the end would lose sight of the rest
				yield(Project{}, d.c.nonsense(projectsEndpoint, "%d projects are said to be there, but none comes from %d on", page.Total.N, start))
				return
			}
		}
	}
}

type bulkFetch struct {
	IDs    []string `json:"issueIdsOrKeys"`
	Fields []string `json:"fields"`
	Expand []string `json:"expand,omitempty"`
}

func (d *cloud) bulkFetch(ctx context.Context, b bulkFetch) (answer, error) {
	var page answer
	_, err := d.c.call(ctx, post("rest/api/3/issue/bulkfetch", b), func(body []byte) (err error) {
		page, err = decodePage(body, d.c.special.Load(), withFields)
		return err
	})
	return page, err
}

// issues asks once more for those that Jira failed to send beside others: an answer may be too large for
// them. What came is not lost where that goes wrong.
func (d *cloud) issues(ctx context.Context, ids []int64, changelog bool) (answer, error) {
	var all answer
	var withheld []Broken
	for {
		page, err := d.bulkFetch(ctx, bulkFetch{IDs: idTexts(ids), Fields: []string{"*all"}, Expand: expansion(changelog)})
		if err != nil && len(withheld) > 0 && isOfItsIssues(err) {
			all.broken = append(all.broken, withheld...)
			return all, nil
		}
		if err != nil {
			return answer{}, err
		}
		var sent []Broken
		withheld, sent = page.withheld()
		if len(withheld) == 0 || len(withheld) >= len(ids) {
			all.add(page)
			return all, nil
		}
		page.broken = sent
		all.add(page)
		ids = make([]int64, len(withheld))
		for n, b := range withheld {
			ids[n] = b.ID
		}
	}
}

// isOfItsIssues tells a failure for which an issue in the answer may be to blame.
func isOfItsIssues(err error) bool {
	var nonsense *NonsenseError
	var failed *UnreachableError
	return errors.As(err, &nonsense) || errors.As(err, &failed) && failed.Status > 0
}

func idTexts(ids []int64) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.FormatInt(id, 10)
	}
	return texts
}
