// Package compose_test builds both compose files, starts them on a real Docker engine, breaks them
// and looks inside. It works on a copy of the tree, under project names of its own, so a stack that
// runs on the machine keeps its data; the ports and the network range are the real ones.
//
//	make test-compose
//	make test-compose ARGS='-run TestCompose/development'
//
// It is not part of `make test`: without -compose it skips.
package compose_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

var (
	enabled = flag.Bool("compose", false, "run on the Docker engine of this machine")
	keep    = flag.Bool("keep", false, "leave the last stack running")
)

// TestCompose ends with one table of what it saw, also where a part of it failed.
func TestCompose(t *testing.T) {
	needEngine(t)
	r := &report{}
	t.Cleanup(r.print)
	for _, part := range []struct {
		name string
		test func(*testing.T, *report)
	}{
		{"production", testProduction},
		{"development", testDevelopment},
		{"bare", testBare},
		{"bad input", testBadInput},
	} {
		t.Run(part.name, func(t *testing.T) {
			defer func() {
				if t.Failed() {
					r.add(part.name, "FAILED, see above")
				}
			}()
			part.test(t, r)
		})
	}
}

// report is the table that the run ends with.
type report struct {
	mu   sync.Mutex
	rows [][2]string
}

// add takes a line of the table and prints it at once, for those who watch.
func (r *report) add(what, value string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	value = fmt.Sprintf(value, args...)
	r.rows = append(r.rows, [2]string{what, value})
	fmt.Printf("    %s: %s\n", what, value)
}

func (r *report) print() {
	r.mu.Lock()
	defer r.mu.Unlock()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table)
	for _, row := range r.rows {
		fmt.Fprintf(table, "%s\t%s\n", row[0], row[1])
	}
	_ = table.Flush() // to a terminal
}

// needEngine skips without -compose, and fails with a cure where there is no engine.
func needEngine(t *testing.T) {
	t.Helper()
	if !*enabled {
		t.Skip("needs a Docker engine: make test-compose")
	}
	if out, err := exec.CommandContext(t.Context(), "docker", "info").CombinedOutput(); err != nil {
		t.Fatalf("no Docker engine answers; start one first:\n%s", lastLines(string(out), 3))
	}
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// image is the base image that the environment names, or its default.
func image(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
