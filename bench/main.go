// Command bench measures jirasync beside its floors, the least programs that do the same work,
// and prints what it finds. A whole run also writes bench/RESULTS.md.
//
// Times on shared machines drift. So two programs are compared only in turns within one run, by
// the medians of several rounds; everything else is a count. The product runs as its own binary,
// the simulated Jira and the floors run in processes of their own, and PostgreSQL and Redis are
// real, with the same settings for all. An answer is compared with that of the floor before
// either is timed, and a mirror is counted before its time counts.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	sections    []string
	issues      int           // of the mirror that is read
	syncIssues  int           // of a full sync
	tickIssues  int           // of the larger mirror that ticks
	grownIssues int           // of the largest mirror that is read
	rounds      int           // turns of each program
	window      time.Duration // one turn of reading
	subscribers int
	peers       bool   // whether other servers are measured, too
	binary      string // jirasync; empty: build it
	out         string // where the results are written; empty: nowhere
}

// results is where a whole run writes.
const results = "bench/RESULTS.md"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures, or is one of the floors that a measuring process starts.
func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case floorCommand:
			return serveFloors(ctx, args[1:])
		case copyCommand:
			return copyPages(ctx, args[1:])
		}
	}
	opts, err := parseOptions(args)
	if err != nil {
		return err
	}
	return measure(ctx, opts)
}

func parseOptions(args []string) (options, error) {
	var o options
	var only string
	var quick bool
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&only, "only", "", "sections to measure, of "+strings.Join(sectionNames(), ",")+"; default all")
	flags.IntVar(&o.issues, "issues", 100_000, "issues of the mirror that is read")
	flags.IntVar(&o.syncIssues, "sync-issues", 10_000, "issues of a full sync")
	flags.IntVar(&o.tickIssues, "tick-issues", 200_000, "issues of the larger mirror that ticks; the smaller one has -sync-issues")
	flags.IntVar(&o.grownIssues, "grown-issues", 1_000_000, "issues of the largest mirror that is read, multiplied from that of -sync-issues")
	flags.IntVar(&o.rounds, "rounds", 5, "turns of each program")
	flags.DurationVar(&o.window, "window", 2*time.Second, "length of one turn of reading")
	flags.IntVar(&o.subscribers, "subscribers", 5000, "websockets on one server")
	flags.BoolVar(&o.peers, "peers", true, "read through other GraphQL servers, too, which npm installs")
	flags.BoolVar(&quick, "quick", false, "a look: few issues, one short round; its figures mean little")
	flags.StringVar(&o.binary, "binary", "", "jirasync to measure; default: build it")
	flags.StringVar(&o.out, "out", "", "file for the results; default "+results+" if everything is measured")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.sections = sectionNames(); only != "" {
		o.sections = strings.Split(only, ",")
	}
	for _, name := range o.sections {
		if !slices.Contains(sectionNames(), name) {
			return o, fmt.Errorf("-only %s: there are %s", name, strings.Join(sectionNames(), ", "))
		}
	}
	if quick {
		o.issues, o.syncIssues, o.grownIssues = min(o.issues, 12_000), min(o.syncIssues, 2000), min(o.grownIssues, 40_000)
		o.tickIssues = min(o.tickIssues, o.issues)
		o.rounds, o.window = 1, 300*time.Millisecond
		o.subscribers = min(o.subscribers, 500)
	}
	if o.out == "" && only == "" && !quick {
		o.out = results
	}
	if min(o.issues, o.syncIssues, o.tickIssues) < 1000 || o.rounds < 1 || o.subscribers < 1 {
		return o, errors.New("at least 1000 issues, one round and one subscriber")
	}
	return o, nil
}

// section is one subject of the measurement.
type section struct {
	name    string
	measure func(context.Context, *stand, *report) error
}

func sections() []section {
	return []section{
		{"sync", measureSync},
		{"read", measureReading},
		{"growth", measureGrowth},
		{"tick", measureTicks},
		{"fields", measureFields}, // after the ticks, whose engine converts no values for mapped columns
		{"start", measureStart},
		{"live", measureLive},
		{"refuse", measureRefusals},
	}
}

func sectionNames() (names []string) {
	for _, s := range sections() {
		names = append(names, s.name)
	}
	return names
}

func measure(ctx context.Context, opts options) (err error) {
	began := time.Now()
	s, err := openStand(ctx, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close(context.WithoutCancel(ctx))) }()
	r := &report{live: os.Stdout}
	if err := describeMachine(ctx, s, r); err != nil {
		return err
	}
	for _, part := range sections() {
		if !slices.Contains(opts.sections, part.name) {
			continue
		}
		if err := part.measure(ctx, s, r); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	r.say("Measured in %s.", time.Since(began).Round(time.Second))
	fmt.Println(r.summary())
	if opts.out == "" {
		return nil
	}
	return os.WriteFile(opts.out, []byte(r.document()), 0o644)
}
