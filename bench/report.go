package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// report gathers what is found and shows it as it comes.
type report struct {
	live    io.Writer
	body    strings.Builder
	figures []figure
}

// figure is something that has a target.
type figure struct {
	what    string
	reached float64
	target  float64
	most    bool   // the target is the most allowed, not the least
	unit    string // " MB", " of F-copy"
	why     string // what bounds it, told where the target is missed
}

func (f figure) met() bool {
	if f.most {
		return f.reached <= f.target
	}
	return f.reached >= f.target
}

func (r *report) write(text string) {
	r.body.WriteString(text)
	fmt.Fprint(r.live, text)
}

func (r *report) heading(title string) { r.write("\n## " + title + "\n\n") }

// say adds a paragraph.
func (r *report) say(format string, args ...any) { r.write(fmt.Sprintf(format, args...) + "\n\n") }

// working shows what is being done; it is no part of the results.
func (r *report) working(format string, args ...any) {
	fmt.Fprintf(r.live, "... "+format+"\n", args...)
}

// table adds a table whose first row is the head.
func (r *report) table(rows ...[]string) { r.write(tableText(rows) + "\n") }

func (r *report) figure(f figure) { r.figures = append(r.figures, f) }

// tableText is Markdown that reads well as plain text.
func tableText(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for n, cell := range row {
			widths[n] = max(widths[n], utf8.RuneCountInString(cell), 3)
		}
	}
	rule := make([]string, len(widths))
	for n, width := range widths {
		rule[n] = strings.Repeat("-", width)
	}
	var text strings.Builder
	for _, row := range slices.Insert(slices.Clone(rows), 1, rule) {
		for n, cell := range row {
			text.WriteString("| " + cell + strings.Repeat(" ", widths[n]-utf8.RuneCountInString(cell)+1))
		}
		text.WriteString("|\n")
	}
	return text.String()
}

// summary holds every figure against its target, and says of those that miss it why.
func (r *report) summary() string {
	if len(r.figures) == 0 {
		return ""
	}
	rows := [][]string{{"figure", "reached", "target", ""}}
	var misses strings.Builder
	for _, f := range r.figures {
		relation, verdict := "at least ", "met"
		if f.most {
			relation = "at most "
		}
		if !f.met() {
			verdict = "missed"
			fmt.Fprintf(&misses, "- %s reaches %s, not %s.", f.what, number(f.reached)+f.unit, number(f.target)+f.unit)
			if f.why != "" {
				misses.WriteString(" " + f.why)
			}
			misses.WriteByte('\n')
		}
		rows = append(rows, []string{f.what, number(f.reached) + f.unit, relation + number(f.target) + f.unit, verdict})
	}
	text := "## Targets\n\n" + tableText(rows)
	if misses.Len() > 0 {
		text += "\nMissed:\n\n" + misses.String()
	}
	return text
}

func (r *report) document() string {
	return "# What `make bench` measured\n\nWritten by `go run ./bench`; do not edit. Rates are medians over the rounds. " +
		"A ratio is the median of the ratios within a round, in which the programs take turns.\n\n" +
		r.summary() + r.body.String()
}

// number shows three digits that matter.
func number(v float64) string {
	switch {
	case v >= 100 || v == float64(int64(v)):
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func milliseconds(d time.Duration) string { return number(float64(d) / float64(time.Millisecond)) }

func megabytes(bytes int64) string {
	if bytes == 0 {
		return "-"
	}
	return number(float64(bytes) / (1 << 20))
}

// median of what one figure was in each round.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// ratio is the median of the ratios within the rounds.
func ratio(values, floors []float64) float64 {
	ratios := make([]float64, len(values))
	for n := range values {
		ratios[n] = values[n] / floors[n]
	}
	return median(ratios)
}

// each takes one figure out of every round.
func each[T any](rounds []T, of func(T) float64) []float64 {
	values := make([]float64, len(rounds))
	for n, round := range rounds {
		values[n] = of(round)
	}
	return values
}
