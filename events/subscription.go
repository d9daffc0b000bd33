package events

import (
	"context"
	"errors"
)

var (
	// ErrSlow ends a subscription that did not take its events in time.
	ErrSlow = errors.New("subscriber is too slow")
	// ErrClosed ends the subscriptions of a closed bus, and those closed by their owner.
	ErrClosed = errors.New("subscription is closed")
)

// SubscribeOptions of [Bus.Subscribe].
type SubscribeOptions struct {
	Buffer int // events that may wait until the subscriber counts as slow; 64
}

// Subscription is a stream of events.
type Subscription struct {
	bus    *Bus
	c      chan Event
	filter func(Event) bool
	detach func() bool // from its context
	err    error       // guarded by bus.mu
}

// Subscribe streams the events that filter lets through, all with a nil filter, until ctx ends,
// the bus is closed or the subscriber turns out too slow. The filter is called while others wait:
// it must be quick and must not call the bus.
func (b *Bus) Subscribe(ctx context.Context, filter func(Event) bool, o SubscribeOptions) *Subscription {
	if o.Buffer <= 0 {
		o.Buffer = 64
	}
	s := &Subscription{bus: b, c: make(chan Event, o.Buffer), filter: filter}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		s.err = ErrClosed
		close(s.c)
		return s
	}
	b.subscriptions[s] = struct{}{}
	s.detach = context.AfterFunc(ctx, func() { b.end(s, context.Cause(ctx)) })
	return s
}

// C is closed when the subscription ends; Err then tells why.
func (s *Subscription) C() <-chan Event { return s.c }

// Err is nil while the subscription lives, afterwards [ErrSlow], [ErrClosed] or why its context
// ended.
func (s *Subscription) Err() error {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	return s.err
}

// Close ends the subscription. Events that wait in it can still be read.
func (s *Subscription) Close() { s.bus.end(s, ErrClosed) }

func (b *Bus) end(s *Subscription, why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.endLocked(s, why)
}

func (b *Bus) endLocked(s *Subscription, why error) {
	if _, lives := b.subscriptions[s]; !lives {
		return
	}
	delete(b.subscriptions, s)
	s.detach()
	s.err = why
	close(s.c)
}
