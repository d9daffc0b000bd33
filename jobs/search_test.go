package jobs_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest/seed"
)

func TestLeaderWritesTheWordsOfAnOlderReleaseAnew(t *testing.T) {
	s := newSite(t)
	rows := seed.Into(t, s.url)
	issue := seed.Issue{Instance: 1, Project: 900, Key: "OLD-1", JiraID: 900_001, Summary: "Payment form"}
	rows.Project(1, 900, "OLD")
	rows.Issues(issue)
	rows.Exec(`UPDATE jira_sync.jira_issue_search SET words = to_tsvector('simple', 'old-1 payment form'), form = 1`)
	s.start("north")
	require.Eventually(t, func() bool {
		return seed.Ask[bool](rows, `SELECT words @@ 'payment:A' FROM jira_sync.jira_issue_search WHERE issue_id = $1`, db.IssueID(1, 900_001))
	}, deadline, 50*time.Millisecond)
}
