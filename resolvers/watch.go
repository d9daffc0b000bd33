package resolvers

import (
	"context"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"

	"jirasync/db"
	"jirasync/events"
	"jirasync/graph"
)

// watchProgress sends the present state, or each step of a run, or of every run (0), until ctx ends,
// the watcher falls behind or, for one run, the run has ended.
func (r *Resolver) watchProgress(ctx context.Context, run int64) <-chan *db.Progress {
	out := make(chan *db.Progress)
	if presentOnly(ctx) {
		return filled(ctx, out, func() { r.sendPresent(ctx, out, run) })
	}
	news := r.Events.Subscribe(ctx, func(e events.Event) bool {
		return (e.Kind == events.KindProgress || e.Kind == events.KindCompleted) && (run == 0 || e.RunID == run)
	}, events.SubscribeOptions{})
	return filled(ctx, out, func() {
		defer news.Close()
		if r.hasEnded(ctx, out, run) {
			return
		}
		for e := range news.C() {
			var ended bool
			switch e.Kind {
			case events.KindProgress:
				var p db.Progress
				if json.Unmarshal(e.Payload, &p) == nil { // of another release
					ended = !send(ctx, out, &p)
				}
			case events.KindCompleted:
				final, ok := r.sendRun(ctx, out, e.RunID)
				ended = !ok || final && run != 0
			case events.KindResumed:
				ended = r.sendPresent(ctx, out, run)
			}
			if ended {
				return
			}
		}
		sayWhy(ctx, news)
	})
}

// sendPresent sends how far the watched runs are. It reports whether there is nothing to wait for.
func (r *Resolver) sendPresent(ctx context.Context, out chan<- *db.Progress, run int64) (ended bool) {
	if run != 0 {
		final, ok := r.sendRun(ctx, out, run)
		return final || !ok
	}
	open, err := r.Store.OpenRuns(ctx)
	if err != nil {
		return fail(ctx, err)
	}
	for i := range open {
		if !send(ctx, out, new(open[i].Progress())) {
			return true
		}
	}
	return false
}

// sendRun sends how far a run is. It reports whether the run has ended, and whether the watching has not.
func (r *Resolver) sendRun(ctx context.Context, out chan<- *db.Progress, id int64) (final, ok bool) {
	run, err := r.Store.Run(ctx, id)
	if err != nil {
		return false, !fail(ctx, err)
	}
	return run.State.Final(), send(ctx, out, new(run.Progress()))
}

// hasEnded tells who hears only the news that there will be none.
func (r *Resolver) hasEnded(ctx context.Context, out chan<- *db.Progress, id int64) bool {
	if id == 0 {
		return false
	}
	run, err := r.Store.Run(ctx, id)
	if err != nil {
		return fail(ctx, err)
	}
	if run.State.Final() {
		send(ctx, out, new(run.Progress()))
	}
	return run.State.Final()
}

// watchCompleted sends each run of an instance, or of any (0), when it has ended. Its data can be
// read then: the event carried the versions, and this server has moved to them.
func (r *Resolver) watchCompleted(ctx context.Context, instance int) <-chan *db.Run {
	out := make(chan *db.Run)
	if presentOnly(ctx) { // what has ended is no news
		close(out)
		return out
	}
	news := r.Events.Subscribe(ctx, func(e events.Event) bool {
		return e.Kind == events.KindCompleted && (instance == 0 || e.Instance == instance)
	}, events.SubscribeOptions{})
	return filled(ctx, out, func() {
		defer news.Close()
		for e := range news.C() {
			if e.Kind != events.KindCompleted {
				continue // a gap: who missed a run reads syncRuns
			}
			run, err := r.ended(ctx, e.RunID)
			if err != nil {
				fail(ctx, err)
				return
			}
			if !send(ctx, out, run) {
				return
			}
		}
		sayWhy(ctx, news)
	})
}

// ended reads a run that has ended. A reading shared with those who watched it may be from before.
func (r *Resolver) ended(ctx context.Context, id int64) (*db.Run, error) {
	run, err := r.runs.run(ctx, r.Store, id)
	if err != nil || run.State.Final() {
		return run, err
	}
	last, err := r.Store.Run(ctx, id)
	return &last, err
}

// presentOnly reports whether the present state is asked for; otherwise it is the news.
func presentOnly(ctx context.Context) bool {
	switch graph.PartOf(ctx) {
	case graph.PresentPart:
		return true
	case graph.NewsPart:
		return false
	}
	panic("resolvers: no part of the subscription in the context") // whoever runs it puts it there
}

// filled is a channel that a goroutine of its own fills, and closes at the end. A panic ends the
// subscription, and no more than that.
func filled[T any](ctx context.Context, out chan T, fill func()) <-chan T {
	go func() {
		defer close(out)
		defer func() {
			if panicked := recover(); panicked != nil {
				fail(ctx, graphql.GetOperationContext(ctx).Recover(ctx, panicked))
			}
		}()
		fill()
	}()
	return out
}

func send[T any](ctx context.Context, out chan<- T, v T) bool {
	select {
	case out <- v:
		return true
	case <-ctx.Done():
		return false
	}
}

// fail ends a subscription with an error, which is always the end.
func fail(ctx context.Context, err error) bool {
	if ctx.Err() == nil {
		graph.EndStream(ctx, err)
	}
	return true
}

// sayWhy tells the client why its subscription ended, unless the client ended it.
func sayWhy(ctx context.Context, news *events.Subscription) {
	if err := news.Err(); err != nil && ctx.Err() == nil {
		fail(ctx, err)
	}
}
