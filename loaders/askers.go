package loaders

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// askers counts the strands of one answer that can still ask for something: see [Objects]. While
// there are any that do not wait for a batch, a batch waits for them: once all wait, nobody else can
// join, and what has gathered goes off. No clock decides who meets whom.
//
// An error makes the executor leave fields out, so from the first one on the count is not relied
// upon any more.
type askers struct {
	busy      atomic.Int64
	uncounted atomic.Bool
	mu        sync.Mutex
	gathered  []func() // batches that nobody has sent yet
	timer     *time.Timer
	late      func() // tells that the net has caught a batch
}

const (
	// window is how long a batch gathers where fields are not counted.
	window = time.Millisecond
	// net sends a batch that a mistake in the count would leave waiting for ever.
	net = time.Second
)

// Aside says that a field at hand is going to wait for something else than a batch: nobody needs
// to wait for it. It is back when it calls the function returned.
func (r *Request) Aside() (back func()) {
	r.askers.change(-1)
	return func() { r.askers.busy.Add(1) }
}

// Uncounted says that the number of strands is not known any more.
func (r *Request) Uncounted() {
	if r.askers.uncounted.Swap(true) {
		return
	}
	r.askers.mu.Lock()
	defer r.askers.mu.Unlock()
	if len(r.askers.gathered) > 0 {
		r.askers.timer.Reset(window)
	}
}

// change sends what has gathered if it leaves nobody who could join.
func (a *askers) change(by int64) {
	for _, one := range a.due(by) {
		go one() // those who have asked wait for it
	}
}

// due takes what has gathered if the change leaves nobody who could join.
func (a *askers) due(by int64) []func() {
	if a.busy.Add(by) > 0 || a.uncounted.Load() {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy.Load() > 0 {
		return nil
	}
	return a.take()
}

func (a *askers) take() (all []func()) {
	all, a.gathered = a.gathered, nil
	if a.timer != nil {
		a.timer.Stop()
	}
	return all
}

// gather adds a batch to those that wait for company.
func (a *askers) gather(one func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gathered = append(a.gathered, one)
	if len(a.gathered) > 1 {
		return
	}
	wait := net
	if a.uncounted.Load() {
		wait = window
	}
	if a.timer == nil {
		a.timer = time.AfterFunc(wait, a.overdue)
		return
	}
	a.timer.Reset(wait)
}

func (a *askers) overdue() {
	a.mu.Lock()
	all := a.take()
	a.mu.Unlock()
	if len(all) > 0 && !a.uncounted.Load() && a.late != nil {
		a.late()
	}
	for _, one := range all {
		go one() // those who have asked wait for it
	}
}

// wait waits for a batch. It sends what has gathered if nobody else can join: a single batch
// itself, for it has nothing better to do.
func (a *askers) wait(ctx context.Context, done <-chan struct{}) error {
	all := a.due(-1)
	if len(all) == 1 {
		all[0]()
	} else {
		for _, one := range all {
			go one() // those who have asked wait for it
		}
	}
	select {
	case <-done: // whoever sent the batch has counted this one in again
		return nil
	case <-ctx.Done(): // the answer is lost, and the count with it
		return context.Cause(ctx)
	}
}
