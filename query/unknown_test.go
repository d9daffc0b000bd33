package query_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/query"
)

func TestUnknownMemberOfAnEnumIsTakenForNoOther(t *testing.T) {
	t.Parallel()
	list := func(l query.IssueList) func() {
		return func() {
			if q, err := l.Compile(query.DefaultLimits()); err == nil {
				q.List(query.Selection{}, false)
			}
		}
	}
	byTime := func(width query.TimeInterval) func() {
		stats := query.IssueStats{GroupBy: []query.IssueGroupBy{{Dimension: query.DimCreated, Interval: width}}, TimeZone: "UTC", Limit: 1}
		return func() {
			if s, err := stats.Compile(query.DefaultLimits()); err == nil {
				s.SQL()
			}
		}
	}
	for name, ask := range map[string]func(){
		"visibility": list(query.IssueList{Visibility: "deleted"}),
		"direction":  list(query.IssueList{OrderBy: []query.IssueOrder{{By: query.ByKey, Direction: "desc"}}}),
		"interval":   byTime("day"),
	} {
		require.Panics(t, ask, name)
	}
	for name, ask := range map[string]func(){
		"no visibility": list(query.IssueList{}),
		"no direction":  list(query.IssueList{OrderBy: []query.IssueOrder{{By: query.ByKey}}}),
		"no interval":   byTime(""),
	} {
		require.NotPanics(t, ask, name)
	}
}
