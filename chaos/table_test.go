package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/chaos/chaostest"
)

func TestTableMergesWhatTheTestsRecorded(t *testing.T) {
	dir := t.TempDir()
	for name, outcomes := range map[string][]chaostest.Outcome{
		"0-0": {{Fault: "a cut", Times: 3, Recovery: 40 * time.Millisecond}, {Fault: "a kill", Times: 50, Stale: 2, Recovery: 1234 * time.Millisecond}},
		"1-0": {{Fault: "a cut", Times: 4, Recovery: 30 * time.Millisecond}},
	} {
		t.Setenv(chaostest.LedgerVariable, filepath.Join(dir, name))
		for _, o := range outcomes {
			chaostest.Report(t, o)
		}
	}
	read, err := readLedgers(dir)
	require.NoError(t, err)
	require.Equal(t, `| fault  | times | missing | stale | extra | longest recovery |
| ------ | ----: | ------: | ----: | ----: | ---------------: |
| a cut  |     7 |       0 |     0 |     0 |             40ms |
| a kill |    50 |       0 |     2 |     0 |             1.2s |
`, read.String())
	require.EqualError(t, read.judge(), "a kill: 2 issues are not as in Jira")
}

func TestTornLedgerIsNotTakenForWhole(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "0-0"), []byte(`{"fault":"a cut","ti`), 0o600))
	_, err := readLedgers(dir)
	require.Error(t, err)
}
