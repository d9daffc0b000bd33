package db_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/query"
)

// found are the keys of the issues that a search finds, the best first.
func (f *fixture) found(search string) []string {
	f.Helper()
	q, err := query.IssueList{Scope: query.Everything(), Search: search}.Compile(query.DefaultLimits())
	require.NoError(f, err)
	page, err := f.store.Issues(f.Context(), q, db.IssueWants{Total: true})
	require.NoError(f, err)
	keys := []string{}
	for _, node := range page.Nodes {
		keys = append(keys, node.Key)
	}
	return keys
}

// talked is issue n with a description and a comment.
func talked(n int64, summary, description, comment string) db.IssueRow {
	row := issue(n, summary, int(n))
	row.Description = &description
	row.Comments = []db.CommentRow{{JiraID: n, Body: comment, CreatedAt: noon, UpdatedAt: noon}}
	return row
}

func TestWordsOfAPageAreFoundAndKnown(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.commit(
		talked(1, "Payment form", "Überweisung fails", "same in the x9 export"),
		talked(2, "Nightly job", "of the payment", "see 1.2.3"),
		talked(3, "Import", "of users", "payment too"),
	)
	require.Equal(t, []string{"OPS-1", "OPS-2", "OPS-3"}, f.found("payment"), "summary, description, comment")
	require.Equal(t, []string{"OPS-1"}, f.found("paymnt überweisnug"), "mistyped")
	require.Equal(t, []string{"OPS-1"}, f.found("fails exp"))
	require.Equal(t, []string{"OPS-2"}, f.found("1.2.3"))
	require.Empty(t, f.found("refund"))
	require.Equal(t, []string{"export", "fails", "form", "import", "job", "nightly", "ops", "payment", "same", "see", "the", "too", "users", "überweisung"},
		ask[[]string](f, `SELECT array_agg(word ORDER BY word) FROM jira_sync.jira_words`))

	f.commit(issue(1, "Refund form", 60))
	require.Equal(t, []string{"OPS-1"}, f.found("refund"))
	require.Equal(t, []string{"OPS-2", "OPS-3"}, f.found("payment"), "no longer in the first")
}

func TestWordThatWasMistypedInJiraOnceIsCorrectedAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.commit(issue(1, "Paymnt form", 1), issue(2, "Payment list", 2))
	require.Equal(t, []string{"OPS-1"}, f.found("paymnt"), "it occurs")
	f.commit(issue(1, "Payment form", 60))
	require.ElementsMatch(t, []string{"OPS-1", "OPS-2"}, f.found("paymnt"))
	require.Equal(t, []string{"OPS-2"}, f.found("paymnt list"))

	f.commit(issue(3, "Paymnt once more", 61))
	require.Equal(t, []string{"OPS-3"}, f.found("paymnt"))
	_, err := f.store.Tombstone(t.Context(), f.lease, f.run.SyncID, []int64{3}, "GONE")
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"OPS-1", "OPS-2"}, f.found("paymnt"), "in an issue that is gone")
}

func TestLongTextsAreFoundByTheirBeginning(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	many := strings.Builder{}
	for n := range 40_000 { // more different words than a tsvector holds
		many.WriteString("w" + strings.Repeat("é", 20) + string(rune('a'+n%26)) + strings.Repeat("x", n%10) + string(rune('À'+n%1000)) + " ")
	}
	f.commit(talked(1, "long", "begin "+strings.Repeat("x", 3000)+" "+many.String()+" finish", "start "+many.String()))
	require.Equal(t, []string{"OPS-1"}, f.found("begin start"))
	require.Empty(t, f.found("finish"))
}

// An upgrade must not need the issues to be read from Jira again.
func TestIssuesOfAnOlderReleaseAreFilled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.commit(talked(1, "Payment form", "about", "refund"), talked(2, "Nightly job", "of the payment", "export"))
	for n := int64(3); n < 300; n++ {
		f.commit(issue(n, "another", 0))
	}
	_, err := f.conn.Exec(t.Context(), `
UPDATE jira_sync.jira_issue_search s SET form = 1, words = to_tsvector('simple', i.issue_key || ' ' || i.summary || ' ' || coalesce(i.description, ''))
FROM jira_sync.jira_issues i WHERE i.issue_id = s.issue_id`)
	require.NoError(t, err)
	_, err = f.conn.Exec(t.Context(), `DELETE FROM jira_sync.jira_words`)
	require.NoError(t, err)
	require.Equal(t, []string{"OPS-2", "OPS-1"}, f.found("payment"), "found before, not ranked yet")
	require.Empty(t, f.found("refund"))

	url := f.conn.Config().ConnString()
	upgraded, err := db.Open(t.Context(), db.Options{URL: url}) // what a release has seen before does not count
	require.NoError(t, err)
	t.Cleanup(upgraded.Close)
	for _, want := range []int{200, 99, 0} {
		filled, err := upgraded.FillSearch(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, filled)
	}
	require.Equal(t, []string{"OPS-1", "OPS-2"}, f.found("paymnt"))
	require.Equal(t, []string{"OPS-1"}, f.found("refund"))
}

func TestFillLeavesIssuesThatAPageHolds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.commit(issue(1, "one", 0), issue(2, "two", 0))
	_, err := f.conn.Exec(t.Context(), `UPDATE jira_sync.jira_issue_search SET form = 1`)
	require.NoError(t, err)
	tx, err := f.conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `DELETE FROM jira_sync.jira_issue_search WHERE issue_id = $1`, db.IssueID(1, 1))
	require.NoError(t, err)
	filled, err := f.store.FillSearch(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, filled)
	require.NoError(t, tx.Rollback(t.Context()))
	filled, err = f.store.FillSearch(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, filled)
}
