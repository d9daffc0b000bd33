// Package chaostest is what the tests of faults share: how long to go on, a fault proxy for the
// network, and the ledger in which each test writes what a fault has cost.
//
// A test says what it found before it judges it, so that the table of `make chaos` shows a loss too.
package chaostest

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/mirror/mirrortest"
)

const (
	// LongVariable makes the tests long.
	LongVariable = "CHAOS"
	// LedgerVariable names the file that outcomes are added to; unset: nobody wants to know.
	LedgerVariable = "CHAOS_LEDGER"
)

// Long reports whether the tests run for long, as in `make chaos`.
func Long() bool { return os.Getenv(LongVariable) != "" }

// Rounds is how often a trial is repeated: few times in `make test`, often in `make chaos`.
func Rounds(few, many int) int {
	if Long() {
		return many
	}
	return few
}

// Outcome is what a fault has cost, over all the times that it was injected.
type Outcome struct {
	Fault    string        `json:"fault"`
	Times    int           `json:"times"`
	Missing  int           `json:"missing"`
	Stale    int           `json:"stale"`
	Extra    int           `json:"extra"`
	Recovery time.Duration `json:"recovery"` // the longest, from the end of the fault to the truth
}

// Add counts what was found after the fault had passed this many times, and how long that took.
func (o *Outcome) Add(times int, d mirrortest.Difference, recovery time.Duration) {
	o.Merge(Outcome{Times: times, Missing: len(d.Missing), Stale: len(d.Stale), Extra: len(d.Extra) + len(d.Twice), Recovery: recovery})
}

// Merge adds the counts of another.
func (o *Outcome) Merge(other Outcome) {
	o.Times += other.Times
	o.Missing += other.Missing
	o.Stale += other.Stale
	o.Extra += other.Extra
	o.Recovery = max(o.Recovery, other.Recovery)
}

// Lost is how many issues mirror and truth disagree on.
func (o *Outcome) Lost() int { return o.Missing + o.Stale + o.Extra }

// Report writes an outcome into the ledger.
func Report(t testing.TB, o Outcome) {
	t.Helper()
	name := os.Getenv(LedgerVariable)
	if name == "" {
		return
	}
	line, err := json.Marshal(o)
	require.NoError(t, err)
	ledger, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the caller's own file
	require.NoError(t, err)
	_, err = ledger.Write(append(line, '\n')) // whole, beside those of other processes
	require.NoError(t, err)
	require.NoError(t, ledger.Close())
}
