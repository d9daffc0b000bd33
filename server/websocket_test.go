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
	return &socket{conn: conn, outbox: newOutbox(new(atomic.Int64)), heard: time.Now(), open: map[string]*opened{}}, theirs
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
