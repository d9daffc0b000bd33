package db_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
)

// A leader that was paused before it tells how far back its read has come must not say so again once its
// successor has read to the end.
func TestLateServerDoesNotCutTheHistoryOffAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.store.SaveHistoryFrom(t.Context(), f.lease, &noon))
	require.True(t, noon.Equal(ask[time.Time](f, `SELECT history_from FROM jira_sync.jira_instances`)))
	require.NoError(t, f.store.ReleaseLease(t.Context(), f.lease))
	successor, err := f.store.AcquireLease(t.Context(), 1, "successor", time.Minute)
	require.NoError(t, err)
	require.NoError(t, f.store.SaveHistoryFrom(t.Context(), successor, nil))

	require.ErrorIs(t, f.store.SaveHistoryFrom(t.Context(), f.lease, &noon), db.ErrFenced)
	require.True(t, ask[bool](f, `SELECT history_from IS NULL FROM jira_sync.jira_instances`))
}
