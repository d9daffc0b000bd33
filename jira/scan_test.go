package jira

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScanReadsEveryIssueOnce(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 257)
		ids, pages := collect(t, connect(t, f), Query{JQL: "project = OPS", PageSize: 50})
		require.Equal(t, f.ids(), ids)
		require.Equal(t, "Issue OPS-1000", pages[0].Issues[0].Summary)
	})
}
