package server

import (
	"context"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"jirasync/graph"
)

// rates lets each client ask so many times a minute, evenly or in a burst of that many. It keeps
// one time for each client that has asked lately: when their allowance will be whole again.
//
// No request waits for other servers: what clients have spent here is told to them, and theirs
// learned, on a beat. Within one, a client can ask each server for a whole allowance.
type rates struct {
	perMinute int // 0: no limit
	shared    SharedRates
	mu        sync.Mutex
	whole     map[string]time.Time
	spent     map[string]time.Duration // since the others were told
	swept     time.Time
}

// SharedRates is what the servers know together.
type SharedRates interface {
	// Spend adds what clients have spent here and tells how long it is until each is whole again.
	Spend(ctx context.Context, spent map[string]time.Duration) (whole map[string]time.Duration, err error)
}

// shareEvery is the beat on which servers tell each other.
const shareEvery = 500 * time.Millisecond

// maxClients bounds the memory of who has asked; beyond it the strangers share one allowance.
const maxClients = 100_000

func newRates(perMinute int, shared SharedRates) *rates {
	return &rates{perMinute: perMinute, shared: shared, whole: map[string]time.Time{}, spent: map[string]time.Duration{}}
}

// run tells the others until ctx ends.
func (r *rates) run(ctx context.Context) {
	if r.shared == nil || r.perMinute <= 0 {
		return
	}
	beat := time.NewTicker(shareEvery)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			_ = r.share(ctx) // without the others, this server counts alone
		}
	}
}

// share tells the others and learns from them.
func (r *rates) share(ctx context.Context) error {
	r.mu.Lock()
	spent := r.spent
	r.spent = map[string]time.Duration{}
	r.mu.Unlock()
	if len(spent) == 0 {
		return nil
	}
	known, err := r.shared.Spend(ctx, spent)
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	for client, in := range known {
		if whole := now.Add(in); whole.After(r.whole[client]) {
			r.whole[client] = whole
		}
	}
	return err
}

// allowance is what a client may still ask within this minute.
type allowance struct{ requests int }

// allow takes one request out of the client's allowance and tells what is left of it, nil where
// nothing is counted. If there was none left it tells how long to wait.
func (r *rates) allow(client string, now time.Time) (left *allowance, wait time.Duration, ok bool) {
	if r.perMinute <= 0 {
		return nil, 0, true
	}
	step := time.Minute / time.Duration(r.perMinute)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweep(now)
	whole, known := r.whole[client]
	if !known && len(r.whole) >= maxClients {
		client = ""
		whole = r.whole[client]
	}
	if whole.Before(now) {
		whole = now
	}
	if next := whole.Add(step); next.Sub(now) <= time.Minute {
		r.whole[client] = next
		if r.shared != nil {
			r.spent[client] += step
		}
		return &allowance{int((time.Minute - next.Sub(now)) / step)}, 0, true
	}
	return &allowance{}, whole.Add(step).Sub(now) - time.Minute, false
}

// sweep forgets, now and then, those whose allowance is whole.
func (r *rates) sweep(now time.Time) {
	if now.Sub(r.swept) < time.Minute {
		return
	}
	r.swept = now
	for client, whole := range r.whole {
		if whole.Before(now) {
			delete(r.whole, client)
		}
	}
}

// admit counts a request, tells what its client may still ask, and refuses who has asked too often.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (left *allowance, ok bool) {
	left, wait, ok := s.rates.allow(s.client(r), time.Now())
	if !ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		s.writeRefusal(w, r, &httpError{http.StatusTooManyRequests, graph.CodeRateLimited, s.tooManyRequests()})
	}
	return left, ok
}

func (s *Server) tooManyRequests() string {
	return "too many requests: at most " + thousands(s.deps.Limits.RequestsPerMinute) + " a minute are allowed"
}

// client is who is counted: the address that the connection, or the proxy in front, names.
func (s *Server) client(r *http.Request) string {
	if s.deps.TrustNetwork {
		// The last entry is the one that the proxy itself wrote.
		if lines := r.Header.Values("X-Forwarded-For"); len(lines) > 0 {
			last := lines[len(lines)-1]
			return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
