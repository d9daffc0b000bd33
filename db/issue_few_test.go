package db_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest/seed"
	"jirasync/query"
)

// A set that is gathered and one that is too large for that are listed alike.
func TestFewAndManyAreListedInTheSameOrder(t *testing.T) {
	t.Parallel()
	r := newReading(t)
	var rare, common []string
	issues := make([]seed.Issue, 2300) // more than are gathered
	for n := range issues {
		i := seed.Issue{Instance: 1, Project: 10, Key: fmt.Sprintf("WEB-%d", n+1), Labels: []string{"common"}, Updated: seed.At(float64(n))}
		common = append(common, "1/"+i.Key)
		if n%400 == 0 {
			i.Labels = append(i.Labels, "rare")
			rare = append(rare, "1/"+i.Key)
		}
		issues[n] = i
	}
	r.seed.Issues(issues...)
	slices.Reverse(rare)
	slices.Reverse(common)
	for label, want := range map[string][]string{"rare": rare, "common": common} {
		for _, size := range []int{4, 500} {
			require.Equal(t, want[:min(len(want), 3*size)], r.pagesOf(label, size, false), label)
			require.Equal(t, want[max(0, len(want)-3*size):], r.pagesOf(label, size, true), "from the end: %s", label)
		}
	}
}

// pagesOf are three pages of the issues with a label, from either end.
func (r reading) pagesOf(label string, size int, backward bool) (all []string) {
	args := query.PageArgs{First: &size}
	if backward {
		args = query.PageArgs{Last: &size}
	}
	for range 3 {
		l := everything()
		l.Where, l.Page = &query.IssueFilter{Label: &query.StringFilter{Eq: &label}}, args
		page := r.list(l, db.IssueWants{})
		if len(page.Nodes) == 0 {
			return all
		}
		if backward {
			all = append(keysOf(page), all...)
			args.Before = page.PageInfo().StartCursor
		} else {
			all = append(all, keysOf(page)...)
			args.After = page.PageInfo().EndCursor
		}
	}
	return all
}
