package jira

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// entries are n elements of an embedded list, oldest first.
func entries(from, n int) []any {
	var out []any
	for i := from; i < from+n; i++ {
		at := epoch.Add(time.Duration(i) * time.Second).Format(time.RFC3339)
		out = append(out, map[string]any{
			"id": strconv.Itoa(i), "created": at, "started": at, "body": fmt.Sprint("body ", i), "timeSpentSeconds": 60,
			"items": []any{map[string]any{"field": "status", "from": nil, "to": strconv.Itoa(i)}},
		})
	}
	return out
}

// cutLists is an issue with 300 comments, 1,000 worklogs and 5,000 history entries, of which
// a search shows the newest few.
func cutLists(t *testing.T, cloud bool) *fake {
	f := newFake(t, cloud, 1)
	f.issues[0].fields = map[string]any{
		"comment": map[string]any{"total": 300, "maxResults": 20, "comments": entries(281, 20)},
		"worklog": map[string]any{"total": 1000, "maxResults": 20, "worklogs": entries(981, 20)},
	}
	f.issues[0].extra = map[string]any{
		"changelog": map[string]any{"total": 5000, "maxResults": 40, "histories": entries(4961, 40)},
	}
	f.before = func(w http.ResponseWriter, r *http.Request, body map[string]any) bool {
		start, _ := strconv.Atoi(r.URL.Query().Get("startAt"))
		switch path := r.URL.Path; {
		case strings.HasSuffix(path, "/1000/comment"):
			send(w, map[string]any{"total": 300, "comments": entries(1+start, min(50, 300-start))})
		case strings.HasSuffix(path, "/1000/worklog"): // C4, P10
			send(w, map[string]any{"total": 1000, "worklogs": entries(1+start, min(300, 1000-start))})
		case strings.HasSuffix(path, "/changelog/bulkfetch"): // one issue's entries over several pages
			if token, _ := body["nextPageToken"].(string); token != "" {
				start, _ = strconv.Atoi(token)
			}
			answer := map[string]any{"issueChangeLogs": []any{map[string]any{"issueId": "1000", "changeHistories": entries(1+start, min(700, 5000-start))}}}
			if start+700 < 5000 {
				answer["nextPageToken"] = strconv.Itoa(start + 700)
			}
			send(w, answer)
		case !f.cloud && strings.HasSuffix(path, "/issue/1000"):
			whole := f.issues[0]
			whole.extra = map[string]any{"changelog": map[string]any{"total": 5000, "histories": entries(1, 5000)}}
			send(w, whole.json())
		default:
			return false
		}
		return true
	}
	return f
}

// C1, C2, C4, P10.
func TestCompleteRefillsListsThatCameCut(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		client := connect(t, cutLists(t, cloud))
		_, pages := collect(t, client, Query{Changelog: true})
		issue := &pages[0].Issues[0]
		require.True(t, issue.CommentsCut && issue.WorklogsCut && issue.HistoriesCut)
		require.NoError(t, client.Complete(t.Context(), []*Issue{issue}))
		require.Len(t, issue.Comments, 300)
		require.Len(t, issue.Worklogs, 1000)
		require.Len(t, issue.Histories, 5000)
		require.False(t, issue.CommentsCut || issue.WorklogsCut || issue.HistoriesCut)
		for n, h := range issue.Histories {
			require.EqualValues(t, n+1, h.ID)
		}
		require.Contains(t, string(issue.Histories[0].Items), `"from":null`)
		require.Equal(t, issue.ID, issue.Worklogs[999].IssueID)
	})
}

func TestCompleteAsksForNothingThatIsWhole(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 1)
		client := connect(t, f)
		_, pages := collect(t, client, Query{})
		before := len(f.sent())
		require.NoError(t, client.Complete(t.Context(), []*Issue{&pages[0].Issues[0]}))
		require.Len(t, f.sent(), before)
	})
}

// C3: for one issue the endpoint returned nothing, while the search had shown entries; and
// the other way round.
func TestCompleteKeepsWhatEitherReadingHas(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string]map[string][]any{
		"nothing from either":        {"bulkfetch": nil, "changelog": nil},
		"some from the bulk":         {"bulkfetch": entries(1, 30), "changelog": nil},
		"some from the issue":        {"bulkfetch": nil, "changelog": entries(1, 30)},
		"what the search has, again": {"bulkfetch": entries(61, 40), "changelog": entries(61, 40)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, true, 1)
			f.issues[0].extra = map[string]any{"changelog": map[string]any{"total": 100, "histories": entries(61, 40)}}
			f.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
				switch {
				case strings.HasSuffix(r.URL.Path, "/changelog/bulkfetch"):
					send(w, map[string]any{"issueChangeLogs": []any{map[string]any{"issueId": "1000", "changeHistories": answers["bulkfetch"]}}})
				case strings.HasSuffix(r.URL.Path, "/changelog"):
					send(w, map[string]any{"values": answers["changelog"], "isLast": false})
				default:
					return false
				}
				return true
			}
			client := connect(t, f)
			_, pages := collect(t, client, Query{Changelog: true})
			issue := &pages[0].Issues[0]
			require.NoError(t, client.Complete(t.Context(), []*Issue{issue}))
			want := map[int64]bool{}
			for _, list := range [][]any{entries(61, 40), answers["bulkfetch"], answers["changelog"]} {
				for _, e := range list {
					id, err := strconv.ParseInt(e.(map[string]any)["id"].(string), 10, 64)
					require.NoError(t, err)
					want[id] = true
				}
			}
			require.Len(t, issue.Histories, len(want))
			require.Equal(t, len(want) < 100, issue.HistoriesCut)
			require.Equal(t, 100, issue.HistoryTotal)
		})
	}
}

// Jira counts only what we may see: a count that it does not keep is no shorter list.
func TestListThatEndsBeforeItsCountStaysCut(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		total, gives int
		more         []any // beside those that count
		cut          bool
	}{
		"all of them":                          {300, 300, nil, false},
		"fewer than the search had counted":    {250, 250, nil, false},
		"fewer than it counts itself":          {300, 250, nil, true},
		"some that are none":                   {300, 298, []any{nil, "odd"}, false},
		"none, though it counts what was seen": {300, 0, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := cutLists(t, false)
			all := append(entries(1, tt.gives), tt.more...)
			f.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
				start, _ := strconv.Atoi(r.URL.Query().Get("startAt"))
				for _, list := range []string{"comment", "worklog"} {
					if strings.HasSuffix(r.URL.Path, "/1000/"+list) {
						send(w, map[string]any{"total": tt.total, list + "s": all[min(start, len(all)):min(start+100, len(all))]})
						return true
					}
				}
				return false
			}
			client := connect(t, f)
			_, pages := collect(t, client, Query{})
			issue := &pages[0].Issues[0]
			issue.Worklogs, issue.WorklogTotal = nil, 300
			issue.Comments = nil
			require.NoError(t, client.Complete(t.Context(), []*Issue{issue}))
			require.Equal(t, tt.cut, issue.CommentsCut)
			require.Equal(t, tt.cut, issue.WorklogsCut)
			require.Len(t, issue.Comments, tt.gives)
		})
	}
}

// The search's own count may be wrong: who is asked last has the word.
func TestChangelogThatEndsBeforeItsCountStaysCut(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		for name, tt := range map[string]struct {
			total, gives int
			more         []any // beside those that count
			cut          bool
		}{
			"all of them":                          {100, 100, nil, false},
			"fewer than the search had counted":    {80, 80, nil, false},
			"fewer than it counts itself":          {100, 80, nil, true},
			"some that are none":                   {100, 98, []any{nil, "odd"}, false},
			"none, though it counts what was seen": {100, 0, nil, true},
		} {
			f := newFake(t, cloud, 1)
			f.issues[0].extra = map[string]any{"changelog": map[string]any{"total": 100, "histories": entries(41, 40)}}
			all := append(entries(1, tt.gives), tt.more...)
			f.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
				start, _ := strconv.Atoi(r.URL.Query().Get("startAt"))
				switch path := r.URL.Path; {
				case strings.HasSuffix(path, "/changelog/bulkfetch"):
					send(w, map[string]any{"issueChangeLogs": []any{}})
				case cloud && strings.HasSuffix(path, "/changelog"):
					send(w, map[string]any{"total": tt.total, "values": all[min(start, len(all)):min(start+50, len(all))]})
				case !cloud && strings.HasSuffix(path, "/issue/1000"):
					again := f.issues[0]
					again.extra = map[string]any{"changelog": map[string]any{"total": tt.total, "histories": all}}
					send(w, again.json())
				default:
					return false
				}
				return true
			}
			client := connect(t, f)
			_, pages := collect(t, client, Query{Changelog: true})
			issue := &pages[0].Issues[0]
			require.NoError(t, client.Complete(t.Context(), []*Issue{issue}))
			require.Equal(t, tt.cut, issue.HistoriesCut, name)
			require.Len(t, issue.Histories, max(tt.gives, 40), name)
		}
	})
}

func TestCompleteLeavesAnIssueThatVanished(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 0)
		issue := &Issue{ID: 5, Key: "OPS-5", Comments: []Comment{{ID: 1}}, CommentTotal: 9, CommentsCut: true, HistoriesCut: !cloud}
		require.NoError(t, connect(t, f).Complete(t.Context(), []*Issue{issue}))
		require.Len(t, issue.Comments, 1)
		require.Equal(t, -1, issue.CommentTotal, "it is not known to be all")
	})
}
