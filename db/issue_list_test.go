package db_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/db/dbtest/seed"
	"jirasync/query"
)

// reading is a store to read from, and what puts rows into it.
type reading struct {
	*testing.T
	store *db.Store
	seed  *seed.Database
}

func newReading(t *testing.T) reading {
	t.Helper()
	url := dbtest.New(t)
	store, err := db.Open(t.Context(), db.Options{URL: url, ReadConns: 2, WriteConns: 2})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	r := reading{t, store, seed.Into(t, url)}
	r.seed.Instance(1, "alpha")
	r.seed.Instance(2, "beta")
	r.seed.Project(1, 10, "WEB")
	r.seed.Project(1, 11, "OPS")
	r.seed.Project(2, 10, "WEB")
	return r
}

// everything is a question for all live issues, to be narrowed.
func everything() query.IssueList { return query.IssueList{Scope: query.Everything()} }

func (r reading) list(l query.IssueList, wants db.IssueWants) *db.IssueConnection {
	r.Helper()
	q, err := l.Compile(query.DefaultLimits())
	require.NoError(r, err)
	page, err := r.store.Issues(r.Context(), q, wants)
	require.NoError(r, err)
	return page
}

func keysOf(page *db.IssueConnection) []string {
	keys := []string{}
	for _, i := range page.Nodes {
		keys = append(keys, fmt.Sprintf("%d/%s", i.InstanceID, i.Key))
	}
	return keys
}

// many are issues with every kind of tie and gap in what they can be sorted by.
func many() []seed.Issue {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	moment := func(gaps bool) time.Time {
		if gaps && random.IntN(3) == 0 {
			return time.Time{}
		}
		return seed.At(float64(random.IntN(4))).Add(time.Duration(random.IntN(2)) * time.Microsecond)
	}
	var issues []seed.Issue
	for n := range 60 {
		project := []seed.Issue{{Instance: 1, Project: 10, Key: "WEB"}, {Instance: 1, Project: 11, Key: "OPS"}, {Instance: 2, Project: 10, Key: "WEB"}}[n%3]
		category := pick("TODO", "IN_PROGRESS", "DONE", "UNKNOWN")
		i := seed.Issue{
			Instance: project.Instance, Project: project.Project, JiraID: int64(1000 + n), Key: fmt.Sprintf("%s-%d", project.Key, n/3+1),
			Status: pick("open", "shut"), Category: category, Summary: pick("apple", "pear", "plum"),
			Created: moment(false), Updated: moment(false), Resolved: moment(true),
		}
		if random.IntN(3) > 0 {
			i.Priority, i.Rank = "p", 1+random.IntN(3)
		}
		if random.IntN(2) > 0 {
			i.Due = seed.At(24 * float64(random.IntN(3)))
		}
		issues = append(issues, i)
	}
	return issues
}

// compare is the order of two issues by the words of the schema: nulls last in either direction.
func compare(a, b seed.Issue, by []query.IssueOrder) int {
	for _, key := range by {
		if c := compareBy(a, b, key); c != 0 {
			return c
		}
	}
	return cmp.Or(compareKeys(a, b), cmp.Compare(a.ID(), b.ID()))
}

func compareKeys(a, b seed.Issue) int {
	number := func(i seed.Issue) (project string, n int) {
		_, _ = fmt.Sscanf(strings.Replace(i.Key, "-", " ", 1), "%s %d", &project, &n)
		return project, n
	}
	pa, na := number(a)
	pb, nb := number(b)
	return cmp.Or(cmp.Compare(pa, pb), cmp.Compare(na, nb))
}

func compareBy(a, b seed.Issue, key query.IssueOrder) int {
	sign := 1
	if key.Direction == query.Descending {
		sign = -1
	}
	gaps := func(a, b time.Time) int {
		switch {
		case a.IsZero() && b.IsZero():
			return 0
		case a.IsZero():
			return 1
		case b.IsZero():
			return -1
		}
		return sign * a.Compare(b)
	}
	switch key.By {
	case query.ByUpdated:
		return sign * a.Updated.Compare(b.Updated)
	case query.ByCreated:
		return sign * a.Created.Compare(b.Created)
	case query.ByResolved:
		return gaps(a.Resolved, b.Resolved)
	case query.ByDue:
		return gaps(a.Due, b.Due)
	case query.BySummary:
		return sign * cmp.Compare(a.Summary, b.Summary)
	case query.ByStatus:
		rank := func(i seed.Issue) int { return query.CategoryRank(query.StatusCategory(i.Category)) }
		return sign * cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Status, b.Status))
	case query.ByPriority:
		if a.Rank == 0 || b.Rank == 0 {
			return -cmp.Compare(min(a.Rank, 1), min(b.Rank, 1))
		}
		return -sign * cmp.Compare(a.Rank, b.Rank)
	case query.ByKey:
		return sign * compareKeys(a, b)
	}
	return 0
}

func TestEveryOrderIsWalkedBothWaysWithoutGapOrRepeat(t *testing.T) {
	t.Parallel()
	r := newReading(t)
	issues := many()
	r.seed.Issues(issues...)
	fields := []query.IssueOrderField{query.ByUpdated, query.ByCreated, query.ByResolved, query.ByDue, query.ByKey, query.ByPriority, query.ByStatus, query.BySummary}
	directions := []query.OrderDirection{query.Ascending, query.Descending}
	var orders [][]query.IssueOrder
	for _, field := range fields {
		for _, direction := range directions {
			first := query.IssueOrder{By: field, Direction: direction}
			orders = append(orders, []query.IssueOrder{first})
			for _, second := range fields {
				if second != field {
					orders = append(orders, []query.IssueOrder{first, {By: second, Direction: directions[len(orders)%2]}})
				}
			}
		}
	}
	for _, order := range orders {
		sorted := slices.Clone(issues)
		slices.SortFunc(sorted, func(a, b seed.Issue) int { return compare(a, b, order) })
		want := make([]string, len(sorted))
		for n, i := range sorted {
			want[n] = fmt.Sprintf("%d/%s", i.Instance, i.Key)
		}
		require.Equal(t, want, r.walk(t, order, false), "%v", order)
		require.Equal(t, want, r.walk(t, order, true), "from the end: %v", order)
	}
}

// walk reads a list in pages of seven, from its beginning or from its end.
func (r reading) walk(t *testing.T, order []query.IssueOrder, backward bool) []string {
	t.Helper()
	all := []string{}
	size := 7
	args := query.PageArgs{First: &size}
	if backward {
		args = query.PageArgs{Last: &size}
	}
	for range 20 {
		l := everything()
		l.OrderBy, l.Page = order, args
		page := r.list(l, db.IssueWants{})
		info := page.PageInfo()
		if backward {
			all = append(keysOf(page), all...)
			if !info.HasPreviousPage {
				return all
			}
			args.Before = info.StartCursor
			continue
		}
		all = append(all, keysOf(page)...)
		if !info.HasNextPage {
			return all
		}
		args.After = info.EndCursor
	}
	require.FailNow(t, "the list does not end", "%v %v", order, backward)
	return nil
}

func TestDescendingKeysAreNumeric(t *testing.T) {
	t.Parallel()
	r := newReading(t)
	for _, n := range []int{1, 2, 9, 10, 11, 100} {
		r.seed.Issues(seed.Issue{Instance: 1, Project: 10, Key: fmt.Sprintf("WEB-%d", n)})
	}
	require.Equal(t, []string{"1/WEB-100", "1/WEB-11", "1/WEB-10", "1/WEB-9", "1/WEB-2", "1/WEB-1"},
		r.walk(t, []query.IssueOrder{{By: query.ByKey, Direction: query.Descending}}, false))
}

func TestPageTellsWhatLiesAroundIt(t *testing.T) {
	t.Parallel()
	r := newReading(t)
	for n := range 5 {
		r.seed.Issues(seed.Issue{Instance: 1, Project: 10, Key: fmt.Sprintf("WEB-%d", n+1), Updated: seed.At(float64(10 - n))})
	}
	two := 2
	l := everything()
	l.Page = query.PageArgs{First: &two}
	first := r.list(l, db.IssueWants{Total: true})
	require.Equal(t, []string{"1/WEB-1", "1/WEB-2"}, keysOf(first))
	require.True(t, first.PageInfo().HasNextPage)
	require.False(t, first.PageInfo().HasPreviousPage)
	total, err := first.TotalCount()
	require.NoError(t, err)
	require.Equal(t, 5, *total)
	require.Equal(t, first.Edges()[1].Cursor(), *first.PageInfo().EndCursor)

	l.Page = query.PageArgs{First: &two, After: first.PageInfo().EndCursor}
	second := r.list(l, db.IssueWants{Total: true})
	require.Equal(t, []string{"1/WEB-3", "1/WEB-4"}, keysOf(second))
	require.True(t, second.PageInfo().HasPreviousPage)
	total, err = second.TotalCount()
	require.NoError(t, err)
	require.Equal(t, 5, *total, "of the whole list, not of its rest")

	l.Page = query.PageArgs{After: ptr(first.Edges()[0].Cursor()), Before: second.PageInfo().EndCursor}
	require.Equal(t, []string{"1/WEB-2", "1/WEB-3"}, keysOf(r.list(l, db.IssueWants{})))
}

func TestEmptyPageHasNoCursors(t *testing.T) {
	t.Parallel()
	r := newReading(t)
	page := r.list(everything(), db.IssueWants{Total: true})
	require.Empty(t, page.Nodes)
	require.Equal(t, db.PageInfo{}, page.PageInfo())
}

func TestCursorOfAnotherOrderOrABrokenOneIsRefused(t *testing.T) {
	t.Parallel()
	r := newReading(t)
	r.seed.Issues(many()...)
	cursor := *r.list(everything(), db.IssueWants{}).PageInfo().StartCursor
	for name, l := range map[string]query.IssueList{
		"another order":     {OrderBy: []query.IssueOrder{{By: query.ByCreated, Direction: query.Descending}}, Page: query.PageArgs{After: &cursor}},
		"another direction": {OrderBy: []query.IssueOrder{{By: query.ByUpdated, Direction: query.Ascending}}, Page: query.PageArgs{After: &cursor}},
		"cut":               {Page: query.PageArgs{After: ptr(cursor[:len(cursor)-2])}},
		"changed":           {Page: query.PageArgs{After: ptr("A" + cursor[1:])}},
		"nonsense":          {Page: query.PageArgs{Before: ptr("%%%")}},
	} {
		_, err := l.Compile(query.DefaultLimits())
		var input *query.InputError
		require.ErrorAs(t, err, &input, name)
		require.Contains(t, err.Error(), "cursor", name)
	}
}

func ptr[T any](v T) *T { return &v }
