package server

import (
	"io"
	"net/http"
	"time"
)

// bodyTime is how long a client may take to send the body of a request.
const bodyTime = 30 * time.Second

// readWithin drops a client that sends its body drop by drop. Once that is read the connection may be
// silent for as long as an answer or a stream takes.
func readWithin(limit time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength != 0 { // -1: not told
				control := http.NewResponseController(w)
				if control.SetReadDeadline(time.Now().Add(limit)) == nil {
					r.Body = hurriedBody{r.Body, control}
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// hurriedBody lifts the deadline at its end.
type hurriedBody struct {
	io.ReadCloser
	control *http.ResponseController
}

// Read reads the body.
func (b hurriedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		_ = b.control.SetReadDeadline(time.Time{}) // the connection may be gone
	}
	return n, err
}
