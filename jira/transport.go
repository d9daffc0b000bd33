package jira

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// maxBody bounds what one answer may hold. Pages are asked for in sizes that stay far below,
// and in smaller ones where they do not.
const maxBody = 128 << 20

var (
	errSilent    = errors.New("no byte came for too long")
	errTooSlow   = errors.New("the answer took too long")
	errTooBig    = errors.New("the answer is larger than 128 MB")
	errLinkLocal = errors.New("the name leads to a link-local address, which is refused unless allowed")
)

// wire sends one attempt of a request and reads its whole answer, so that a connection lost
// in the middle of a body is an error of the attempt and can be tried again. All attempts go
// through the gates.
type wire struct {
	c    *Client
	next http.RoundTripper
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	attempt := ctx.Value(attemptKey{}).(*attempts)
	pass, paused, err := w.c.gates.enter(ctx, attempt.endpoint)
	if paused > 0 {
		w.c.countThrottled(ctx, paused)
	}
	if err != nil {
		return nil, err
	}
	defer pass.leave()

	resp, err := w.send(req)
	if err != nil {
		return nil, err
	}
	if isThrottle(resp) {
		wait := w.c.throttleWait(ctx, resp.Header, 0)
		w.c.noteRefusal(resp.Header, attempt.endpoint, wait)
		if wait > w.c.maxWait(ctx) {
			wait = 0 // nobody waits that long: each request learns it for itself, and fails
		}
		pass.refused(limitsAll(resp.Header), wait)
		return resp, nil
	}
	w.c.noteLimit(resp.Header)
	if resp.StatusCode < 500 {
		pass.succeeded()
	}
	return resp, nil
}

// send ends an attempt that is silent for Timeout, or takes five times as long in all.
func (w *wire) send(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	defer cancel(nil)
	silence := time.AfterFunc(w.c.cfg.Timeout, func() { cancel(errSilent) })
	defer silence.Stop()
	whole := time.AfterFunc(5*w.c.cfg.Timeout, func() { cancel(errTooSlow) })
	defer whole.Stop()

	attempt := ctx.Value(attemptKey{}).(*attempts)
	defer w.c.countRequest(ctx, attempt.sent > 0)()
	attempt.sent++
	asked := time.Now()
	resp, err := w.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, causeOf(ctx, req.Context(), err)
	}
	w.c.noteClock(resp.Header, time.Now())
	body, err := readAll(resp, func() { silence.Reset(w.c.cfg.Timeout) })
	w.c.countBytes(ctx, len(body))
	if err != nil {
		return nil, causeOf(ctx, req.Context(), err)
	}
	attempt.asked, attempt.body = asked, body
	resp.Body = http.NoBody // whoever wants it has it in the attempt
	resp.Request = req
	return resp, nil
}

// causeOf prefers our reason for ending an attempt to the error that it led to.
func causeOf(ctx, outer context.Context, err error) error {
	if outer.Err() != nil {
		return outer.Err()
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func readAll(resp *http.Response, progress func()) ([]byte, error) {
	defer resp.Body.Close()
	var buf bytes.Buffer
	if resp.ContentLength > 0 {
		buf.Grow(int(min(resp.ContentLength, 64<<20)) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(&watched{r: resp.Body, left: maxBody, progress: progress})
	return buf.Bytes(), err
}

// watched reports progress and refuses to read without end.
type watched struct {
	r        io.Reader
	left     int64
	progress func()
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if n > 0 {
		w.progress()
	}
	if w.left -= int64(n); w.left < 0 {
		return n, errTooBig
	}
	return n, err
}

func newTransport(cfg Config) *http.Transport {
	dialer := &net.Dialer{Timeout: min(cfg.Timeout, 15*time.Second), KeepAlive: 30 * time.Second}
	if !cfg.AllowLinkLocal {
		dialer.Control = refuseLinkLocal
	}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: cfg.Concurrency,
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 15 * time.Second,
	}
}

// refuseLinkLocal looks at the address that a name led to.
func refuseLinkLocal(_, address string, _ syscall.RawConn) error {
	host, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if isLinkLocal(host.Addr()) {
		return errLinkLocal
	}
	return nil
}

// redirects follows a redirect within the host. Another host, and the same one without TLS,
// would get our credentials, which go-jira adds to each request. A POST that would become a
// GET has lost its body.
func (c *Client) redirects(req *http.Request, via []*http.Request) error {
	first := via[0]
	from, to := first.URL, req.URL
	sameHost := from.Hostname() == to.Hostname() && (from.Port() == to.Port() || from.Scheme != to.Scheme)
	if !sameHost || from.Scheme == "https" && to.Scheme != "https" || req.Method != first.Method {
		return &RedirectError{Instance: c.cfg.Number, Host: from.Host, To: to.Scheme + "://" + to.Host}
	}
	if len(via) >= 5 {
		return fmt.Errorf("%d redirects in a row", len(via))
	}
	return nil
}
