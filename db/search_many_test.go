package db_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest/seed"
	"jirasync/query"
)

// common are more issues than a search ranks, newest first. Seven share each time, also around the
// last that is ranked; the oldest answers best.
func common() []seed.Issue {
	issues := make([]seed.Issue, 1100)
	for n := range issues {
		issues[n] = seed.Issue{
			Instance: 1, Project: 10, Key: fmt.Sprintf("WEB-%d", n+1), Description: "a common word", Updated: seed.At(1000).Add(-time.Duration(n/7) * time.Minute),
		}
	}
	return append(issues, seed.Issue{Instance: 1, Project: 10, Key: "WEB-5000", Summary: "common", Updated: seed.At(0)})
}

func TestSearchThatFindsMoreThanAreRankedIsWalkedBothWays(t *testing.T) {
	t.Parallel()
	r := newReading(t)
	issues := common()
	r.seed.Issues(issues...)
	r.seed.Exec(`ANALYZE`)
	newest := []query.IssueOrder{{By: query.ByUpdated, Direction: query.Descending}}
	oldest := []query.IssueOrder{{By: query.ByUpdated, Direction: query.Ascending}}
	ordered := func(by []query.IssueOrder, parts ...[]seed.Issue) (keys []string) {
		for _, part := range parts {
			for _, i := range slices.SortedFunc(slices.Values(part), func(a, b seed.Issue) int { return compare(a, b, by) }) {
				keys = append(keys, "1/"+i.Key)
			}
		}
		return keys
	}
	ranked, rest := issues[:1000], issues[1000:]
	for _, direction := range []query.OrderDirection{query.Descending, query.Ascending} {
		want := ordered(newest, ranked, rest)
		if direction == query.Ascending {
			want = ordered(oldest, rest, ranked)
		}
		for _, total := range []bool{false, true} {
			for _, backward := range []bool{false, true} {
				got := r.walkSearch(query.IssueOrder{By: query.ByRelevance, Direction: direction}, total, backward, len(want))
				require.Equal(t, want, got, "%s, total: %v, from the end: %v", direction, total, backward)
			}
		}
	}
}

// walkSearch reads what the search finds in pages whose edges fall around the last that is ranked.
func (r reading) walkSearch(by query.IssueOrder, total, backward bool, all int) []string {
	r.Helper()
	found := []string{}
	size := 83
	args := query.PageArgs{First: &size}
	if backward {
		args = query.PageArgs{Last: &size}
	}
	for range 20 {
		l := everything()
		l.Search, l.OrderBy, l.Page = "common", []query.IssueOrder{by}, args
		page := r.list(l, db.IssueWants{Total: total})
		if total {
			count, err := page.TotalCount()
			require.NoError(r, err)
			require.Equal(r, all, *count)
		}
		info := page.PageInfo()
		if backward {
			found = append(keysOf(page), found...)
			if !info.HasPreviousPage {
				return found
			}
			args.Before = info.StartCursor
			continue
		}
		found = append(found, keysOf(page)...)
		if !info.HasNextPage {
			return found
		}
		args.After = info.EndCursor
	}
	require.FailNow(r, "the list does not end")
	return nil
}
