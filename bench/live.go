package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// crowd is how many wait for the end of a run while it is timed.
const crowd = 1000

// measureLive follows runs of a small mirror and of the one that is read.
func measureLive(ctx context.Context, s *stand, r *report) error {
	r.heading("Live")
	for _, issues := range slices.Compact([]int{s.syncIssues, s.issues}) {
		m, err := s.mirror(ctx, r, issues)
		if err != nil {
			return err
		}
		r.say("**%d issues**:", issues)
		if err := s.followRuns(ctx, r, m); err != nil {
			return err
		}
	}
	return nil
}

func (s *stand) followRuns(ctx context.Context, r *report, m *mirrored) (err error) {
	server, err := s.serve(ctx, append(m.jira.config(), "JIRA_WEBHOOK_SECRET_1="+webhookSecret, "DATABASE_URL="+m.url, "REDIS_URL="+s.redisURL)...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	if err := pause(ctx, server); err != nil {
		return err
	}
	if err := measureSubscribers(ctx, s, r, m, server); err != nil { // first: memory that was used once is not given back
		return err
	}
	if err := measureCompleted(ctx, s, r, m, server); err != nil {
		return err
	}
	// What nobody asked for waits while the schedule is paused, webhooks too.
	if err := server.ask(ctx, `mutation { updateSyncConfig(input: {paused: false, intervalSeconds: 3600}) { paused } }`, nil); err != nil {
		return err
	}
	return measureWebhooks(ctx, r, m, server)
}

// measureCompleted times syncCompleted from the end of a run, as its row has it, to each of many
// clients.
func measureCompleted(ctx context.Context, s *stand, r *report, m *mirrored, server *product) (err error) {
	r.working("%d subscribers wait for the end of runs", crowd)
	subscribers, err := subscribe(ctx, server, crowd, `subscription { syncCompleted { finishedAt } }`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, subscribers.close()) }()
	var late []time.Duration
	for range s.rounds {
		subscribers.take()
		if err := startRun(ctx, server, "INCREMENTAL"); err != nil {
			return err
		}
		got, err := subscribers.await(ctx, crowd)
		if err != nil {
			return err
		}
		for _, e := range got {
			late = append(late, e.at.Sub(e.data.SyncCompleted.FinishedAt))
		}
		if err := awaitIdle(ctx, server); err != nil {
			return err
		}
	}
	slices.Sort(late)
	p99 := late[min(len(late)*99/100, len(late)-1)]
	r.say("`syncCompleted` reached %d subscribers %s ms after the end of a run at the median, %s ms at p99, over %d runs.",
		crowd, milliseconds(late[len(late)/2]), milliseconds(p99), s.rounds)
	r.figure(figure{
		what: fmt.Sprintf("end of a run to syncCompleted at 1,000 subscribers, p99, with %d issues", m.jira.Issues), reached: float64(p99.Milliseconds()), target: 250, most: true, unit: " ms",
		why: "The clients share the two cores with the server.",
	})
	return nil
}

// measureSubscribers opens thousands of websockets and counts what reaches them during a full sync.
func measureSubscribers(ctx context.Context, s *stand, r *report, m *mirrored, server *product) (err error) {
	before, _ := usageOf(server.pid()) // 0 where unknown
	r.working("%d subscribers follow a full sync", s.subscribers)
	subscribers, err := subscribe(ctx, server, s.subscribers,
		`subscription { syncProgress { phase done expected issuesPerSecond etaSeconds run { id state } } }`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, subscribers.close()) }()
	idle, _ := usageOf(server.pid())
	subscribers.take()
	began := time.Now()
	if err := startRun(ctx, server, "FULL"); err != nil {
		return err
	}
	if err := awaitIdle(ctx, server); err != nil {
		return err
	}
	took := time.Since(began)
	busy, _ := usageOf(server.pid())
	came, gone := subscribers.take(), subscribers.gone()
	each := float64(len(came)) / float64(s.subscribers)
	perSocket := float64(idle.resident-before.resident) / float64(s.subscribers) / 1024
	r.say("%d websockets with `syncProgress` open cost %s KB each; during a full sync of %d issues, which took %s, %s events reached each "+
		"of them, %d were dropped, and the server held at most %s MB.", s.subscribers, number(perSocket), m.jira.Issues,
		took.Round(100*time.Millisecond), number(each), gone, megabytes(busy.peak))
	r.figure(figure{what: fmt.Sprintf("each of %d websockets, with %d issues", s.subscribers, m.jira.Issues), reached: perSocket, target: 25, most: true, unit: " KB"})
	r.figure(figure{what: fmt.Sprintf("subscribers dropped, with %d issues", m.jira.Issues), reached: float64(gone), most: true})
	r.figure(figure{what: fmt.Sprintf("progress events at each subscriber, with %d issues", m.jira.Issues), reached: each / took.Seconds(), target: 1.5, unit: " a second"})
	return nil
}

func startRun(ctx context.Context, server *product, mode string) error {
	return server.ask(ctx, `mutation { startSync(input: {mode: `+mode+`}) { id } }`, nil)
}

// awaitIdle waits until no run is under way or asked for.
func awaitIdle(ctx context.Context, server *product) error {
	const beat = 50 * time.Millisecond
	for {
		var status struct {
			SyncStatus struct{ Running []struct{ ID string } }
		}
		if err := server.ask(ctx, `{ syncStatus { running { id } } }`, &status); err != nil {
			return err
		}
		if len(status.SyncStatus.Running) == 0 {
			return nil
		}
		select {
		case <-time.After(beat):
		case <-server.ended:
			return server.gone()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
