package server

import (
	"context"
	"sync"
)

// deadlines are those of the work on one event. What hangs below a field has its deadline too, so they
// are all kept until the event is made.
type deadlines struct {
	mu  sync.Mutex
	all []context.CancelFunc
}

type deadlinesKey struct{}

func (d *deadlines) cancel() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, cancel := range d.all {
		cancel()
	}
}

// inTime gives a field of an event a deadline, unless what it hangs below has one.
func (p perResponse) inTime(ctx context.Context) context.Context {
	d, event := ctx.Value(deadlinesKey{}).(*deadlines)
	if _, timed := ctx.Deadline(); !event || timed {
		return ctx
	}
	ctx, cancel := context.WithTimeout(ctx, p.limits.Time)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, cancel)
	return ctx
}
