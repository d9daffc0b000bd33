package mirror_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

const offsetSearch = "POST /rest/api/2/search"

// A request costs a Jira far away a third of a second: of an instance with many small projects, most
// of a full read would go into counting and listing them.
func TestSmallProjectOfDataCenterCostsOneSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.DataCenter})
	w.succeed(db.Full)
	projects := len(w.sim.ProjectKeys())
	require.LessOrEqual(t, w.sim.Faults().Requests()[offsetSearch], projects+2, "two more learn how times are read")
	require.Equal(t, projects, ask[int](w, `
SELECT count(*) FROM jira_sync.sync_census WHERE missing = 0 AND extra = 0 AND jira_count = shown AND NOT stopped`))
	w.requireTruth()
}

func TestProjectThatWasJustReadIsNotListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.DataCenter, Issues: 1800})
	var listings atomic.Int64
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		if bytes.Contains(reread(w, r), []byte(`"maxResults":1000`)) {
			listings.Add(1)
		}
		jira.ServeHTTP(rw, r)
	})
	w.succeed(db.Full)
	require.Greater(t, ask[int](w, `SELECT max(shown) FROM jira_sync.sync_census`), 500, "it is not read in one go")
	require.Zero(t, listings.Load())
	require.Zero(t, ask[int](w, `SELECT sum(missing + extra) FROM jira_sync.sync_census`))
	require.Zero(t, ask[int](w, `SELECT count(*) FROM jira_sync.sync_census_ids`), "nothing is left behind")
	w.requireTruth()
}

// What one run began and another ended, nobody has seen whole: its census lists it.
func TestReadThatWasCutOffIsListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.DataCenter, Issues: 3600})
	w.instance.Concurrency = 1
	var older atomic.Int64 // pages of parts that come after the recent ones
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		if bytes.Contains(reread(w, r), []byte(`updated \u003c`)) && older.Add(1) > 5 { // "<" as JSON has it
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		jira.ServeHTTP(rw, r)
	})
	run := w.run(db.Full)
	require.Contains(t, text(run.Error), "renew JIRA_TOKEN_1")
	require.Greater(t, older.Load(), int64(5))

	w.meddle(nil)
	w.succeed(db.Full)
	require.Zero(t, ask[int](w, `SELECT count(*) FROM jira_sync.sync_census_ids`))
	require.Greater(t, ask[int](w, `SELECT max(shown) FROM jira_sync.sync_census`), 1000, "a page of ids is not all of it")
	require.Zero(t, ask[int](w, `SELECT sum(missing + extra) FROM jira_sync.sync_census`))
	w.requireTruth()
}

func TestChangesWhileAProjectIsReadAreNotInvented(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.DataCenter})
	w.succeed(db.Full)
	var once sync.Map
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		body := reread(w, r)
		if reads := bytes.Contains(body, []byte(`"*all"`)); reads && strings.HasSuffix(r.URL.Path, "/search") {
			for _, key := range w.sim.ProjectKeys() {
				if _, met := once.LoadOrStore(key, true); !met && bytes.Contains(body, []byte(key)) {
					w.sim.Create(key)
					w.sim.Touch(3)
				}
			}
		}
		jira.ServeHTTP(rw, r)
	})
	w.succeed(db.Full)
	require.Zero(t, ask[int](w, `SELECT count(*) FROM jira_sync.sync_suspects`))
	require.Zero(t, ask[int](w, `SELECT coalesce(sum(missing + extra), 0) FROM jira_sync.sync_census`))
	w.meddle(nil)
	w.succeed(db.Incremental)
	w.requireTruth()
}

func TestIssueThatAPageLacksIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.DataCenter})
	var lacks atomic.Int64 // projects are read beside each other
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		body := reread(w, r)
		answer := httptest.NewRecorder()
		jira.ServeHTTP(answer, r)
		text := answer.Body.Bytes()
		if reads := bytes.Contains(body, []byte(`"*all"`)); reads && lacks.CompareAndSwap(0, 1) {
			text = withoutFirst(t, text)
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(answer.Code)
		_, _ = rw.Write(text)
	})
	w.succeed(db.Full)
	require.EqualValues(t, 1, lacks.Load())
	require.Zero(t, ask[int](w, `SELECT count(*) FROM jira_sync.sync_suspects`))
	w.requireTruth()
}

// reread is the body of a request, which can still be read by whoever answers it.
func reread(w *world, r *http.Request) []byte {
	body, err := io.ReadAll(r.Body)
	assert.NoError(w, err)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

// withoutFirst is a page from which an issue has got lost, though Jira counts it.
func withoutFirst(t *testing.T, text []byte) []byte {
	t.Helper()
	var page map[string]any
	require.NoError(t, json.Unmarshal(text, &page))
	page["issues"] = page["issues"].([]any)[1:]
	text, err := json.Marshal(page)
	require.NoError(t, err)
	return text
}
