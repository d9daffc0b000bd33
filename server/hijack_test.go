package server_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// masked is a message as a client sends it, in one frame, under a mask of zeros.
func masked(text string) []byte {
	frame := binary.BigEndian.AppendUint16([]byte{0x81, 0x80 | 126}, uint16(len(text)))
	return append(append(frame, 0, 0, 0, 0), text...)
}

func TestClientThatDoesNotWaitForTheHandshakeIsHeard(t *testing.T) {
	s := newSite(t)
	address := strings.TrimPrefix(s.url, "http://")
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))

	long := `{"type": "ping", "payload": {"text": "` + strings.Repeat("a", 3000) + `"}}`
	first := fmt.Appendf(nil, "GET /graphql HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n", address)
	_, err = conn.Write(append(append(first, masked(`{"type": "connection_init"}`)...), masked(long)...))
	require.NoError(t, err)

	reader := bufio.NewReader(conn)
	answer, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusSwitchingProtocols, answer.StatusCode)
	heard := make([]byte, 2+len(`{"type":"connection_ack"}`)+4+len(`{"type":"pong","payload":{"text":""}}`)+3000)
	for at := 0; at < len(heard); {
		n, err := reader.Read(heard[at:])
		require.NoError(t, err, "heard %d bytes", at)
		at += n
	}
	require.Contains(t, string(heard), "connection_ack")
	require.Contains(t, string(heard), `"pong"`)
	require.Contains(t, string(heard), strings.Repeat("a", 3000))
}
