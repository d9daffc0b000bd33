package jira

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
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

func TestIssueThatJiraCannotShowCostsItselfAlone(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		for name, ill := range map[string][]int64{
			"in the middle": {1117}, "the first": {1000}, "the last": {1249}, "two beside each other": {1100, 1101}, "the last two": {1248, 1249}, "a page of them": {1100, 1101, 1102, 1103, 1104, 1105},
			"two apart": {1050, 1200},
		} {
			f := newFake(t, cloud, 250)
			came, broken := map[int64]bool{}, map[int64]Broken{}
			for page, err := range connect(t, choking(t, f, ill...)).Scan(t.Context(), Query{JQL: "project = OPS", Changelog: true}) {
				require.NoError(t, err, name)
				for i := range page.Issues {
					came[page.Issues[i].ID] = true
				}
				for _, b := range page.Broken {
					broken[b.ID] = b
				}
			}
			require.Len(t, came, 250-len(ill), name)
			require.ElementsMatch(t, ill, slices.Collect(maps.Keys(broken)), name)
			for _, b := range broken {
				require.ErrorContains(t, b.Err, "500", name)
				require.NotEmpty(t, b.Key, name)
				require.Nil(t, b.Raw, name)
			}
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
		came := map[int64]bool{}
		for page, err := range connect(t, choking(t, f, 2001, 3055)).Scan(t.Context(), Query{JQL: "project = OPS"}) {
			require.NoError(t, err)
			for i := range page.Issues {
				came[page.Issues[i].ID] = true
			}
		}
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
		came := map[int64]bool{}
		for page, err := range connect(t, choking(t, f, 1052)).Scan(t.Context(), Query{JQL: "project = OPS"}) {
			require.NoError(t, err)
			for i := range page.Issues {
				came[page.Issues[i].ID] = true
			}
		}
		require.Len(t, came, 119)
	})
}

func TestManyIssuesThatJiraCannotShowComeFirst(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 40)
		came, broken := 0, 0
		query := Query{JQL: "project = OPS", Witness: func(context.Context) int64 { return 1039 }}
		for page, err := range connect(t, choking(t, f, f.ids()[:12]...)).Scan(t.Context(), query) {
			require.NoError(t, err)
			came, broken = came+len(page.Issues), broken+len(page.Broken)
		}
		require.Equal(t, 28, came)
		require.Equal(t, 12, broken)
	})
}

// A window may hold nothing but what was changed in vain.
func TestFewIssuesThatJiraCannotShowAreAllThatThereIs(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 3)
		broken := 0
		for page, err := range connect(t, choking(t, f, f.ids()...)).Scan(t.Context(), Query{JQL: "project = OPS"}) {
			require.NoError(t, err)
			require.Empty(t, page.Issues)
			broken += len(page.Broken)
		}
		require.Equal(t, 3, broken)
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
		came := 0
		for page, err := range connect(t, choking(t, f, 1350)).Scan(t.Context(), Query{JQL: "project = OPS"}) {
			require.NoError(t, err)
			came += len(page.Issues)
		}
		require.Equal(t, 599, came)
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
		failed := error(nil)
		for page, err := range connect(t, choking(t, f, f.ids()...)).Scan(t.Context(), Query{JQL: "project = OPS"}) {
			failed = err
			require.Empty(t, page.Broken)
		}
		require.ErrorContains(t, failed, "search for 5 issues")
	})
}
