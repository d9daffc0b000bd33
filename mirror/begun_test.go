package mirror_test

import (
	"bytes"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/jirasim"
)

// laterPages has Jira answer so to whatever asks for more than the first page of this project, once
// others had their time.
func (w *world) laterPages(key string, status int, others func()) {
	var once sync.Once
	w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
		body := reread(w, r)
		if bytes.Contains(body, []byte(`project = \"`+key+`\"`)) && bytes.Contains(body, []byte(`created \u003e`)) {
			once.Do(others)
			http.Error(rw, "{}", status)
			return
		}
		jira.ServeHTTP(rw, r)
	})
}

// A small project of which a run brought but the oldest issues lacks the last weeks as long as the rest
// is not here.
func TestLastWeeksOfAProjectThatWasCutOffAreNotSaidToBeHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, jirasim.Options{Flavor: jirasim.DataCenter, Issues: 1200})
	w.instance.Concurrency = 1
	key := w.largestBelow(500)
	w.laterPages(key, http.StatusUnauthorized, func() {})
	require.Contains(t, text(w.run(db.Full).Error), "renew JIRA_TOKEN_1")
	require.Positive(t, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues WHERE project_key = $1`, key))

	said := func() int {
		var instances int
		err := w.conn.QueryRow(w.Context(), `SELECT count(*) FROM jira_sync.jira_instances WHERE history_from IS NOT NULL`).Scan(&instances)
		assert.NoError(w, err)
		return instances
	}
	w.laterPages(key, http.StatusInternalServerError, func() {
		for end := time.Now().Add(time.Second); said() == 0 && time.Now().Before(end); {
			runtime.Gosched()
		}
	})
	require.Equal(t, db.Partial, w.run(db.Full).State)
	require.Zero(t, said())

	w.meddle(nil)
	w.succeed(db.Full)
	w.requireTruth()
}

// largestBelow is the project with most issues among those with fewer.
func (w *world) largestBelow(issues int) string {
	counts := map[string]int{}
	for t := range w.sim.Truth {
		counts[t.ProjectKey]++
	}
	largest := ""
	for key, n := range counts {
		if n < issues && (largest == "" || n > counts[largest]) {
			largest = key
		}
	}
	require.Greater(w, counts[largest], 100)
	return largest
}
