package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"jirasync/chaos/chaostest"
)

// table is the outcome of each fault, in the order in which they were first recorded.
type table []chaostest.Outcome

func readLedgers(dir string) (table, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return nil, err
	}
	var merged table
	places := map[string]int{}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for line := range bytes.Lines(content) {
			var o chaostest.Outcome
			if err := json.Unmarshal(line, &o); err != nil {
				return merged, fmt.Errorf("read the ledger: %w", err)
			}
			if place, known := places[o.Fault]; known {
				merged[place].Merge(o)
				continue
			}
			places[o.Fault] = len(merged)
			merged = append(merged, o)
		}
	}
	return merged, nil
}

// judge is an error when anything was lost.
func (t table) judge() error {
	var err error
	for _, o := range t {
		if o.Lost() > 0 {
			err = errors.Join(err, fmt.Errorf("%s: %d issues are not as in Jira", o.Fault, o.Lost()))
		}
	}
	return err
}

// String is the table, in Markdown that reads well on a terminal.
func (t table) String() string {
	rows := [][]string{{"fault", "times", "missing", "stale", "extra", "longest recovery"}}
	for _, o := range t {
		rows = append(rows, []string{
			o.Fault, fmt.Sprint(o.Times), fmt.Sprint(o.Missing), fmt.Sprint(o.Stale), fmt.Sprint(o.Extra), brief(o.Recovery),
		})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var text strings.Builder
	for n, row := range rows {
		writeRow(&text, row, widths)
		if n == 0 {
			rule := make([]string, len(row))
			for i, width := range widths {
				rule[i] = strings.Repeat("-", width)
			}
			rule[1], rule[2], rule[3], rule[4], rule[5] = right(rule[1]), right(rule[2]), right(rule[3]), right(rule[4]), right(rule[5])
			writeRow(&text, rule, widths)
		}
	}
	return text.String()
}

func right(rule string) string { return rule[1:] + ":" }

func writeRow(w io.Writer, row []string, widths []int) {
	fmt.Fprintf(w, "| %-*s |", widths[0], row[0])
	for i := 1; i < len(row); i++ {
		fmt.Fprintf(w, " %*s |", widths[i], row[i])
	}
	fmt.Fprintln(w)
}

func brief(d time.Duration) string {
	switch {
	case d == 0:
		return "-" // nothing had to be brought back
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}
