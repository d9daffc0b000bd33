package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// wire is a client that speaks graphql-transport-ws.
type wire struct {
	t    *testing.T
	conn *websocket.Conn
}

type frame struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

func (s *site) dial(t *testing.T, header http.Header, protocols ...string) (*websocket.Conn, error) {
	t.Helper()
	if protocols == nil {
		protocols = []string{"graphql-transport-ws"}
	}
	conn, answer, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(s.url, "http")+"/graphql",
		&websocket.DialOptions{Subprotocols: protocols, HTTPHeader: header})
	if answer != nil && answer.Body != nil {
		_ = answer.Body.Close()
	}
	if err == nil {
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, err
}

func (s *site) connect(t *testing.T) wire {
	t.Helper()
	conn, err := s.dial(t, nil)
	require.NoError(t, err)
	w := wire{t, conn}
	w.send(`{"type": "connection_init"}`)
	require.Equal(t, "connection_ack", w.next().Type)
	return w
}

func (w wire) send(text string) {
	w.t.Helper()
	require.NoError(w.t, w.conn.Write(w.t.Context(), websocket.MessageText, []byte(text)))
}

func (w wire) subscribe(id, query string) {
	w.t.Helper()
	payload, err := json.Marshal(map[string]string{"query": query})
	require.NoError(w.t, err)
	w.send(fmt.Sprintf(`{"id": %q, "type": "subscribe", "payload": %s}`, id, payload))
}

// next is the next message that is no ping.
func (w wire) next() frame {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for {
		_, raw, err := w.conn.Read(ctx)
		require.NoError(w.t, err)
		var f frame
		require.NoError(w.t, json.Unmarshal(raw, &f))
		if f.Type != "ping" {
			return f
		}
	}
}

func (w wire) data(id string) string {
	w.t.Helper()
	f := w.next()
	require.Equal(w.t, "next", f.Type, "%s", f.Payload)
	require.Equal(w.t, id, f.ID)
	var payload struct{ Data json.RawMessage }
	require.NoError(w.t, json.Unmarshal(f.Payload, &payload))
	return string(payload.Data)
}

func (w wire) closed() websocket.CloseError {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for {
		if _, _, err := w.conn.Read(ctx); err != nil {
			var closed websocket.CloseError
			require.ErrorAs(w.t, err, &closed)
			return closed
		}
	}
}
