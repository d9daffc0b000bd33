package jira

import (
	"context"
	"sync/atomic"
	"time"
)

// Stats are figures of a client, or of one run. All but Open and Concurrency only ever grow.
type Stats struct {
	Open        int64         // requests sent whose answer is not here whole
	Requests    int64         // sent, retries included
	Retries     int64         // of Requests, those that repeat one
	Throttled   time.Duration // spent waiting because Jira asked for it
	Bytes       int64         // of answers, unpacked
	Concurrency int           // requests allowed at a time just now, over all endpoints; zero in a Meter
}

// Meter counts what one run costs. The zero Meter is ready.
type Meter struct {
	open, requests, retries, throttled, bytes atomic.Int64
}

// Stats reads the figures.
func (m *Meter) Stats() Stats {
	return Stats{
		Open: m.open.Load(), Requests: m.requests.Load(), Retries: m.retries.Load(),
		Throttled: time.Duration(m.throttled.Load()), Bytes: m.bytes.Load(),
	}
}

type meterKey struct{}

// WithMeter has all requests made under the returned context counted by m as well.
func WithMeter(ctx context.Context, m *Meter) context.Context {
	return context.WithValue(ctx, meterKey{}, m)
}

// meters are the client's own and, if there is one, that of the run.
func (c *Client) meters(ctx context.Context) []*Meter {
	if m, ok := ctx.Value(meterKey{}).(*Meter); ok {
		return []*Meter{&c.meter, m}
	}
	return []*Meter{&c.meter}
}

// countRequest counts a request as open until it is called back.
func (c *Client) countRequest(ctx context.Context, retry bool) (answered func()) {
	meters := c.meters(ctx)
	for _, m := range meters {
		m.open.Add(1)
		m.requests.Add(1)
		if retry {
			m.retries.Add(1)
		}
	}
	return func() {
		for _, m := range meters {
			m.open.Add(-1)
		}
	}
}

func (c *Client) countBytes(ctx context.Context, n int) {
	for _, m := range c.meters(ctx) {
		m.bytes.Add(int64(n))
	}
}

func (c *Client) countThrottled(ctx context.Context, d time.Duration) {
	for _, m := range c.meters(ctx) {
		m.throttled.Add(int64(d))
	}
}

// Stats reads the figures of the client since it was made.
func (c *Client) Stats() Stats {
	s := c.meter.Stats()
	s.Concurrency = c.gates.all.current()
	return s
}
