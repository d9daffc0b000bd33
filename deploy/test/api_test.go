package compose_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/stretchr/testify/require"
)

// graphql asks through the dashboard's port, as the page does.
func (s *stack) graphql(query string, into any) error {
	body, err := json.Marshal(map[string]any{"query": query})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 15*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url("/graphql"), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // read whole
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		return fmt.Errorf("HTTP %d: %.200s", response.StatusCode, content)
	}
	if len(answer.Errors) > 0 {
		return errors.New(answer.Errors[0].Message)
	}
	return json.Unmarshal(answer.Data, into)
}

func (s *stack) url(path string) string { return "http://127.0.0.1:" + s.port + path }

// get answers status and body.
func (s *stack) get(path string) (int, string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url(path), nil)
	require.NoError(s.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	defer func() { _ = response.Body.Close() }() // read whole
	body, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, string(body)
}

// subscription is one operation on a graphql-transport-ws connection.
type subscription struct {
	conn *websocket.Conn
}

type frame struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// subscribe opens a websocket through the dashboard's port.
func (s *stack) subscribe(query string) *subscription {
	s.t.Helper()
	conn, response, err := websocket.Dial(s.t.Context(), s.url("/graphql"), &websocket.DialOptions{
		Subprotocols: []string{"graphql-transport-ws"},
		HTTPHeader:   http.Header{"Origin": {s.url("")}},
	})
	require.NoError(s.t, err)
	if response.Body != nil {
		require.NoError(s.t, response.Body.Close())
	}
	s.t.Cleanup(func() { _ = conn.CloseNow() })
	conn.SetReadLimit(1 << 20)
	payload, err := json.Marshal(map[string]string{"query": query})
	require.NoError(s.t, err)
	require.NoError(s.t, wsjson.Write(s.t.Context(), conn, frame{Type: "connection_init"}))
	require.NoError(s.t, wsjson.Write(s.t.Context(), conn, frame{ID: "1", Type: "subscribe", Payload: payload}))
	return &subscription{conn: conn}
}

// next waits for the next event and decodes its data.
func (sub *subscription) next(ctx context.Context, into any) error {
	for {
		var f frame
		if err := wsjson.Read(ctx, sub.conn, &f); err != nil {
			return err
		}
		switch f.Type {
		case "ping":
			if err := wsjson.Write(ctx, sub.conn, frame{Type: "pong"}); err != nil {
				return err
			}
		case "next":
			var payload struct {
				Data   json.RawMessage
				Errors json.RawMessage
			}
			if err := json.Unmarshal(f.Payload, &payload); err != nil {
				return err
			}
			if len(payload.Errors) > 0 {
				return fmt.Errorf("subscription: %s", payload.Errors)
			}
			return json.Unmarshal(payload.Data, into)
		case "error", "complete":
			return fmt.Errorf("the subscription ended: %s %s", f.Type, f.Payload)
		}
	}
}

// syncRun is what the tests read of one.
type syncRun struct {
	ID         string
	Mode       string
	State      string
	Instance   struct{ Name string }
	FinishedAt *time.Time
}

// startSync asks for a run of both instances.
func (s *stack) startSync(mode string) error {
	var started struct{ StartSync []syncRun }
	return s.graphql(fmt.Sprintf(`mutation { startSync(input: {mode: %s}) { id state } }`, mode), &started)
}

// idle says nil once nothing runs.
func (s *stack) idle() error {
	var status struct {
		SyncStatus struct{ Running []syncRun }
	}
	if err := s.graphql(`{ syncStatus { running { id state mode instance { name } } } }`, &status); err != nil {
		return err
	}
	if n := len(status.SyncStatus.Running); n > 0 {
		return fmt.Errorf("%d runs in progress: %+v", n, status.SyncStatus.Running[0])
	}
	return nil
}
