package server

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// pipedWriter is a response whose connection is the end of a pipe, which holds no bytes back.
type pipedWriter struct {
	http.ResponseWriter
	conn net.Conn
}

func (w pipedWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.conn, bufio.NewReadWriter(bufio.NewReader(w.conn), bufio.NewWriter(w.conn)), nil
}

// newPipedSocket is a socket without a server, and the connection of its client.
func newPipedSocket(t *testing.T) (*socket, net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql", http.NoBody)
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		r.Header.Set(name, value)
	}
	conn, err := websocket.Accept(pipedWriter{httptest.NewRecorder(), ours}, r, nil)
	require.NoError(t, err)
	slow := prometheus.NewCounter(prometheus.CounterOpts{Name: "slow"})
	return &socket{
		server: &Server{metrics: &metrics{slow: slow}}, conn: conn, outbox: newOutbox(new(atomic.Int64)), heard: time.Now(), open: map[string]*opened{},
	}, theirs
}

// newCrowdedSocket is a socket without a connection, for whose client a message waits already.
func newCrowdedSocket() *socket {
	so := &socket{server: &Server{answers: new(answers), live: new(live)}, outbox: newOutbox(new(atomic.Int64)), open: map[string]*opened{}}
	so.outbox.put(bytes.Repeat([]byte("x"), bytesWaiting))
	so.outbox.all.Add(bytesOfAll) // others leave no room
	return so
}

// answering has an operation wait for room for its answer.
func (so *socket) answering(t *testing.T, id string, payload []byte) {
	t.Helper()
	op := &opened{id: id, stop: func() {}}
	so.open[id] = op
	go so.answer(t.Context(), op, payload)
	synctest.Wait()
}

// taken is the next message, as the client takes it.
func (so *socket) taken(t *testing.T) string {
	t.Helper()
	synctest.Wait()
	raw, ok := so.outbox.next()
	require.True(t, ok, "no message waits")
	return string(raw)
}

func TestAnswerThatIsNotWantedAnyMoreHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		so := newCrowdedSocket()
		so.answering(t, "ended", []byte("{}"))
		so.answering(t, "wanted", []byte("{}"))
		so.complete("ended")
		so.taken(t) // it makes room, of which the one that has waited longest hears
		require.Contains(t, so.taken(t), `"id":"wanted"`)
	})
}

func TestAnswersThatWaitAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		so := newCrowdedSocket()
		held := &so.server.live.held
		require.True(t, held.take(bytesHeld-2))
		so.answering(t, "a", []byte("{}"))
		so.answering(t, "b", []byte("{}"))
		so.taken(t)
		first := so.taken(t)
		require.Contains(t, first, `{"id":"a","type":"next"`)
		require.Contains(t, so.taken(t), `"type":"complete"`)
		refused := so.taken(t)
		require.Contains(t, refused, `{"id":"b","type":"error"`)
		require.Contains(t, refused, "UNAVAILABLE")
		require.Empty(t, so.open, "their ids are free")
		held.giveBack(bytesHeld - 2)
		require.Zero(t, held.bytes.Load())
	})
	var held held
	require.True(t, held.take(2*bytesHeld), "one alone may wait, however long")
	require.False(t, held.take(1))
	held.giveBack(2 * bytesHeld)
	require.True(t, held.take(1))
}

// While a long message is written no ping is, so there is nothing that its client could answer.
func TestClientThatTakesALongMessageIsNotSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		so, client := newPipedSocket(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		so.cancel = cancel
		var writing sync.WaitGroup
		writing.Go(func() { so.write(ctx) })
		defer writing.Wait()
		defer client.Close()
		const pace = 2 * slowestBytesPerSecond
		const lasts = silentFor + pingEvery
		so.outbox.put(bytes.Repeat([]byte("x"), pace*int(lasts/time.Second)))
		for range lasts / time.Second {
			time.Sleep(time.Second)
			_, err := io.CopyN(io.Discard, client, pace)
			require.NoError(t, err)
		}
		const head = 10 // of the message
		_, err := io.CopyN(io.Discard, client, head)
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, context.Cause(ctx))
	})
}

func TestClientThatTakesNothingIsCountedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		so, client := newPipedSocket(t)
		defer client.Close()
		ctx, cancel := context.WithCancelCause(t.Context())
		so.cancel = cancel
		var writing sync.WaitGroup
		writing.Go(func() { so.write(ctx) })
		so.outbox.put([]byte("{}"))
		synctest.Wait() // it is being written, which nobody takes in time
		for range mostWaiting + 2 {
			so.post([]byte("{}"))
		}
		writing.Wait()
		require.ErrorIs(t, context.Cause(ctx), errSlowClient)
		registry := prometheus.NewRegistry()
		registry.MustRegister(so.server.metrics.slow)
		figures, err := registry.Gather()
		require.NoError(t, err)
		require.Equal(t, 1, int(figures[0].GetMetric()[0].GetCounter().GetValue()))
	})
}
