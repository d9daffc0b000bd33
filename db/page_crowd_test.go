package db_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"jirasync/db"
)

// Parts of a sync that are read side by side bring the same issues when these are moved or changed
// meanwhile.
func TestPagesThatBringTheSameIssuesAllLandAndTheNewestStays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	// Their times span less than what counts as a Jira set back.
	const pages, issues = 15, 20
	for round := range 3 { // the first creates what the others change
		var group errgroup.Group
		for n := range pages {
			page := db.Page{SyncID: f.run.SyncID}
			for i := range int64(issues) {
				page.Issues = append(page.Issues, issue(i+1, strconv.Itoa(n), round*pages+n))
			}
			group.Go(func() error {
				_, err := f.store.CommitPage(t.Context(), f.lease, page)
				return err
			})
		}
		require.NoError(t, group.Wait())
		require.Equal(t, issues, ask[int](f, `SELECT count(*) FROM jira_sync.jira_issues WHERE summary = $1`, strconv.Itoa(pages-1)))
	}
}
