package cache

import (
	"context"
	"sync"
	"time"
)

// flight is one making of an answer that any number of askers wait for. It runs on the goroutine
// of the first; the others may leave when they like. When all have left, its context ends.
type flight struct {
	done    chan struct{} // closed when entry, hit and err are set
	entry   *entry
	hit     bool
	noStore bool
	err     error

	cancel  context.CancelFunc
	waiters int // guarded by flights.mu
}

// flights holds the flight of each key that is being answered.
type flights struct {
	mu   sync.Mutex
	open map[string]*flight
}

// join returns the open flight of key, or a new one that the caller has to fly.
func (fs *flights) join(key string) (f *flight, lead bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f, ok := fs.open[key]; ok {
		f.waiters++
		return f, false
	}
	f = &flight{done: make(chan struct{}), waiters: 1}
	fs.open[key] = f
	return f, true
}

// start gives the flight the context it lives in: the values of the leader's, its own deadline,
// and an end when nobody waits any more. stop releases what it holds.
func (fs *flights) start(ctx context.Context, key string, f *flight, timeout time.Duration) (own context.Context, stop func()) {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	fs.mu.Lock()
	f.cancel = cancel
	fs.mu.Unlock()
	forget := context.AfterFunc(ctx, func() { fs.leave(key, f) })
	return own, func() {
		forget()
		cancel()
	}
}

// leave takes one asker off the flight. The last one closes it to newcomers and cancels it.
func (fs *flights) leave(key string, f *flight) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.waiters--
	if f.waiters > 0 {
		return
	}
	fs.remove(key, f)
	f.cancel() // set: the leader, who waits too, leaves only after start
}

// land publishes the result. Who asks from here on starts a flight of their own.
func (fs *flights) land(key string, f *flight) {
	fs.mu.Lock()
	fs.remove(key, f)
	fs.mu.Unlock()
	close(f.done)
}

func (fs *flights) remove(key string, f *flight) {
	if fs.open[key] == f {
		delete(fs.open, key)
	}
}
