package events

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// connectPatience bounds the making of a connection.
const connectPatience = 2 * time.Second

// Run receives the events of other servers until ctx ends. A lost connection is made again, and
// every subscriber then gets a [KindResumed].
func (b *Bus) Run(ctx context.Context) error {
	if b.o.Redis == nil {
		<-ctx.Done()
		return nil
	}
	var both sync.WaitGroup
	both.Go(func() { b.listen(ctx) })
	both.Go(func() { b.makeGood(ctx) })
	both.Wait()
	return nil
}

func (b *Bus) listen(ctx context.Context) {
	for {
		err := b.receive(ctx)
		if ctx.Err() != nil {
			return
		}
		b.leave(err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(b.o.Retry / 4):
		}
	}
}

// receive holds one connection. Redis may be silent for [Options.Idle], then it must answer a
// ping within the same time.
func (b *Bus) receive(ctx context.Context) error {
	connecting, cancel := context.WithTimeout(ctx, connectPatience)
	defer cancel()
	inbox := b.o.Redis.Subscribe(connecting)
	closed := context.AfterFunc(ctx, func() { _ = inbox.Close() }) // a read heeds no cancel
	defer func() {
		closed()
		_ = inbox.Close()
	}()
	if err := inbox.Subscribe(connecting, b.channel); err != nil {
		return err
	}
	for pinged := false; ; {
		got, err := inbox.ReceiveTimeout(ctx, b.o.Idle)
		switch {
		case err == nil:
			pinged = false
			b.take(got)
		case isTimeout(err) && !pinged:
			pinged = true
			if err := inbox.Ping(ctx); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func (b *Bus) take(got any) {
	switch got := got.(type) {
	case *redis.Subscription:
		b.deliver(Event{Kind: KindResumed, At: time.Now()})
		b.welcome()
	case *redis.Message:
		var m message
		if err := json.Unmarshal([]byte(got.Payload), &m); err != nil {
			b.o.Logger.Warn("event of another server is unreadable", "error", err)
			return
		}
		if m.Origin != b.origin {
			b.received.Add(1)
			b.deliver(m.Event)
		}
	}
}

// makeGood tells the other servers, once Redis is back, that they missed events of ours: their
// own connections may have been well all the time.
func (b *Bus) makeGood(ctx context.Context) {
	beat := time.NewTicker(b.o.Retry)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
		if !b.lost.Swap(false) {
			continue
		}
		if err := b.send(ctx, Event{Kind: KindResumed, At: time.Now()}); err != nil {
			b.lost.Store(true)
			continue
		}
		b.quietUntil.Store(0)
	}
}

func (b *Bus) leave(cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.awaySince.IsZero() {
		b.awaySince = time.Now()
		b.o.Logger.Warn("events of other servers are not heard, redis is away", "error", cause)
	}
}

func (b *Bus) welcome() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.awaySince.IsZero() {
		b.o.Logger.Info("events of other servers are heard", "away", time.Since(b.awaySince).Round(time.Millisecond))
		b.awaySince = time.Time{}
	}
}
