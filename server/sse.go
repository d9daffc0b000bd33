package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"jirasync/graph"
)

// serveEvents answers an operation as a stream of events, one connection each: "next" for each
// result, "complete" at the end. A refusal is a result with errors.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request, q *question, left *allowance) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	stop := context.AfterFunc(s.closing, func() { cancel(errGoingDown) })
	defer stop()
	if err := s.answers.prepare(ctx, q); err != nil {
		s.writeAnswer(w, r, mediaGraphQL, s.answers.refuse(ctx, err))
		return
	}
	if err := fits(r, q, mediaEvents); err != nil {
		w.Header().Set("Allow", "POST")
		s.writeRefusal(w, r, err)
		return
	}
	if r.Method == http.MethodHead { // its client hears no end, and takes the connection for free
		w.Header().Set("Allow", "GET, POST")
		s.writeRefusal(w, r, &httpError{http.StatusMethodNotAllowed, graph.CodeBadUserInput, "a stream of events has no HEAD: ask by GET or POST"})
		return
	}
	out := &eventStream{
		control: http.NewResponseController(w), w: w, outbox: newOutbox(&s.waiting), metrics: s.metrics, cancel: cancel,
	}
	header := w.Header()
	header.Set("Content-Type", mediaEvents+"; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx passes events on at once
	w.WriteHeader(http.StatusOK)
	if out.write([]byte(":\n\n")) != nil {
		return
	}
	if q.kind != ast.Subscription {
		ans := s.answers.ask(ctx, q)
		ans.left = left
		_ = out.write(event("next", s.answers.appendAnswer(nil, ans)))
		_ = out.write(event("complete", nil))
		return
	}
	s.follow(ctx, q, out)
}

// follow passes a subscription on until either side ends it.
func (s *Server) follow(ctx context.Context, q *question, out *eventStream) {
	defer out.outbox.close() // an opening that is refused half-way has posted already
	refused, stop := s.live.watch(ctx, q, &watcher{
		next: func(payload []byte) { out.post(event("next", payload)) },
		end: func(err error) {
			if err != nil {
				out.post(event("next", s.answers.appendAnswer(nil, s.answers.refuse(ctx, err))))
			}
			out.cancel(errStreamOver)
		},
	})
	if refused != nil {
		_ = out.write(event("next", s.answers.appendAnswer(nil, *refused)))
		_ = out.write(event("complete", nil))
		return
	}
	defer stop()
	out.run(ctx)
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errStreamOver):
		out.flush()
		_ = out.write(event("complete", nil))
	case errors.Is(cause, errSlowClient):
		s.sayWhy(out, errSlowClient.Error())
	case errors.Is(cause, errGoingDown):
		out.flush()
		s.sayWhy(out, comeAgain)
	}
}

// sayWhy tells why there is nothing more to come. The stream is not complete: the client is to come
// again.
func (s *Server) sayWhy(out *eventStream, why string) {
	refused := s.answers.refuse(context.Background(), &graph.RefusedError{Code: graph.CodeUnavailable, Message: why})
	_ = out.write(event("next", s.answers.appendAnswer(nil, refused)))
}

// errStreamOver ends an event stream whose subscription has nothing more to say.
var errStreamOver = errors.New("the subscription is over")

// eventStream is one client of server-sent events.
type eventStream struct {
	control *http.ResponseController
	w       http.ResponseWriter
	outbox  *outbox
	metrics *metrics
	cancel  context.CancelCauseFunc
	slow    sync.Once // counts it
}

func event(name string, payload json.RawMessage) []byte {
	raw := make([]byte, 0, len(payload)+len(name)+20)
	raw = append(append(raw, "event: "...), name...)
	raw = append(append(raw, "\ndata: "...), payload...) // JSON has no line breaks of its own
	return append(raw, "\n\n"...)
}

// post never waits: who does not take their events is dropped.
func (e *eventStream) post(raw []byte) {
	if !e.outbox.put(raw) {
		e.drop()
	}
}

// drop ends the connection of a client that is slow, which may show more than once.
func (e *eventStream) drop() {
	e.slow.Do(e.metrics.slow.Inc)
	e.cancel(errSlowClient)
}

func (e *eventStream) run(ctx context.Context) {
	beat := time.NewTicker(pingEvery)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-e.outbox.some:
			if raw, ok := e.outbox.next(); ok {
				err = e.write(raw)
			}
		case <-beat.C:
			err = e.write([]byte(": ping\n\n"))
		case <-ctx.Done():
			return
		}
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				e.drop()
			}
			return
		}
	}
}

// flush writes what was posted before the end.
func (e *eventStream) flush() {
	for raw, ok := e.outbox.next(); ok && e.write(raw) == nil; raw, ok = e.outbox.next() {
	}
}

func (e *eventStream) write(raw []byte) error {
	_ = e.control.SetWriteDeadline(time.Now().Add(timeToTake(len(raw)))) // not every writer has one
	if _, err := e.w.Write(raw); err != nil {
		return err
	}
	return e.control.Flush()
}
