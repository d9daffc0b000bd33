package jira

import (
	"context"
	"sync"
	"time"
)

// growAfter is the number of undisturbed answers after which one more request at a time is
// tried.
const growAfter = 20

// gate lets a limited number of requests through at a time. The limit halves when Jira
// says 429 and grows back one by one: additive increase, multiplicative decrease.
type gate struct {
	most int

	mu        sync.Mutex
	limit     int
	inside    int
	successes int
	round     int       // counts the cuts: a request from before the last one cannot cut again
	until     time.Time // nobody enters before
	waiting   []chan struct{}
}

func newGate(most int) *gate { return &gate{most: most, limit: most} }

// enter waits for a place, first come first served, and for the end of a pause. It returns
// the round to leave with and how long the pause held it up.
func (g *gate) enter(ctx context.Context) (round int, paused time.Duration, err error) {
	for {
		g.mu.Lock()
		if wait := time.Until(g.until); wait > 0 {
			g.mu.Unlock()
			if err := sleep(ctx, wait); err != nil {
				return 0, paused, err
			}
			paused += wait
			continue
		}
		if g.inside < g.limit && len(g.waiting) == 0 {
			g.inside++
			round = g.round
			g.mu.Unlock()
			return round, paused, nil
		}
		turn := make(chan struct{})
		g.waiting = append(g.waiting, turn)
		g.mu.Unlock()
		select {
		case <-turn: // the place is ours already
		case <-ctx.Done():
			g.giveUp(turn)
			return 0, paused, ctx.Err()
		}
		g.mu.Lock()
		round = g.round
		g.mu.Unlock()
		if g.pause() <= 0 {
			return round, paused, nil
		}
		g.leave()
	}
}

// giveUp takes a waiter out; a place that it was just given goes to the next.
func (g *gate) giveUp(turn chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, w := range g.waiting {
		if w == turn {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			return
		}
	}
	g.inside--
	g.admit()
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	g.admit()
}

// admit hands free places to those who wait.
func (g *gate) admit() {
	for g.inside < g.limit && len(g.waiting) > 0 {
		g.inside++
		close(g.waiting[0])
		g.waiting = g.waiting[1:]
	}
}

// succeeded counts an answer that was no refusal.
func (g *gate) succeeded() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.limit == g.most {
		return
	}
	if g.successes++; g.successes >= growAfter {
		g.successes = 0
		g.limit++
		g.admit()
	}
}

// refused halves the limit, once for all requests that were on the way together, and keeps
// everybody out for the given time.
func (g *gate) refused(round int, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := time.Now().Add(wait); until.After(g.until) {
		g.until = until
	}
	if round != g.round {
		return
	}
	g.round++
	g.successes = 0
	g.limit = max(1, g.limit/2)
}

// pause is how long nobody enters yet.
func (g *gate) pause() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Until(g.until)
}

func (g *gate) current() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.limit
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
