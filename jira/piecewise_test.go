package jira

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// choking fails whenever it would have to show one of the ill issues whole.
func choking(t *testing.T, jira http.Handler, ill ...int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		r.Body = io.NopCloser(bytes.NewReader(asked))
		answer := httptest.NewRecorder()
		jira.ServeHTTP(answer, r)
		isWhole := bytes.Contains(asked, []byte(`"*all"`)) || r.URL.Query().Get("fields") == "*all"
		for _, id := range ill {
			if isWhole && bytes.Contains(answer.Body.Bytes(), fmt.Appendf(nil, `"id":"%d"`, id)) {
				fail(w, http.StatusInternalServerError, "NullPointerException")
				return
			}
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// around reads past the ill issues, and returns what came and what did not.
func around(t *testing.T, f *fake, query Query, ill ...int64) (came []int64, broken []Broken) {
	t.Helper()
	query.JQL = "project = OPS"
	came, pages := collect(t, connect(t, choking(t, f, ill...)), query)
	for _, page := range pages {
		broken = append(broken, page.Broken...)
	}
	return came, broken
}

func TestIssueThatJiraCannotShowCostsItselfAlone(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		for name, ill := range map[string][]int64{
			"in the middle": {1117}, "the first": {1000}, "the last": {1249}, "two apart": {1050, 1200},
			"two beside each other": {1100, 1101}, "the last two": {1248, 1249}, "a page of them": {1100, 1101, 1102, 1103, 1104, 1105},
		} {
			f := newFake(t, cloud, 250)
			came, broken := around(t, f, Query{Changelog: true}, ill...)
			require.Len(t, came, 250-len(ill), name)
			var kept []int64
			for _, b := range broken {
				kept = append(kept, b.ID)
				require.ErrorContains(t, b.Err, "500", name)
				require.NotEmpty(t, b.Key, name)
				require.Nil(t, b.Raw, name)
			}
			require.ElementsMatch(t, ill, kept, name)
		}
	})
}

// Many issues of one second fit on no small page.
func TestIssueThatJiraCannotShowAmongManyOfOneSecond(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 0)
		for id := range int64(40) {
			f.add(2000+id, epoch)
		}
		for id := range int64(200) {
			f.add(3000+id, epoch.Add(time.Minute+time.Duration(id)*100*time.Millisecond))
		}
		came, _ := around(t, f, Query{}, 2001, 3055)
		require.Len(t, came, 238)
	})
}

// Where a time of creation cannot be read, the time of the last change says nothing of the place.
func TestPiecesWithoutATimeOfCreationLeadNowhere(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 120)
		for _, last := range []int{52, 55} { // of the pieces on Cloud, on Data Center
			f.issues[last].fields = map[string]any{"created": "soon", "updated": "2026-01-01T00:00:00.000+0000"}
		}
		came, _ := around(t, f, Query{}, 1052)
		require.Len(t, came, 119)
	})
}

func TestManyIssuesThatJiraCannotShowComeFirst(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 40)
		came, broken := around(t, f, Query{Witnesses: func(context.Context) []int64 { return []int64{1039} }}, f.ids()[:12]...)
		require.Len(t, came, 28)
		require.Len(t, broken, 12)
	})
}

// A window may hold nothing but what was changed in vain.
func TestFewIssuesThatJiraCannotShowAreAllThatThereIs(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 3)
		came, broken := around(t, f, Query{}, f.ids()...)
		require.Empty(t, came)
		require.Len(t, broken, 3)
	})
}

// What came a moment before is listed no more, and no place is given to others for it.
func TestPageIsReadPiecewiseInFewRequests(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 0)
		for id := range int64(600) {
			f.add(1000+id, epoch.Add(time.Duration(id)*400*time.Millisecond))
		}
		came, _ := around(t, f, Query{}, 1350)
		require.Len(t, came, 599)
		alone := 0
		for _, request := range f.sent() {
			if strings.Contains(request, "/issue/1") {
				alone++
			}
		}
		require.Less(t, alone, 60)
	})
}

func TestJiraThatFailsAtEveryIssueFailsTheSearch(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 20)
		var broken int
		failed := error(nil)
		for page, err := range connect(t, choking(t, f, f.ids()...)).Scan(t.Context(), Query{JQL: "project = OPS"}) {
			failed, broken = err, broken+len(page.Broken)
		}
		require.ErrorContains(t, failed, "search for 5 issues")
		require.Zero(t, broken)
	})
}

// The search has just named them: something in front of Jira answers.
func TestJiraThatFindsNoIssueByItsIDFailsTheSearch(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		for name, witnesses := range map[string][]int64{"a witness": {1019}, "no witness": nil} {
			f := newFake(t, cloud, 20)
			f.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
				if !strings.Contains(r.URL.Path, "/issue/1") {
					return false
				}
				w.WriteHeader(http.StatusNotFound)
				send(w, map[string]any{"message": "null for uri", "status-code": 404})
				return true
			}
			failed := error(nil)
			query := Query{JQL: "project = OPS", Witnesses: func(context.Context) []int64 { return witnesses }}
			for page, err := range connect(t, choking(t, f, f.ids()...)).Scan(t.Context(), query) {
				failed = err
				require.Empty(t, page.Issues, name)
			}
			require.ErrorContains(t, failed, "search for 5 issues", name)
		}
	})
}
