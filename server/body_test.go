package server

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBodyThatComesDropByDropIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	read := make(chan error, 1)
	served := httptest.NewServer(readWithin(50 * time.Millisecond)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		read <- err
	})))
	t.Cleanup(served.Close)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", served.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("POST /webhooks/jira/north HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"))
	require.NoError(t, err)
	require.ErrorIs(t, <-read, os.ErrDeadlineExceeded)
}

func TestConnectionMayBeSilentOnceTheBodyIsRead(t *testing.T) {
	t.Parallel()
	const limit = 50 * time.Millisecond
	served := httptest.NewServer(readWithin(limit)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done(): // what a broken connection does
		case <-time.After(2 * limit):
			w.WriteHeader(http.StatusTeapot)
		}
	})))
	t.Cleanup(served.Close)
	answer, err := served.Client().Post(served.URL, "text/plain", io.LimitReader(zeros{}, 1000))
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusTeapot, answer.StatusCode)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
