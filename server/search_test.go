package server_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db/dbtest/seed"
)

// searched populates a site with issues about payments.
func searched(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	populate(s)
	pay := seed.Issue{Instance: 1, Project: 10, Key: "WEB-20", Summary: "Payment form", Description: "The payment fails", Updated: seed.At(1)}
	late := seed.Issue{Instance: 1, Project: 10, Key: "WEB-21", Summary: "Checkout", Description: "Seen after a payment by card", Updated: seed.At(9)}
	talk := seed.Issue{Instance: 1, Project: 11, Key: "OPS-22", Summary: "Nightly job", Updated: seed.At(8)}
	s.seed.Issues(pay, late)
	s.seed.Issues(talk)
	s.seed.Comment(talk, 1, "bob", "Also breaks the payment export, l'été", seed.At(8))
	return s
}

const searchText = `query ($q: String!, $after: String) { issues(search: $q, first: 50, after: $after) { nodes { key } } }`

func TestSearchRanksAndForgives(t *testing.T) {
	t.Parallel()
	s := searched(t)
	for q, keys := range map[string]string{
		"payment":                    "WEB-20 OPS-22 WEB-21", // in the summary first; of equals the newest would be first
		"paymnt":                     "WEB-20 OPS-22 WEB-21", // a letter missing
		"PAYMNET":                    "WEB-20 OPS-22 WEB-21", // two swapped
		"paymennt export":            "OPS-22",
		"pay":                        "WEB-20 OPS-22 WEB-21", // a beginning
		"pay card":                   "",                     // only the last word may be one
		"card pay":                   "WEB-21",
		"lgoin":                      "WEB-1",
		"été":                        "OPS-22",
		"web-20":                     "WEB-20", // its key
		"old-9":                      "WEB-1",  // a key of before
		"zzzzqqqq":                   "",
		"!!! ---":                    "",
		"'); DROP TABLE x; --":       "",
		`\ ' " & | ! ( ) : * <-> \\`: "",
	} {
		got := strings.Fields(s.keys(searchText, map[string]any{"q": q}))
		want := strings.Fields(keys)
		require.ElementsMatch(t, want, got, q)
		if len(want) > 0 {
			require.Equal(t, want[0], got[0], q)
		}
	}
}

func TestSearchPagesByRelevance(t *testing.T) {
	t.Parallel()
	s := searched(t)
	whole := s.keys(`{ issues(search: "payment") { nodes { key } } }`)
	require.Equal(t, "WEB-20", strings.Fields(whole)[0])
	for _, total := range []string{"", "totalCount"} {
		var pages []string
		var after any
		for {
			var got struct {
				Issues struct {
					Nodes    []struct{ Key string }
					PageInfo struct {
						HasNextPage bool
						EndCursor   string
					}
				}
			}
			decode(t, s.data(`query ($after: String) { issues(search: "payment", orderBy: [{by: RELEVANCE}], first: 1, after: $after) {
				`+total+` nodes { key } pageInfo { hasNextPage endCursor } } }`, map[string]any{"after": after}), &got)
			pages = append(pages, got.Issues.Nodes[0].Key)
			if !got.Issues.PageInfo.HasNextPage {
				break
			}
			after = got.Issues.PageInfo.EndCursor
		}
		require.Equal(t, whole, strings.Join(pages, " "))
	}
	backward := s.keys(`{ issues(search: "payment", last: 2) { nodes { key } } }`)
	require.Equal(t, strings.Join(strings.Fields(whole)[1:], " "), backward)
	require.Equal(t, "WEB-21 OPS-22 WEB-20", s.keys(`{ issues(search: "payment", orderBy: [{by: UPDATED}]) { nodes { key } } }`))

	got := s.ask(`{ issues(orderBy: [{by: RELEVANCE}]) { nodes { key } } }`)
	require.Equal(t, "BAD_USER_INPUT", got.code(t))
	require.Contains(t, got.Errors[0].Message, "give the argument search")
	require.JSONEq(t, `{"issueStats": {"total": 3, "groups": [{"keys": ["WEB"], "count": 2}, {"keys": ["OPS"], "count": 1}]}}`,
		s.data(`{ issueStats(search: "paymnt", groupBy: [{dimension: PROJECT}]) { total groups { keys count } } }`))
}
