package db_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest/seed"
	"jirasync/query"
)

// part is one page of a list of children, as cursors lead to it.
type part struct {
	texts []string
	info  db.PageInfo
	total int
}

// walked reads a list of children in pages of a size, from its beginning or from its end.
func walked(t *testing.T, size int, backward bool, read func(query.Page) part) []string {
	t.Helper()
	var all []string
	page := query.Page{Limit: size, Backward: backward}
	for range 50 {
		got := read(page)
		require.LessOrEqual(t, len(got.texts), size)
		if backward {
			all = slices.Concat(got.texts, all)
			require.Equal(t, page.Before != "", got.info.HasNextPage)
			if !got.info.HasPreviousPage {
				return all
			}
			page.Before = *got.info.StartCursor
			continue
		}
		all = append(all, got.texts...)
		require.Equal(t, page.After != "", got.info.HasPreviousPage)
		if !got.info.HasNextPage {
			return all
		}
		page.After = *got.info.EndCursor
	}
	require.FailNow(t, "the list does not end")
	return nil
}

// between reads what lies between each two elements of a list, whose cursors are given.
func between(t *testing.T, want, cursors []string, read func(query.Page) part) {
	t.Helper()
	for from := range want {
		for to := from + 1; to < len(want); to++ {
			for _, backward := range []bool{false, true} {
				got := read(query.Page{Limit: len(want), After: cursors[from], Before: cursors[to], Backward: backward})
				require.Equal(t, slices.Concat(want[from+1:to]), got.texts, "between %s and %s", want[from], want[to])
			}
			if to == from+1 {
				continue
			}
			first := read(query.Page{Limit: 1, After: cursors[from], Before: cursors[to]})
			require.Equal(t, want[from+1:from+2], first.texts)
			last := read(query.Page{Limit: 1, After: cursors[from], Before: cursors[to], Backward: true})
			require.Equal(t, want[to-1:to], last.texts)
		}
	}
}

func (r reading) changes(issue seed.Issue, field string, page query.Page) (part, []string) {
	r.Helper()
	pages, err := r.store.Changelogs(r.Context(), []int64{issue.ID()}, db.ChangesPageKey{
		ChildPage: db.ChildPage{Page: page, Total: true}, Field: field, Texts: db.ChangeToText,
	})
	require.NoError(r, err)
	p, cursors := part{info: pages[0].PageInfo(), total: pages[0].TotalCount()}, []string{}
	for _, e := range pages[0].Edges() {
		p.texts, cursors = append(p.texts, *e.Node.ToText), append(cursors, e.Cursor())
	}
	return p, cursors
}

// histories gives an issue one history for each number, with as many items. Texts tell their places:
// the items of the fields status and labels take turns.
func (r reading) histories(issue seed.Issue, counts []int) (all []string) {
	for n, items := range counts {
		var list []string
		for i := range items {
			text := fmt.Sprintf("%d.%d %s", n, i, []string{"status", "labels"}[i%2])
			list = append(list, fmt.Sprintf(`{"field": %q, "fieldId": %q, "toString": %q}`, strings.Fields(text)[1], strings.Fields(text)[1], text))
			all = append(all, text)
		}
		// Every two histories share their time.
		r.seed.History(issue, int64(100+n), "", seed.At(float64(n/2)), "["+strings.Join(list, ",")+"]")
	}
	return all
}

func TestChangelogIsWalkedBothWaysWithoutGapOrRepeat(t *testing.T) {
	t.Parallel()
	r := newReading(t)
	for n, counts := range [][]int{
		{1, 2, 3, 4, 5}, {5, 4, 3, 2, 1}, {1, 1, 1, 1, 1, 1}, {5, 5}, {3, 1, 0, 5, 1, 2, 0, 0, 4}, {1}, {},
	} {
		issue := seed.Issue{Instance: 1, Project: 10, Key: fmt.Sprintf("WEB-%d", n+1)}
		r.seed.Issues(issue)
		all := r.histories(issue, counts)
		for _, field := range []string{"", "status", "labels"} {
			var want []string
			for _, text := range all {
				if strings.HasSuffix(text, field) {
					want = append(want, text)
				}
			}
			read := func(page query.Page) part {
				p, _ := r.changes(issue, field, page)
				require.Equal(t, len(want), p.total, "of the whole list")
				return p
			}
			for size := 1; size <= 6; size++ {
				for _, backward := range []bool{false, true} {
					require.Equal(t, want, walked(t, size, backward, read), "%v in pages of %d of the field %q, backward: %v", counts, size, field, backward)
				}
			}
			_, cursors := r.changes(issue, field, query.Page{Limit: 100})
			between(t, want, cursors, read)
		}
	}
}

func TestCommentsAndWorklogsAreWalkedBothWaysWithoutGapOrRepeat(t *testing.T) {
	t.Parallel()
	r := newReading(t)
	issue := seed.Issue{Instance: 1, Project: 10, Key: "WEB-1"}
	r.seed.Issues(issue)
	var want []string
	for n := range 9 {
		at := seed.At(float64(n / 3)).Add(time.Duration(n/6) * time.Microsecond) // three of each time
		r.seed.Comment(issue, int64(10+n), "", fmt.Sprint(10+n), at)
		r.seed.Worklog(issue, int64(10+n), "", 60, at)
		want = append(want, fmt.Sprint(10+n))
	}
	comments := func(page query.Page) (p part, cursors []string) {
		pages, err := r.store.Comments(t.Context(), []int64{issue.ID()}, db.ChildPage{Page: page, Total: true})
		require.NoError(t, err)
		for _, e := range pages[0].Edges() {
			p.texts, cursors = append(p.texts, e.Node.Body), append(cursors, e.Cursor())
		}
		p.info, p.total = pages[0].PageInfo(), pages[0].TotalCount()
		return p, cursors
	}
	worklogs := func(page query.Page) (p part, cursors []string) {
		pages, err := r.store.Worklogs(t.Context(), []int64{issue.ID()}, db.ChildPage{Page: page, Total: true})
		require.NoError(t, err)
		for _, e := range pages[0].Edges() {
			p.texts, cursors = append(p.texts, e.Node.JiraID()), append(cursors, e.Cursor())
		}
		p.info, p.total = pages[0].PageInfo(), pages[0].TotalCount()
		return p, cursors
	}
	for name, list := range map[string]func(query.Page) (part, []string){"comments": comments, "worklogs": worklogs} {
		read := func(page query.Page) part {
			p, _ := list(page)
			require.Equal(t, len(want), p.total, name)
			return p
		}
		for size := 1; size <= 10; size++ {
			for _, backward := range []bool{false, true} {
				require.Equal(t, want, walked(t, size, backward, read), "%s in pages of %d, backward: %v", name, size, backward)
			}
		}
		_, cursors := list(query.Page{Limit: 100})
		between(t, want, cursors, read)
	}
}
