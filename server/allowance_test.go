package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/server"
)

// allowance is what an answer says of its client's, as JSON.
func allowance(t *testing.T, answer string) string {
	t.Helper()
	var told struct {
		Extensions struct{ Rate json.RawMessage }
	}
	decode(t, answer, &told)
	require.NotEmpty(t, told.Extensions.Rate, "%s", answer)
	return string(told.Extensions.Rate)
}

func TestClientIsToldWhatItMayStillAskHoweverItAsks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ask       func(*testing.T, *site) string
		remaining string
	}{
		"over HTTP": {func(_ *testing.T, s *site) string { return s.ask(`{ __typename }`).raw }, "2"},
		"as a stream of events": {func(t *testing.T, s *site) string {
			t.Helper()
			return strings.TrimPrefix(s.stream(t, `{ __typename }`)(), "next ")
		}, "2"},
		"over a websocket, whose opening counts": {func(t *testing.T, s *site) string {
			t.Helper()
			c := s.connect(t)
			c.subscribe("a", `{ __typename }`)
			return string(c.next().Payload)
		}, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.RequestsPerMinute = 3 }))
			require.JSONEq(t, `{"remaining": `+tt.remaining+`, "limit": 3}`, allowance(t, tt.ask(t, s)))
		})
	}
}
