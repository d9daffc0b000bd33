package jira

import (
	"bytes"
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

// Hundreds of issues of one second fit on no small page: their search goes on behind all of them, or
// says that it cannot.
func TestIssueThatJiraCannotShowAmongManyOfOneSecond(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 0)
		for id := range int64(40) {
			f.add(2000+id, epoch)
		}
		for id := range int64(40) {
			f.add(3000+id, epoch.Add(time.Duration(1+id)*time.Minute))
		}
		came, failed := map[int64]bool{}, error(nil)
		for page, err := range connect(t, choking(t, f, 2001)).Scan(t.Context(), Query{JQL: "project = OPS"}) {
			failed = err
			for i := range page.Issues {
				came[page.Issues[i].ID] = true
			}
		}
		if failed != nil {
			require.ErrorContains(t, failed, "500")
			return
		}
		require.Len(t, came, 79)
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
