package graph

import (
	"context"
	"sync"
)

// StreamEnd is why a subscription ended by itself. A stream of results has no place for an error
// after the last one, so whoever reads it asks here.
type StreamEnd struct {
	mu  sync.Mutex
	err error
}

type streamEndKey struct{}

// WithStreamEnd returns a context in which [EndStream] speaks to the returned end.
func WithStreamEnd(ctx context.Context) (context.Context, *StreamEnd) {
	end := new(StreamEnd)
	return context.WithValue(ctx, streamEndKey{}, end), end
}

// EndStream says why the subscription at hand ends. The first reason counts.
func EndStream(ctx context.Context, err error) {
	end, ok := ctx.Value(streamEndKey{}).(*StreamEnd)
	if !ok {
		return
	}
	end.mu.Lock()
	defer end.mu.Unlock()
	if end.err == nil {
		end.err = err
	}
}

// Err is nil for a stream that came to its natural end.
func (e *StreamEnd) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// Part is which part of a subscription is asked for. Subscriptions that many watch are executed
// once for their news; the present state is read for each watcher as they come.
type Part int

// The parts.
const (
	PresentPart Part = iota + 1 // the present state, and no more
	NewsPart                    // the news alone
)

type partKey struct{}

// WithPart returns a context in which a subscription gives only the part.
func WithPart(ctx context.Context, p Part) context.Context {
	return context.WithValue(ctx, partKey{}, p)
}

// PartOf is the part that is asked for; 0 outside of a subscription.
func PartOf(ctx context.Context) Part {
	p, _ := ctx.Value(partKey{}).(Part)
	return p
}
