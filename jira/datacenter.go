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
	return Query{JQL: jql, PageSize: 1000, Fields: []string{"created"}}
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
	s := newSweep(q)
	total, offset, empty, repeats := -1, 0, 0, 0
	for first := true; ; {
		page, receipt, err := d.search(ctx, offsetSearch{
			JQL: s.query(), StartAt: offset, MaxResults: q.PageSize, Fields: q.Fields, Expand: expansion(q.Changelog),
		})
		if smaller, ok := smallerPage(err, q.PageSize); ok {
			q.PageSize = smaller
			continue
		}
		if err != nil {
			yield(Page{}, fmt.Errorf("search: %w", err))
			return
		}
		if first {
			total = page.total
		}
		moved := s.take(&page)
		found := len(page.issues) + len(page.broken)
		if (first || found > 0) && !yield(s.page(page, receipt, total), nil) {
			return
		}
		first = false
		end := offset + page.came
		switch {
		case page.came == 0 && page.total <= offset, page.came > 0 && page.total == end:
			return
		case page.came == 0:
			// The total says that there is more. It may be a hiccup: ask again, then step over
			// what the index holds but cannot be loaded.
			if empty++; empty > mostEmptyPages {
				yield(Page{}, d.c.nonsense("POST /rest/api/2/search", "%d issues are said to match, but none comes from %d on", page.total, offset))
				return
			}
			if empty > 2 {
				offset += q.PageSize
			}
			continue
		}
		empty, repeats = 0, repeats+page.came-found
		if found > 0 {
			repeats = 0
		}
		if repeats > repeatsPerPage*q.PageSize+2*len(s.seen) {
			yield(Page{}, d.c.nonsense("POST /rest/api/2/search", "the same issues come again and again"))
			return
		}
		offset = end - min(page.came/2, mostOverlap)
		if moved {
			offset = 0
		}
	}
}

func expansion(changelog bool) []string {
	if changelog {
		return []string{"changelog"}
	}
	return nil
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
// answers that were cut by something in between. Only its latest versions have an endpoint
// for the changelog, which is tried last. What stays short is still marked as cut.
func (d *dataCenter) histories(ctx context.Context, issues []*Issue) error {
	for _, issue := range issues {
		total := issue.HistoryTotal
		again, err := d.c.issue(ctx, d, issue.ID, true)
		if err != nil && !isAbsent(err) {
			return err
		}
		for i := range again.issues {
			issue.addHistories(again.issues[i].Histories)
		}
		if len(issue.Histories) < total {
			if err := d.c.historyPages(ctx, d, issue); err != nil {
				return err
			}
		}
		issue.HistoriesCut = len(issue.Histories) < total
	}
	return nil
}

func joinIDs(ids []int64) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(words, ", ")
}
