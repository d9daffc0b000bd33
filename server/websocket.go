package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"

	"jirasync/graph"
)

// The protocol is graphql-transport-ws: github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md.
const subprotocol = "graphql-transport-ws"

// Close codes of the protocol, beside those of websockets.
const (
	closeBadMessage     = websocket.StatusCode(4400)
	closeUnauthorized   = websocket.StatusCode(4401)
	closeBadSubprotocol = websocket.StatusCode(4406)
	closeInitTimeout    = websocket.StatusCode(4408)
	closeIDTaken        = websocket.StatusCode(4409)
	closeTooManyInits   = websocket.StatusCode(4429)
)

const (
	initTime  = 10 * time.Second
	silentFor = 3 * pingEvery // then the client is gone
	tookLong  = time.Second   // then a write waited for the client to take bytes
)

// message of the protocol.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// socket is one client, with a goroutine that reads and one that writes.
type socket struct {
	server *Server
	conn   *websocket.Conn
	client string // who is counted
	outbox *outbox
	cancel context.CancelCauseFunc
	slow   sync.Once // counts it

	mu     sync.Mutex
	inited bool
	heard  time.Time
	open   map[string]*opened // operations by id
}

// opened is an operation under way. Its id is free for another once it has ended.
type opened struct {
	id   string
	left *allowance // of its client, once it was let in
	stop func()
}

// closeError ends a connection with a code.
type closeError struct {
	code   websocket.StatusCode
	reason string
}

func (e *closeError) Error() string { return e.reason }

// errBroken ends a connection on which we failed.
var errBroken = &closeError{websocket.StatusInternalError, "a message could not be handled: connect again"}

func (s *Server) serveWebsocket(w http.ResponseWriter, r *http.Request) {
	if !s.sameOrigin(r) {
		s.writeRefusal(w, r, &httpError{http.StatusForbidden, graph.CodeForbidden, "websockets from another origin are refused: set PUBLIC_URL to the address that people use"})
		return
	}
	s.sockets.Add(1) // before the connection is hijacked: then the server waits for nobody else
	defer s.sockets.Done()
	conn, err := websocket.Accept(slimHijacker{w}, r, &websocket.AcceptOptions{
		Subprotocols: []string{subprotocol}, InsecureSkipVerify: true, // the origin was checked above
	})
	if err != nil {
		return // Accept has answered
	}
	if conn.Subprotocol() != subprotocol {
		_ = conn.Close(closeBadSubprotocol, "speak "+subprotocol)
		return
	}
	conn.SetReadLimit(int64(s.deps.Limits.BodyBytes))
	ctx := context.WithoutCancel(r.Context()) // that of a request ends with its handler
	so := &socket{server: s, conn: conn, client: s.client(r), outbox: newOutbox(&s.waiting), heard: time.Now(), open: map[string]*opened{}}
	// What the request took, its stack above all, is free for others while the client is followed.
	s.sockets.Go(func() {
		defer s.survive(ctx)
		so.serve(ctx)
	})
}

// survive is the last line for what goes on after its request.
func (s *Server) survive(ctx context.Context) {
	if panicked := recover(); panicked != nil {
		s.deps.Log.ErrorContext(ctx, "a websocket panicked", "error", panicked, "stack", string(debug.Stack()))
	}
}

// serve follows a client until it leaves or the server goes down. The library drops a connection at
// once when the context of a Read or Write ends, so those have another.
func (so *socket) serve(ctx context.Context) {
	defer func() { _ = so.conn.CloseNow() }()
	defer so.outbox.close()
	ctx, so.cancel = context.WithCancelCause(ctx)
	defer so.cancel(nil)
	closing := context.AfterFunc(so.server.closing, func() { so.cancel(errGoingDown) })
	defer closing()
	var writer sync.WaitGroup
	writer.Go(func() { so.write(ctx) })
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(2*closingTime, func() { _ = so.conn.CloseNow() }) // a client that does not agree
	})
	defer stop()
	tooLate := time.AfterFunc(initTime, func() {
		so.mu.Lock()
		defer so.mu.Unlock()
		if !so.inited {
			so.cancel(&closeError{closeInitTimeout, "connection_init did not come in time"})
		}
	})
	defer tooLate.Stop()
	err := so.read(ctx)
	so.cancel(err)
	so.endAll()
	writer.Wait()
}

// read takes messages until the client leaves or breaks the protocol.
func (so *socket) read(ctx context.Context) error {
	for {
		kind, raw, err := so.conn.Read(context.WithoutCancel(ctx))
		if err == nil {
			err = so.take(ctx, kind, raw)
		}
		if err != nil {
			return err
		}
	}
}

// take handles a message on a goroutine of its own, and waits for it. The stack that this needs is free
// afterwards: that of the reader would stay as large for as long as the client is followed.
func (so *socket) take(ctx context.Context, kind websocket.MessageType, raw []byte) error {
	taken := make(chan error, 1)
	so.server.sockets.Go(func() {
		err := error(errBroken)
		defer func() { taken <- err }()
		defer so.server.survive(ctx)
		err = so.handle(ctx, kind, raw)
	})
	return <-taken
}

func (so *socket) handle(ctx context.Context, kind websocket.MessageType, raw []byte) error {
	var m message
	if kind != websocket.MessageText || json.Unmarshal(raw, &m) != nil {
		return &closeError{closeBadMessage, "a message is JSON text"}
	}
	so.hear()
	switch m.Type {
	case "connection_init":
		so.mu.Lock()
		again := so.inited
		so.inited = true
		so.mu.Unlock()
		if again {
			return &closeError{closeTooManyInits, "too many initialisation requests"}
		}
		so.send(message{Type: "connection_ack"})
	case "ping":
		so.send(message{Type: "pong", Payload: m.Payload})
	case "pong":
	case "subscribe":
		return so.subscribe(ctx, m)
	case "complete":
		so.complete(m.ID)
	default:
		return &closeError{closeBadMessage, "unknown type of message"}
	}
	return nil
}

// hear notes a sign of life of the client.
func (so *socket) hear() {
	so.mu.Lock()
	defer so.mu.Unlock()
	so.heard = time.Now()
}

func (so *socket) subscribe(ctx context.Context, m message) error {
	so.mu.Lock()
	defer so.mu.Unlock()
	switch {
	case !so.inited:
		return &closeError{closeUnauthorized, "Unauthorized"}
	case m.ID == "":
		return &closeError{closeBadMessage, "an operation needs an id"}
	case so.open[m.ID] != nil:
		return &closeError{closeIDTaken, "Subscriber for " + shortened(m.ID) + " already exists"}
	}
	if limit := so.server.deps.Limits.Subscriptions; len(so.open) >= limit {
		so.refuse(m.ID, so.server.answers.refuse(ctx, &graph.RefusedError{
			Code: graph.CodeTooComplex, Message: "too many operations on one connection: at most " + thousands(limit) + " are allowed",
		}))
		return nil
	}
	left, _, ok := so.server.rates.allow(so.client, time.Now())
	if !ok {
		so.refuse(m.ID, so.server.answers.refuse(ctx, &graph.RefusedError{Code: graph.CodeRateLimited, Message: so.server.tooManyRequests()}))
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	op := &opened{m.ID, left, cancel}
	so.open[m.ID] = op
	so.server.sockets.Go(func() { so.operate(ctx, op, m.Payload) })
	return nil
}

// longestID leaves its sentence as short as the reason of a close must be.
const longestID = 123 - len("Subscriber for … already exists")

// shortened is as much of an id as a close may say: with a longer reason no close is sent at all.
func shortened(id string) string {
	if len(id) <= longestID {
		return id
	}
	return strings.ToValidUTF8(id[:longestID], "") + "…"
}

// operate runs an operation to its end, or begins a subscription.
func (so *socket) operate(ctx context.Context, op *opened, payload json.RawMessage) {
	answers := so.server.answers
	defer func() {
		if panicked := recover(); panicked != nil {
			so.end(op, func() { so.refuse(op.id, answers.broken(ctx, panicked)) })
		}
	}()
	q, err := decodeQuestion(payload)
	if err == nil {
		err = answers.prepare(ctx, q)
	}
	if err != nil {
		var refused *httpError
		if errors.As(err, &refused) {
			err = &graph.RefusedError{Code: refused.code, Message: refused.message}
		}
		so.end(op, func() { so.refuse(op.id, answers.refuse(ctx, err)) })
		return
	}
	if q.kind != ast.Subscription {
		ans := answers.ask(ctx, q)
		ans.left = op.left
		if ans.refused {
			so.end(op, func() { so.refuse(op.id, ans) })
		} else {
			so.answer(ctx, op, answers.appendAnswer(nil, ans))
		}
		return
	}
	refused, stop := so.server.live.watch(ctx, q, &watcher{
		next: func(payload []byte) { so.tell(op, payload) },
		end:  func(err error) { so.finish(ctx, op, err) },
	})
	if refused != nil {
		so.end(op, func() { so.refuse(op.id, *refused) })
		return
	}
	context.AfterFunc(ctx, stop)
}

// answer ends a query or a mutation with its answer. Unlike an event, which nobody asked for at this
// moment, it waits for room, until the client has ended it or is gone. Where too much waits already, only
// the word of that does.
func (so *socket) answer(ctx context.Context, op *opened, payload []byte) {
	messages := [][]byte{nextMessage(op.id, payload), encodeMessage(message{Type: "complete", ID: op.id})}
	if so.tryAnswer(op, messages) {
		return
	}
	if bytes := int64(len(payload)); so.server.live.held.take(bytes) {
		defer so.server.live.held.giveBack(bytes)
	} else {
		messages = [][]byte{refusedMessage(op.id, so.server.answers.refuse(ctx, errNoRoom))}
	}
	for !so.tryAnswer(op, messages) {
		select {
		case <-so.outbox.less:
		case <-ctx.Done():
			return
		}
	}
}

// errNoRoom refuses an answer when what it answers has been done.
var errNoRoom = &graph.RefusedError{
	Code:    graph.CodeUnavailable,
	Message: "the operation ran, but so many other answers wait to be taken that there is no room for its own: take those, then read again what you need",
}

func (so *socket) tryAnswer(op *opened, messages [][]byte) (done bool) {
	so.mu.Lock()
	defer so.mu.Unlock()
	if so.open[op.id] != op {
		wake(so.outbox.less) // it may be awake in place of another that waits
		return true
	}
	if !so.outbox.put(messages...) {
		return false
	}
	delete(so.open, op.id)
	op.stop()
	return true
}

// tell sends an event of a subscription that the client has not ended.
func (so *socket) tell(op *opened, payload []byte) {
	so.mu.Lock()
	defer so.mu.Unlock()
	if so.open[op.id] == op {
		so.next(op.id, payload)
	}
}

// finish ends a subscription that has nothing more to say.
func (so *socket) finish(ctx context.Context, op *opened, err error) {
	so.end(op, func() {
		if err != nil {
			so.refuse(op.id, so.server.answers.refuse(ctx, err))
		} else {
			so.send(message{Type: "complete", ID: op.id})
		}
	})
}

// end ends an operation with its last words, unless the client has ended it: its id may be another
// operation's by now.
func (so *socket) end(op *opened, say func()) {
	so.mu.Lock()
	defer so.mu.Unlock()
	if so.open[op.id] != op {
		return
	}
	say()
	delete(so.open, op.id)
	op.stop()
}

// complete ends an operation that its client wants no more of.
func (so *socket) complete(id string) {
	so.mu.Lock()
	op := so.open[id]
	delete(so.open, id)
	so.mu.Unlock()
	if op != nil {
		op.stop()
	}
}

func (so *socket) endAll() {
	so.mu.Lock()
	open := so.open
	so.open = map[string]*opened{}
	so.mu.Unlock()
	for _, op := range open {
		op.stop()
	}
}

func (so *socket) refuse(id string, ans answer) { so.post(refusedMessage(id, ans)) }

func refusedMessage(id string, ans answer) []byte {
	payload, err := json.Marshal(ans.errors)
	if err != nil {
		return nil // texts and numbers always are JSON
	}
	return encodeMessage(message{Type: "error", ID: id, Payload: payload})
}

// next sends a result that is encoded already.
func (so *socket) next(id string, payload []byte) { so.post(nextMessage(id, payload)) }

func nextMessage(id string, payload []byte) []byte {
	quoted, err := json.Marshal(id)
	if err != nil {
		return nil // a text always is JSON
	}
	raw := make([]byte, 0, len(payload)+len(quoted)+40)
	raw = append(raw, `{"id":`...)
	raw = append(raw, quoted...)
	raw = append(raw, `,"type":"next","payload":`...)
	raw = append(raw, payload...)
	return append(raw, '}')
}

func (so *socket) send(m message) { so.post(encodeMessage(m)) }

func encodeMessage(m message) []byte {
	raw, err := json.Marshal(m)
	if err != nil {
		return nil // its payload is JSON already
	}
	return raw
}

// post never waits: who does not take their messages is dropped.
func (so *socket) post(raw []byte) {
	if !so.outbox.put(raw) {
		so.drop()
	}
}

// drop ends the connection of a client that is slow, which may show more than once.
func (so *socket) drop() {
	so.slow.Do(so.server.metrics.slow.Inc)
	so.cancel(errSlowClient)
}

// write sends what is posted, and the last word when the connection ends.
func (so *socket) write(ctx context.Context) {
	beat := time.NewTicker(pingEvery)
	defer beat.Stop()
	for {
		select {
		case <-so.outbox.some:
			if raw, ok := so.outbox.next(); ok {
				so.writeOne(ctx, raw)
			}
		case <-beat.C:
			so.mu.Lock()
			silent := time.Since(so.heard) > silentFor
			so.mu.Unlock()
			if silent {
				so.cancel(&closeError{websocket.StatusGoingAway, "nothing was heard of the client"})
			}
			so.send(message{Type: "ping"})
		case <-ctx.Done():
			so.lastWord(context.Cause(ctx))
			return
		}
	}
}

// writeOne ends the connection where it fails. It tells a client that did not take a message from one
// that is gone.
func (so *socket) writeOne(ctx context.Context, raw []byte) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeToTake(len(raw)))
	defer cancel()
	began := time.Now()
	switch err := so.conn.Write(ctx, websocket.MessageText, raw); {
	case errors.Is(err, context.DeadlineExceeded):
		so.drop()
	case err != nil:
		so.cancel(err)
	case time.Since(began) > tookLong: // meanwhile no ping was sent that the client could have answered
		so.hear()
	}
}

// lastWord tells why, and gives what is posted already its way.
func (so *socket) lastWord(why error) {
	ctx, cancel := context.WithTimeout(context.Background(), closingTime)
	defer cancel()
	var closing *closeError
	code, reason := websocket.StatusNormalClosure, ""
	switch {
	case errors.As(why, &closing):
		code, reason = closing.code, closing.reason
	case errors.Is(why, errSlowClient):
		code, reason = websocket.StatusTryAgainLater, errSlowClient.Error()
	case errors.Is(why, errGoingDown):
		code, reason = websocket.StatusServiceRestart, comeAgain
	}
	for !errors.Is(why, errSlowClient) {
		raw, ok := so.outbox.next()
		if !ok || so.conn.Write(ctx, websocket.MessageText, raw) != nil {
			break
		}
	}
	_ = so.conn.Close(code, reason) // waits for the client to agree, or until serve drops it
}
