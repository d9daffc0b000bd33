package jirasim

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

const loginPage = `<!DOCTYPE html><html><head><title>Log in - Jira</title></head><body><form action="/login.jsp"></form></body></html>`

// withFaults lets a request meet its rules before, or instead of, its answer.
func (s *Sim) withFaults(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		skew := s.faults.Settings().ClockSkew
		rw.Header().Set("Date", s.opts.Now().Add(skew).UTC().Format(http.TimeFormat))
		for _, rule := range s.faults.meet(r.Method, r.URL.Path) {
			if !pause(r, rule.Latency+jitter(rule.Jitter)) {
				return
			}
			for name, value := range rule.Headers {
				rw.Header().Set(name, value)
			}
			if rule.Status != 0 {
				refuse(rw, rule)
				return
			}
			if rule.Cut != "" {
				s.damage(rw, r, next, rule)
				return
			}
		}
		next.ServeHTTP(rw, r)
	})
}

func jitter(limit time.Duration) time.Duration {
	if limit <= 0 {
		return 0
	}
	return rand.N(limit)
}

// readAhead takes in the body: until it is read, the server does not notice that a client went away.
func readAhead(r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		body = nil // the client is gone, which the wait will tell
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
}

// pause waits; false says that the client went away meanwhile.
func pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	// net/http notices that a client is gone only once the request has been read.
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	readAhead(r)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func refuse(rw http.ResponseWriter, rule Rule) {
	if rule.RetryAfter != "" {
		rw.Header().Set("Retry-After", rule.RetryAfter)
	}
	if rule.Body != "" {
		rw.WriteHeader(rule.Status)
		_, _ = rw.Write([]byte(rule.Body)) // the client may be gone
		return
	}
	writeError(rw, rule.Status, statusMessage(rule.Status))
}

func statusMessage(status int) string {
	switch status {
	case http.StatusTooManyRequests:
		return "Rate limit exceeded."
	case http.StatusUnauthorized:
		return "Client must be authenticated to access this resource."
	case http.StatusForbidden:
		return "You do not have permission to perform this operation."
	}
	return "Internal server error"
}

// damage writes the right answer wrongly.
func (s *Sim) damage(rw http.ResponseWriter, r *http.Request, next http.Handler, rule Rule) {
	hold := rule.Hold
	if hold == 0 {
		hold = 30 * time.Second
	}
	switch rule.Cut {
	case CutHTML:
		rw.Header().Set("Content-Type", "text/html;charset=UTF-8")
		_, _ = rw.Write([]byte(loginPage)) // the client may be gone
		return
	case CutSilence:
		pause(r, hold)
		panic(http.ErrAbortHandler)
	}
	answer := recorder{header: rw.Header(), status: http.StatusOK}
	next.ServeHTTP(&answer, r)
	body := answer.body.Bytes()
	switch rule.Cut {
	case CutTruncate:
		rw.Header().Set("Content-Length", strconv.Itoa(len(body)/2))
		rw.WriteHeader(answer.status)
		_, _ = rw.Write(body[:len(body)/2]) // the client may be gone
	case CutReset:
		rw.Header().Set("Content-Length", strconv.Itoa(len(body)))
		rw.WriteHeader(answer.status)
		_, _ = rw.Write(body[:len(body)/2]) // the client may be gone
		reset(rw)
	case CutSlow:
		drip(rw, r, answer.status, body, hold)
	}
}

// reset closes the connection with RST instead of FIN, where it is a TCP one.
func reset(rw http.ResponseWriter) {
	control := http.NewResponseController(rw)
	_ = control.Flush() // what cannot be sent is lost, as meant
	conn, _, err := control.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a connection that is closed already needs none
	}
	_ = conn.Close()
}

func drip(rw http.ResponseWriter, r *http.Request, status int, body []byte, over time.Duration) {
	const drops = 20
	rw.WriteHeader(status)
	size := len(body)/drops + 1
	for len(body) > 0 {
		n := min(size, len(body))
		if _, err := rw.Write(body[:n]); err != nil {
			return
		}
		_ = http.NewResponseController(rw).Flush() // a writer that cannot drip sends it at the end
		body = body[n:]
		if !pause(r, over/drops) {
			return
		}
	}
}

// recorder keeps an answer so that it can be damaged.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *recorder) Header() http.Header         { return a.header }
func (a *recorder) WriteHeader(status int)      { a.status = status }
func (a *recorder) Write(p []byte) (int, error) { return a.body.Write(p) }
