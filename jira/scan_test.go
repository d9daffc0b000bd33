package jira

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestScanReadsEveryIssueOnce(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 257)
		ids, pages := collect(t, connect(t, f), Query{JQL: "project = OPS", PageSize: 50})
		require.Equal(t, f.ids(), ids)
		require.Equal(t, "Issue OPS-1000", pages[0].Issues[0].Summary)
	})
}

func TestScanOfNothingStillTellsWhenItAsked(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 0)
		ids, pages := collect(t, connect(t, f), Query{JQL: "project = OPS"})
		require.Empty(t, ids)
		require.Len(t, pages, 1)
		require.WithinDuration(t, time.Now(), pages[0].AskedAt, time.Minute)
		require.Len(t, f.sent(), 3, "serverInfo, myself and one search")
	})
}

func TestScanResumesFromAnyPage(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 0)
		for i := range 120 { // a dozen within each second
			f.add(int64(1000+i), epoch.Add(time.Duration(i/12)*time.Second+time.Duration(i%12)*time.Millisecond))
		}
		client := connect(t, f)
		_, pages := collect(t, client, Query{JQL: "project = OPS", PageSize: 25})
		for n, page := range pages {
			stored, err := json.Marshal(page.Next) // as the mirror keeps it
			require.NoError(t, err)
			var after Cursor
			require.NoError(t, json.Unmarshal(stored, &after))
			rest, _ := collect(t, client, Query{JQL: "project = OPS", PageSize: 25, After: after})
			var before []int64
			for _, p := range pages[:n+1] {
				for _, issue := range p.Issues {
					before = append(before, issue.ID)
				}
			}
			require.Equal(t, f.ids(), append(before, rest...), "after page %d", n)
		}
	})
}

// P1: without a total a client stopped after its first page.
func TestScanGoesOnWithoutTotal(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, 120)
	f.shape = func(answer map[string]any) { delete(answer, "total") }
	ids, pages := collect(t, connect(t, f), Query{PageSize: 50})
	require.Equal(t, f.ids(), ids)
	require.Equal(t, -1, pages[0].Total)
}

// P9, P6: servers give fewer than asked for, and than they say.
func TestScanGoesOnBehindShortPages(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 130)
		f.pageSize = 17
		ids, _ := collect(t, connect(t, f), Query{PageSize: 100})
		require.Equal(t, f.ids(), ids)
	})
}

// P5: offsets skip issues when one before them leaves the result.
func TestScanSkipsNothingWhenIssuesLeaveBetweenPages(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, 100)
	want := f.ids()
	client := connect(t, f)
	var got []int64
	for page, err := range client.Scan(t.Context(), Query{PageSize: 10}) {
		require.NoError(t, err)
		for _, issue := range page.Issues {
			got = append(got, issue.ID)
		}
		f.mu.Lock()
		f.issues = f.issues[5:] // no longer matches
		f.mu.Unlock()
	}
	require.Subset(t, got, want[50:])
	require.Len(t, got, len(slices.Compact(got)))
	require.Equal(t, want[:len(got)-1], got[:len(got)-1])
}

func TestScanPassesInstantsLargerThanAPage(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		for name, instant := range map[string]func(i int) time.Time{
			"one instant":      func(int) time.Time { return epoch },
			"one second":       func(i int) time.Time { return epoch.Add(time.Duration(i) * time.Millisecond) },
			"an edge per page": func(i int) time.Time { return epoch.Add(time.Duration(i/10) * time.Second) },
		} {
			t.Run(name, func(t *testing.T) {
				f := newFake(t, cloud, 0)
				for i := range 95 {
					f.add(int64(i+1), instant(i))
				}
				ids, _ := collect(t, connect(t, f), Query{PageSize: 10})
				require.Equal(t, f.ids(), ids)
			})
		}
	})
}

// Jira's index knows times to the second, and sorts the issues of a second by key; some know
// them to the minute.
func TestScanBearsCoarseIndexes(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{time.Second, time.Minute} {
		t.Run(step.String(), func(t *testing.T) {
			t.Parallel()
			f := newFake(t, false, 0)
			for i := range 200 { // within the step, the newest has the smallest key
				f.add(int64(1000+i), epoch.Truncate(step).Add(time.Duration(i/40)*step+time.Duration(40-i%40)*step/50))
			}
			coarse := &coarseIndex{fake: f, step: step}
			ids, _ := collect(t, connect(t, coarse), Query{PageSize: 30})
			slices.Sort(ids)
			require.Equal(t, f.ids(), slices.Compact(ids))
		})
	}
}

// coarseIndex compares and sorts by its step.
type coarseIndex struct {
	*fake
	step time.Duration
}

func (c *coarseIndex) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	exact := c.fake.issues
	defer func() { c.fake.issues = exact }()
	c.fake.issues = nil
	c.fake.shape = func(answer map[string]any) { // the answer names exact times all the same
		for _, issue := range answer["issues"].([]any) {
			fields := issue.(map[string]any)["fields"].(map[string]any)
			at := slices.IndexFunc(exact, func(i fakeIssue) bool { return i.key == issue.(map[string]any)["key"] })
			fields["created"] = exact[at].created.Format("2006-01-02T15:04:05.000-0700")
		}
	}
	for _, i := range exact {
		i.created = i.created.Truncate(c.step)
		c.fake.issues = append(c.fake.issues, i)
	}
	c.fake.before = func(_ http.ResponseWriter, _ *http.Request, body map[string]any) bool {
		if jql, ok := body["jql"].(string); ok && strings.Contains(jql, ">= ") {
			var ms int64
			_, err := fmt.Sscanf(jql[strings.Index(jql, ">= ")+3:], "%d", &ms)
			require.NoError(c.t, err)
			body["jql"] = fmt.Sprintf("created >= %d", time.UnixMilli(ms).Truncate(c.step).UnixMilli())
		}
		return false
	}
	c.fake.ServeHTTP(w, r)
}

func TestScanOfUnsortedAnswersStillEnds(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 0)
		for i := range 100 { // the server ignores the order
			f.add(int64(1000+i), epoch)
			f.issues[i].fields = map[string]any{"created": epoch.Add(time.Duration(i*37%100) * time.Hour).Format(time.RFC3339)}
		}
		ids, _ := collect(t, connect(t, f), Query{PageSize: 10})
		slices.Sort(ids)
		require.Equal(t, f.ids(), slices.Compact(ids))
	})
}

// P3: neither token nor isLast.
func TestCloudScanEndsWhereTheTokenIsAbsent(t *testing.T) {
	t.Parallel()
	f := newFake(t, true, 30)
	f.shape = func(answer map[string]any) { answer["isLast"] = false }
	ids, _ := collect(t, connect(t, f), Query{PageSize: 100})
	require.Equal(t, f.ids(), ids)
	require.Len(t, f.sent(), 3)
}

// P2: a token that repeats led to an endless loop.
func TestCloudScanLeavesTokensThatRepeat(t *testing.T) {
	t.Parallel()
	f := newFake(t, true, 95)
	f.shape = func(answer map[string]any) {
		if _, more := answer["nextPageToken"]; more {
			answer["nextPageToken"] = "stale&+=10"
		}
	}
	ids, _ := collect(t, connect(t, f), Query{PageSize: 10})
	slices.Sort(ids)
	require.Equal(t, f.ids(), slices.Compact(ids))
}

func TestCloudScanGivesUpOnTokensThatLeadNowhere(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string]func(f *fake, answer map[string]any){
		"the same token for ever": func(_ *fake, answer map[string]any) { answer["nextPageToken"] = "x" },
		"a new token each time": func(f *fake, answer map[string]any) {
			f.tokens++
			answer["nextPageToken"] = fmt.Sprint("x", f.tokens)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, true, 0)
			f.shape = func(answer map[string]any) { shape(f, answer) }
			var nonsense *NonsenseError
			require.ErrorAs(t, lastError(connect(t, f).Scan(t.Context(), Query{})), &nonsense)
			require.Less(t, len(f.sent()), 40)
		})
	}
}

// P11: an empty page in the middle.
func TestCloudScanPassesEmptyPages(t *testing.T) {
	t.Parallel()
	f := newFake(t, true, 60)
	calls := 0
	f.before = func(w http.ResponseWriter, r *http.Request, body map[string]any) bool {
		if calls++; calls%2 == 0 && body["nextPageToken"] != nil {
			send(w, map[string]any{"issues": []any{}, "nextPageToken": fmt.Sprintf("e%d%s", calls, body["nextPageToken"])})
			return true
		}
		return false
	}
	ids, _ := collect(t, connect(t, f), Query{PageSize: 10})
	require.Equal(t, f.ids(), ids)
}

// P7: the tokens of a sweep over 197,000 issues ended after 126,000.
func TestCloudScanGoesOnWhereTokensEndTooEarly(t *testing.T) {
	t.Parallel()
	f := newFake(t, true, 200)
	pages := 0
	f.shape = func(answer map[string]any) {
		if pages++; pages%4 == 0 {
			delete(answer, "nextPageToken")
		}
	}
	ids, _ := collect(t, connect(t, f), Query{PageSize: 10})
	require.Equal(t, f.ids(), ids)
}

func TestCloudScanGoesOnWhenATokenExpires(t *testing.T) {
	t.Parallel()
	f := newFake(t, true, 100)
	calls := 0
	f.before = func(w http.ResponseWriter, r *http.Request, body map[string]any) bool {
		if calls++; calls%5 == 0 && body["nextPageToken"] != nil {
			fail(w, http.StatusBadRequest, "The provided next page token is invalid or expired.")
			return true
		}
		return false
	}
	ids, _ := collect(t, connect(t, f), Query{PageSize: 10})
	require.Equal(t, f.ids(), ids)
}

// P4: tokens hold characters that an address does not take as they are.
func TestCloudTokensArriveAsTheyWereGiven(t *testing.T) {
	t.Parallel()
	f := newFake(t, true, 30)
	collect(t, connect(t, f), Query{PageSize: 20})
	require.True(t, slices.ContainsFunc(f.sent(), func(r string) bool {
		return strings.Contains(r, `"nextPageToken":"1\u0026+=20"`) // JSON's way to write &
	}), f.sent())
}

func TestScanAsksAgainWhenAPageComesEmpty(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, 60)
	calls := 0
	f.shape = func(answer map[string]any) {
		if calls++; calls%3 == 0 {
			answer["issues"] = []any{}
		}
	}
	ids, _ := collect(t, connect(t, f), Query{PageSize: 10})
	require.Equal(t, f.ids(), ids)
}

func TestScanGivesUpWhenOnlyTheTotalGrows(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string]func(answer map[string]any){
		"empty pages": func(answer map[string]any) { answer["issues"], answer["total"] = []any{}, 100000 },
		"one page":    func(answer map[string]any) { answer["total"] = 1e9 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, false, 0)
			f.add(1, epoch)
			f.before = func(_ http.ResponseWriter, _ *http.Request, body map[string]any) bool {
				body["startAt"], body["jql"] = 0.0, "" // both are ignored
				return false
			}
			f.shape = shape
			var nonsense *NonsenseError
			require.ErrorAs(t, lastError(connect(t, f).Scan(t.Context(), Query{PageSize: 10})), &nonsense)
		})
	}
}

func TestScanStopsWhereTheReaderStops(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 100)
		for range connect(t, f).Scan(t.Context(), Query{PageSize: 10}) {
			break
		}
		require.Len(t, f.sent(), 3)
	})
}

// A4: Data Center leaves worklogs out unless all fields are asked for; Cloud sends ids only.
func TestScanAlwaysNamesTheFields(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 1)
		collect(t, connect(t, f), Query{JQL: "a = b", Changelog: true})
		sent := f.sent()[2]
		require.Contains(t, sent, `"fields":["*all"]`)
		if cloud {
			require.Contains(t, sent, `"expand":"changelog"`)
			require.Contains(t, sent, `"jql":"a = b ORDER BY created ASC, key ASC"`)
		} else {
			require.Contains(t, sent, `"expand":["changelog"]`)
		}
	})
}

func TestCloudScanWithoutConditionsIsBounded(t *testing.T) {
	t.Parallel()
	f := newFake(t, true, 1)
	collect(t, connect(t, f), Query{})
	require.Contains(t, f.sent()[2], `created \u003e= 0 ORDER BY`)
}

func TestOneOddIssueDoesNotCostItsPage(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 30)
		f.issues[3].fields = map[string]any{"created": "soon", "updated": nil}
		f.issues[4].extra = map[string]any{"fields": "none"}
		f.issues[29].extra = map[string]any{"id": map[string]any{}}
		ids, pages := collect(t, connect(t, f), Query{PageSize: 10})
		require.Len(t, ids, 27)
		var broken []Broken
		for _, page := range pages {
			broken = append(broken, page.Broken...)
		}
		require.GreaterOrEqual(t, len(broken), 3)
		require.Equal(t, "OPS-1003", broken[0].Key)
		require.EqualValues(t, 1003, broken[0].ID)
		require.Contains(t, string(broken[0].Raw), `"created":"soon"`)
		require.True(t, json.Valid(broken[0].Raw))
		require.Error(t, broken[0].Err)
	})
}

// The guess at its creation must not carry the bound past its neighbours.
func TestAnIssueWithoutCreationLeadsNoScanAstray(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 60)
		for _, last := range []int{9, 19, 24} {
			f.issues[last].fields = map[string]any{"created": nil, "updated": epoch.AddDate(1, 0, 0).Format(time.RFC3339)}
		}
		if cloud {
			f.shape = func(answer map[string]any) { delete(answer, "nextPageToken") }
		}
		ids, _ := collect(t, connect(t, f), Query{PageSize: 10})
		slices.Sort(ids)
		require.Equal(t, f.ids(), slices.Compact(ids))
	})
}

func TestCensusReadsEveryID(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 230)
		f.pageSize = 50
		f.issues[7].fields = map[string]any{"created": "soon", "updated": nil}
		cut := 0
		if cloud {
			f.shape = func(answer map[string]any) { // the tokens end too early once
				if cut++; cut == 2 {
					delete(answer, "nextPageToken")
				}
			}
		}
		var ids []int64
		for batch, err := range connect(t, f).IDs(t.Context(), "project = OPS") {
			require.NoError(t, err)
			for _, id := range batch.IDs {
				ids = append(ids, id.ID)
			}
		}
		slices.Sort(ids)
		require.Equal(t, f.ids(), slices.Compact(ids))
	})
}

func TestCountSaysWhetherItIsExact(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		n, exact, err := connect(t, newFake(t, cloud, 42)).Count(t.Context(), "project = OPS")
		require.NoError(t, err)
		require.Equal(t, 42, n)
		require.Equal(t, !cloud, exact)
	})
}

// lastError reads a sequence to its end.
func lastError[T any](seq func(func(T, error) bool)) error {
	var all []error
	for _, err := range seq {
		all = append(all, err)
	}
	return errors.Join(all...)
}

func TestPagesFitIntoMemory(t *testing.T) {
	t.Parallel()
	require.Equal(t, 100, fittingPage(100, 100, 8<<20))
	require.Equal(t, 20, fittingPage(100, 100, 40<<20), "a heavy page is followed by a smaller one")
	require.Equal(t, 5, fittingPage(5, 100, 100<<20), "but not by one of nothing")
	require.Equal(t, 40, fittingPage(20, 100, 1<<20), "and grows back")
	require.Equal(t, 100, fittingPage(80, 100, 1<<20))
}

func TestReconciledIssuesAreNamedOnEachPage(t *testing.T) {
	t.Parallel()
	f := newFake(t, true, 25)
	collect(t, connect(t, f), Query{PageSize: 10, Reconcile: make([]int64, 60)})
	for _, request := range f.sent()[2:] {
		require.Equal(t, 50, strings.Count(request[strings.Index(request, "reconcileIssues"):], "0,")+1)
	}
}
