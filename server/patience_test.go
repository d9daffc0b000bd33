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

func TestClientThatDoesNotTakeItsAnswerIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	wrote := make(chan error, 1)
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		takenWithin(50*time.Millisecond, w)
		_, err := io.Copy(w, zeros{})
		wrote <- err
	}))
	t.Cleanup(served.Close)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", served.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("GET /graphql HTTP/1.1\r\nHost: x\r\n\r\n"))
	require.NoError(t, err)
	require.ErrorIs(t, <-wrote, os.ErrDeadlineExceeded)
}

// timedWriter notes what becomes of its deadline.
type timedWriter struct {
	*httptest.ResponseRecorder
	deadlines []time.Time
}

func (w *timedWriter) SetWriteDeadline(at time.Time) error {
	w.deadlines = append(w.deadlines, at)
	return nil
}

func TestEachAnswerOfAConnectionHasItsOwnTime(t *testing.T) {
	t.Parallel()
	w := &timedWriter{ResponseRecorder: httptest.NewRecorder()}
	answering := readWithin(time.Minute)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		write(w, r, mediaJSON, http.StatusOK, []byte("{}"))
	}))
	answering.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql", http.NoBody))
	require.Equal(t, "{}", w.Body.String())
	require.Len(t, w.deadlines, 2)
	require.Zero(t, w.deadlines[0], "that of the answer before is lifted")
	require.NotZero(t, w.deadlines[1])
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
