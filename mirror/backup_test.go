package mirror_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/jirasim"
)

// operate runs one of the operator's scripts on a database, as `make` does.
func (w *world) operate(url, folder, name string, args ...string) string {
	w.Helper()
	script := exec.CommandContext(w.Context(), "bin/"+name, args...)
	script.Dir = "../deploy"
	script.Env = append(os.Environ(), "STACK=bare", "DATABASE_URL="+url, "BACKUP_DIR="+folder,
		"ENV_FILE="+filepath.Join(folder, "none"), "FORCE=1")
	out, err := script.CombinedOutput()
	assert.NoError(w, err, string(out))
	return string(out)
}

// moveTo goes on with another database, as a server that is started on it once the lease of the one before
// has run out.
func (w *world) moveTo(url string) {
	w.Helper()
	store, err := db.Open(w.Context(), db.Options{URL: url})
	require.NoError(w, err)
	w.Cleanup(store.Close)
	w.url, w.store = url, store
	w.reconnect()
	w.engine = w.newEngine()
	_, err = w.conn.Exec(w.Context(), `UPDATE jira_sync.sync_leases SET expires_at = now()`)
	require.NoError(w, err)
}

// The backup is made between two pages of a run; what changed after it is caught up with as well.
func TestBackupMadeDuringARunIsCaughtUpWith(t *testing.T) {
	for _, program := range []string{"pg_dump", "pg_restore", "psql"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not here: install postgresql-client", program)
		}
	}
	for name, prepare := range map[string]func(w *world) db.Mode{
		"the first run": func(*world) db.Mode { return db.Full },
		"a later run": func(w *world) db.Mode {
			w.succeed(db.Full)
			w.sim.Touch(250)
			return db.Incremental
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, jirasim.Options{Issues: 400}, func(w *world) {
				w.sim.Faults().Update(func(s *jirasim.Settings) { s.PageCap = 20 })
				mode, folder, backup := prepare(w), w.TempDir(), ""
				var pages atomic.Int64
				w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
					if bytes.Contains(reread(w, r), []byte(`"*all"`)) && pages.Add(1) == 8 { // some are stored by now, most are not
						backup = w.operate(w.url, folder, "backup")
					}
					jira.ServeHTTP(rw, r)
				})
				w.succeed(mode)
				w.meddle(nil)
				file := regexp.MustCompile(`\S+\.tar`).FindString(backup)
				require.FileExists(w, file)
				whole := ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues`)

				w.sim.Touch(20)
				w.sim.Delete(ask[int64](w, `SELECT max(jira_id) FROM jira_sync.jira_issues`))
				other := dbtest.New(t)
				w.operate(other, folder, "restore", file)
				w.moveTo(other)
				require.Equal(w, 1, ask[int](w, `SELECT count(*) FROM jira_sync.sync_history WHERE state = 'RUNNING'`), "it was made in the middle")
				if mode == db.Full {
					require.Positive(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues`))
					require.Less(w, ask[int](w, `SELECT count(*) FROM jira_sync.jira_issues`), whole)
				}
				w.strikes = true // what was deleted is found by one census
				w.settings.ReconcileIntervalSeconds = 1
				w.succeed(db.Incremental)
				w.requireTruth()
			})
		})
	}
}
