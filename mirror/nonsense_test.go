package mirror_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/jirasim"
)

// nonsense is what a Jira, or whatever answers in its place, may send.
var nonsense = []string{
	``, ` `, `null`, `true`, `0`, `""`, `[]`, `{}`, `[null]`, `[[]]`, `[{}]`, `{"":{}}`, `{"issues":null}`, `{"issues":{}}`,
	`{"issues":[]}`, `{"issues":[null,1,"x",[],{}]}`, `{"issues":[{"id":"x"}],"total":"many"}`, `{"issues":[{"id":-1,"key":5,"fields":[]}]}`,
	`{"issues":[{"id":"1","key":"A-1","fields":null}],"nextPageToken":7}`, `{"values":7,"total":-1,"isLast":"no"}`, `{"values":[],"isLast":true}`,
	`{"issues":[],"nextPageToken":"again"}`, `{"startAt":9e99,"total":9e99,"issues":[]}`, `{"count":-5}`, `{"count":"many"}`,
	`{"errorMessages":["no"],"errors":{}}`, `<!DOCTYPE html><html>log in</html>`, `{"issues":[{"id":"10001"`, "\x00\xff\xfe", `"\ud800"`,
	`{"issues":[{"id":"99999999999999999999999","key":"` + "\\u0000" + `","fields":{"updated":"soon","project":{"id":{}}}}]}`,
	strings.Repeat(`[`, 20_000), `{"values":[{"id":"1","key":"` + strings.Repeat("K", 10_000) + `"}]}`, `{"until":1e30,"values":[{}],"lastPage":false}`,
}

func TestJiraThatTalksNonsenseHarmsNothing(t *testing.T) {
	onBoth(t, jirasim.Options{Issues: 200}, func(w *world) {
		w.succeed(db.Full)
		w.strikes = true // the most hasty of censuses
		outcome := chaostest.Outcome{Fault: "Jira talks nonsense"}
		for round := range chaostest.Rounds(10, 200) {
			all, one := round%2 == 0, nonsense[round%len(nonsense)]
			w.meddle(func(rw http.ResponseWriter, r *http.Request, jira http.Handler) {
				if !all && rand.IntN(3) > 0 {
					jira.ServeHTTP(rw, r)
					return
				}
				body := nonsense[rand.IntN(len(nonsense))]
				if all {
					body = one
				}
				rw.Header().Set("Content-Type", "application/json")
				fmt.Fprint(rw, body)
			})
			for _, mode := range []db.Mode{db.Incremental, db.Reconcile, db.Full} {
				w.engine = w.newEngine()
				outcome.Times++
				run := w.run(mode)
				if all {
					require.NotEqual(w, db.Succeeded, run.State, "%s answered with %.60q", mode, one)
				}
				if run.State != db.Succeeded {
					require.NotEmpty(w, text(run.Error))
				}
			}
			require.Empty(w, ask[string](w, `SELECT coalesce(string_agg(deleted_reason, ' '), '') FROM jira_sync.jira_issues`), "round %d", round)
		}
		w.meddle(nil)
		w.recover(&outcome, db.Full, db.Reconcile)
		chaostest.Report(w, outcome)
		require.Zero(w, outcome.Lost())
	})
}
