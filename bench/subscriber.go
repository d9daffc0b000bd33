package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"
)

// event is what reached one subscriber.
type event struct {
	at   time.Time
	data eventData
}

type eventData struct {
	SyncCompleted struct {
		FinishedAt time.Time `json:"finishedAt"`
	} `json:"syncCompleted"`
}

// message of graphql-transport-ws.
type message struct {
	Type    string `json:"type"`
	Payload *struct {
		Data eventData `json:"data"`
	} `json:"payload"`
}

// subscribers are many clients of one server, each on a websocket of its own.
type subscribers struct {
	stop    context.CancelFunc
	running errgroup.Group
	came    chan struct{} // something has come since somebody looked

	mu     sync.Mutex
	events []event
	lost   int // connections that ended while they were needed
}

// subscribe opens n websockets with the same subscription and returns when all are open.
func subscribe(ctx context.Context, server *product, n int, subscription string) (*subscribers, error) {
	ctx, stop := context.WithCancel(ctx)
	s := &subscribers{stop: stop, came: make(chan struct{}, 1)}
	const opening = 64 // side by side
	var group errgroup.Group
	group.SetLimit(opening)
	for range n {
		group.Go(func() error {
			conn, err := openSocket(ctx, server, subscription)
			if err != nil {
				return err
			}
			s.running.Go(func() error { s.listen(ctx, conn); return nil })
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, errors.Join(fmt.Errorf("subscribe: %w", err), s.close())
	}
	return s, nil
}

func openSocket(ctx context.Context, server *product, subscription string) (*websocket.Conn, error) {
	conn, _, err := websocket.Dial(ctx, "ws://"+server.addr+"/graphql", &websocket.DialOptions{ //nolint:bodyclose // the library closes it
		Subprotocols: []string{"graphql-transport-ws"},
	})
	if err != nil {
		return nil, err
	}
	begin := func() error {
		if err := conn.Write(ctx, websocket.MessageText, []byte(`{"type":"connection_init"}`)); err != nil {
			return err
		}
		if _, _, err := conn.Read(ctx); err != nil { // the acknowledgement
			return err
		}
		text, err := json.Marshal(map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{"query": subscription}})
		if err != nil {
			return err
		}
		return conn.Write(ctx, websocket.MessageText, text)
	}
	if err := begin(); err != nil {
		return nil, errors.Join(err, conn.CloseNow())
	}
	return conn, nil
}

// listen reads until the connection ends.
func (s *subscribers) listen(ctx context.Context, conn *websocket.Conn) {
	defer func() { _ = conn.CloseNow() }()
	for {
		_, text, err := conn.Read(ctx)
		at := time.Now()
		if err != nil {
			if ctx.Err() == nil {
				s.mu.Lock()
				s.lost++
				s.mu.Unlock()
			}
			return
		}
		var m message
		if err := json.Unmarshal(text, &m); err != nil {
			continue // an error instead of an event: awaited in vain
		}
		switch {
		case m.Type == "ping":
			if err := conn.Write(ctx, websocket.MessageText, []byte(`{"type":"pong"}`)); err != nil {
				continue // the next read tells
			}
		case m.Type == "next" && m.Payload != nil:
			s.add(event{at, m.Payload.Data})
		}
	}
}

func (s *subscribers) add(e event) {
	s.mu.Lock()
	s.events = append(s.events, e)
	s.mu.Unlock()
	select {
	case s.came <- struct{}{}:
	default: // the waiter has yet to look
	}
}

// take returns what has come since it was last called.
func (s *subscribers) take() []event {
	s.mu.Lock()
	defer s.mu.Unlock()
	came := s.events
	s.events = nil
	return came
}

func (s *subscribers) gone() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost
}

// await waits for n events.
func (s *subscribers) await(ctx context.Context, n int) ([]event, error) {
	const patience = 30 * time.Second
	late := time.After(patience)
	var all []event
	for len(all) < n {
		select {
		case <-s.came:
			all = append(all, s.take()...)
		case <-late:
			return all, fmt.Errorf("%d events of %d within %s", len(all), n, patience)
		case <-ctx.Done():
			return all, context.Cause(ctx)
		}
	}
	return all, nil
}

// close ends all connections and waits for those who listen.
func (s *subscribers) close() error {
	s.stop()
	return s.running.Wait()
}
