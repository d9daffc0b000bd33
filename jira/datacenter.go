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
)

// dataCenter speaks to Server and Data Center: offsets, totals, wiki text.
type dataCenter struct{ c *Client }

func (d *dataCenter) kind() string { return DataCenter }
func (d *dataCenter) root() string { return "rest/api/2/" }

type offsetSearch struct {
	JQL        string   `json:"jql"`
	StartAt    int      `json:"startAt"`
	MaxResults int      `json:"maxResults"`
	Fields     []string `json:"fields"`
	Expand     []string `json:"expand,omitempty"`
}

func (d *dataCenter) search(ctx context.Context, s offsetSearch) (answer, receipt, error) {
	var page answer
	receipt, err := d.c.call(ctx, post("rest/api/2/search", s), func(body []byte) (err error) {
		page, err = decodePage(body, d.c.special.Load(), withFields)
		return err
	})
	return page, receipt, err
}

func (d *dataCenter) census(jql string) Query {
	return Query{JQL: jql, PageSize: 1000, Fields: timesOnly()}
}

// How much emptiness is borne before a server counts as out of its mind.
const (
	mostEmptyPages = 10
	repeatsPerPage = 10
	mostOverlap    = 5 // issues that may leave an instant between two pages of it unnoticed
)

// scan asks for each page from the bound of the last one on. An offset leads on only where
// the bound does not move: when more than a page was created in one instant. Offsets alone
// would skip issues whenever one before them leaves the result.
func (d *dataCenter) scan(ctx context.Context, q Query, yield func(Page, error) bool) {
	w := &offsetWalk{d: d, s: d.c.newSweep(q), size: q.PageSize, asked: q.PageSize}
	total := -1
	for first := true; ; first = false {
		page, receipt, err := w.next(ctx, q)
		if err != nil {
			yield(Page{}, w.s.failed(err, w.size))
			return
		}
		if first {
			total = page.total
		}
		moved := w.s.take(&page)
		if (first || page.found() > 0) && !yield(w.s.page(page, receipt, total), nil) {
			return
		}
		more, err := w.advance(page, moved)
		if err != nil {
			yield(Page{}, fmt.Errorf("search: %w", err))
			return
		}
		if !more {
			return
		}
	}
}

// offsetWalk is a walk along bounds and, within an instant, offsets.
type offsetWalk struct {
	d *dataCenter
	s *sweep

	size, asked int // of the next page, and as the caller wants it
	offset      int
	empty       int // pages without an issue in a row, though there are said to be more
	repeats     int // issues in a row that had come before
}

func (w *offsetWalk) next(ctx context.Context, q Query) (answer, receipt, error) {
	for {
		page, receipt, err := w.d.search(ctx, offsetSearch{
			JQL: w.s.query(), StartAt: w.offset, MaxResults: w.size, Fields: q.Fields, Expand: expansion(q.Changelog),
		})
		smaller, retry := smallerPage(err, w.size)
		switch {
		case retry:
			w.size, ctx = smaller, hasty(ctx)
			continue
		case err == nil:
			w.size = fittingPage(w.size, w.asked, receipt.bytes)
		case isOfPage(err) && q.isWhole():
			return w.piecewise(ctx, q, err)
		}
		return page, receipt, err
	}
}

// piecewise reads a page that Jira does not give, however small it is.
func (w *offsetWalk) piecewise(ctx context.Context, q Query, failure error) (answer, receipt, error) {
	listing, receipt, err := w.d.search(ctx, offsetSearch{JQL: w.s.query(), StartAt: w.offset, MaxResults: w.size, Fields: timesOnly()})
	if err != nil {
		return answer{}, receipt, failure
	}
	page, err := w.d.c.piecewise(ctx, w.d, listing, &q, w.s.witnessesOf(ctx, &q), failure)
	return page, receipt, err
}

// advance chooses how to go on behind a page: by what came, never by what was asked for.
func (w *offsetWalk) advance(page answer, moved bool) (more bool, err error) {
	end := w.offset + page.came
	switch {
	case page.came == 0 && page.total <= w.offset, page.came > 0 && page.total == end:
		return false, nil
	case page.came == 0:
		// It may be a hiccup: ask again, then step over what the index holds but cannot load.
		if w.empty++; w.empty > mostEmptyPages {
			return false, w.d.c.nonsense("POST /rest/api/2/search",
				"%d issues are said to match, but none comes from %d on", page.total, w.offset)
		}
		if w.empty > 2 {
			w.offset += w.size
		}
		return true, nil
	}
	w.empty, w.repeats = 0, w.repeats+page.came-page.found()
	if page.found() > 0 {
		w.repeats = 0
	}
	if w.repeats > repeatsPerPage*w.asked+2*len(w.s.seen) {
		return false, w.d.c.nonsense("POST /rest/api/2/search", "the same issues come again and again")
	}
	w.offset = end - min(page.came/2, mostOverlap)
	if moved {
		w.offset = 0
	}
	return true, nil
}

func expansion(changelog bool) []string {
	if changelog {
		return []string{"changelog"}
	}
	return nil
}

func (d *dataCenter) few(ctx context.Context, jql string) (answer, error) {
	page, _, err := d.search(ctx, offsetSearch{JQL: jql, MaxResults: 5, Fields: timesOnly()})
	return page, err
}

func (d *dataCenter) count(ctx context.Context, jql string) (int, bool, error) {
	page, _, err := d.search(ctx, offsetSearch{JQL: jql, Fields: []string{"id"}})
	if err != nil {
		return 0, false, fmt.Errorf("count: %w", err)
	}
	if page.total < 0 {
		return 0, false, d.c.nonsense("POST /rest/api/2/search", "there is no total")
	}
	return page.total, true, nil
}

func (d *dataCenter) projects(ctx context.Context) iter.Seq2[Project, error] {
	return func(yield func(Project, error) bool) {
		query := url.Values{"expand": {"lead"}, "includeArchived": {"true"}}
		projects, _, err := callInto[list[object[projectWire]]](ctx, d.c, get("rest/api/2/project", query))
		if err != nil {
			yield(Project{}, fmt.Errorf("list projects: %w", err))
			return
		}
		for i := range projects {
			if p, ok := projects[i].V.project(d.c.site); ok && !yield(p, nil) {
				return
			}
		}
	}
}

// issues searches by id. One id that does not exist makes Jira refuse the whole search; it
// names it, mostly, so it is left out and the search repeated, else each is asked for alone.
func (d *dataCenter) issues(ctx context.Context, ids []int64, changelog bool) (answer, error) {
	var all answer
	for left := slices.Clone(ids); len(left) > 0; {
		page, _, err := d.search(ctx, offsetSearch{
			JQL: "id in (" + joinIDs(left) + ")", MaxResults: len(left), Fields: []string{"*all"}, Expand: expansion(changelog),
		})
		before := len(left)
		var bad *BadRequestError
		switch {
		case errors.As(err, &bad):
			left = withoutNamed(left, bad.Messages)
		case err != nil:
			return answer{}, err
		default:
			all.add(page)
			left = withoutRead(left, page)
			if page.came >= page.total {
				return all, nil // what is left is not in the index
			}
		}
		if len(left) == before {
			page, err := d.oneByOne(ctx, left, changelog)
			all.add(page)
			return all, err
		}
	}
	return all, nil
}

// withoutRead leaves out the ids that a page brought: servers send fewer than asked for.
func withoutRead(ids []int64, page answer) []int64 {
	return slices.DeleteFunc(ids, func(id int64) bool {
		return slices.ContainsFunc(page.issues, func(i Issue) bool { return i.ID == id }) ||
			slices.ContainsFunc(page.broken, func(b Broken) bool { return b.ID == id })
	})
}

// withoutNamed leaves out the ids that an error text names.
func withoutNamed(ids []int64, messages []string) []int64 {
	named := map[string]bool{}
	for _, message := range messages {
		for _, word := range strings.FieldsFunc(message, func(r rune) bool { return r < '0' || r > '9' }) {
			named[word] = true
		}
	}
	return slices.DeleteFunc(ids, func(id int64) bool { return named[strconv.FormatInt(id, 10)] })
}

func (d *dataCenter) oneByOne(ctx context.Context, ids []int64, changelog bool) (answer, error) {
	var all answer
	for _, id := range ids {
		one, err := d.c.issue(ctx, d, id, changelog)
		if err != nil && !isAbsent(err) {
			return answer{}, err
		}
		all.add(one)
	}
	return all, nil
}

// histories reads the whole issue again: Data Center does not cut changelogs, so this is for
// answers that were cut by something in between. What stays short is still marked as cut.
func (d *dataCenter) histories(ctx context.Context, issues []*Issue) error {
	for _, issue := range issues {
		short, err := d.historiesAgain(ctx, issue)
		issue.HistoryTotal, issue.HistoriesCut, err = refilled(issue.HistoryTotal, len(issue.Histories), short, err)
		if err != nil {
			return err
		}
	}
	return nil
}

// historiesAgain is short by what the second reading counts. Only the latest versions have an
// endpoint for the changelog, which is tried last and then has the last word.
func (d *dataCenter) historiesAgain(ctx context.Context, issue *Issue) (short bool, err error) {
	again, err := d.c.issue(ctx, d, issue.ID, true)
	if err != nil {
		return false, err
	}
	short = issue.HistoryTotal < 0 || len(issue.Histories) < issue.HistoryTotal
	for i := range again.issues {
		if second := &again.issues[i]; second.HistoryTotal >= 0 {
			issue.addHistories(second.Histories)
			short = second.HistoriesCut && len(issue.Histories) < second.HistoryTotal
		}
	}
	if !short {
		return false, nil
	}
	short, err = d.c.historyPages(ctx, d, issue)
	if isAbsent(err) {
		return true, nil // it has no such endpoint
	}
	return short, err
}

func joinIDs(ids []int64) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(words, ", ")
}
