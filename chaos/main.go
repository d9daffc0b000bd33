// Command chaos tries what the design promises about faults for as long as it takes, and prints
// what they cost:
//
//	testdb go run ./chaos
//
// The trials are the tests themselves, which run longer here than in `make test` and write what they
// found into a ledger; the table is made of nothing else. It exits with 1 when a test failed, when a
// trial left no record, or when any issue was lost.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"jirasync/chaos/chaostest"
)

// trial is one run of `go test`.
type trial struct{ pkg, tests string }

// lanes run side by side: what waits for most of its time beside what needs a processor.
var lanes = [][]trial{
	{
		{"./jobs", "Trouble|Again|InMidPage"},
		{"./cli", "UnderLoad|PausedLeader"},
		{"./server", "Network"},
		{"./db", "Migration"},
	},
	{
		{"./mirror", "Ticks"}, // alone in its process, whose memory it watches
		{"./mirror", "Fault|Killed|Nonsense|Histories|Network|FullDisk|Restarted|LateServer"},
		{"./fields", "Killed"},
	},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "jirasync-chaos-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	began := time.Now()
	failures := make(chan error, 100)
	var all sync.WaitGroup
	for lane, trials := range lanes {
		all.Go(func() {
			for n, t := range trials {
				failures <- t.run(ctx, out, filepath.Join(dir, fmt.Sprintf("%d-%d", lane, n)))
			}
		})
	}
	all.Wait()
	close(failures)
	err = ctx.Err()
	for failure := range failures {
		err = errors.Join(err, failure)
	}
	table, readErr := readLedgers(dir)
	fmt.Fprintf(out, "\n%s\nin %s\n", table, time.Since(began).Round(time.Second))
	return errors.Join(err, readErr, table.judge())
}

// run runs the tests, prints what they said in one piece, and expects at least one record of them.
func (t trial) run(ctx context.Context, out io.Writer, ledger string) error {
	began := time.Now()
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout", "60m", "-run", t.tests, t.pkg) //nolint:gosec // from the list above
	cmd.Env = append(os.Environ(), chaostest.LongVariable+"=1", chaostest.LedgerVariable+"="+ledger)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	output, err := cmd.CombinedOutput()
	fmt.Fprintf(out, "%s %s, in %s\n%s", t.pkg, t.tests, time.Since(began).Round(time.Second), output)
	if err != nil {
		return fmt.Errorf("%s %s: %w", t.pkg, t.tests, err)
	}
	if _, err := os.Stat(ledger); err != nil {
		return fmt.Errorf("%s %s has left no record", t.pkg, t.tests)
	}
	return nil
}
