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
			control := http.NewResponseController(w)
			_ = control.SetWriteDeadline(time.Time{}) // of the answer before, see takenWithin
			if r.ContentLength != 0 {                 // -1: not told
				if control.SetReadDeadline(time.Now().Add(limit)) == nil {
					r.Body = hurriedBody{r.Body, control}
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// A client may take answerTime, and as long as it takes at slowestBytesPerSecond, to receive an answer
// that is written in one piece.
const (
	answerTime            = 30 * time.Second
	slowestBytesPerSecond = 64 << 10
)

// taken drops a client that does not take so many bytes, which are written next.
func taken(bytes int, w http.ResponseWriter) {
	takenWithin(answerTime+time.Duration(bytes/slowestBytesPerSecond)*time.Second, w)
}

// takenWithin drops a client that does not take what is written next. The deadline outlives the
// request, whose last bytes are sent after its handler; the next one on the connection lifts it.
func takenWithin(limit time.Duration, w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(limit)) // not every writer has one
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
