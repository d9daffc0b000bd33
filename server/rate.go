package server

import (
	"sync"
	"time"
)

// rates lets each client ask so many times a minute, evenly or in a burst of that many. It keeps
// one time for each client that has asked lately: when their allowance will be whole again.
type rates struct {
	perMinute int // 0: no limit
	mu        sync.Mutex
	whole     map[string]time.Time
	swept     time.Time
}

// maxClients bounds the memory of who has asked; beyond it the strangers share one allowance.
const maxClients = 100_000

func newRates(perMinute int) *rates {
	return &rates{perMinute: perMinute, whole: map[string]time.Time{}}
}

// allow takes one request out of the client's allowance. If there is none left it tells how long
// to wait.
func (r *rates) allow(client string, now time.Time) (wait time.Duration, ok bool) {
	if r.perMinute <= 0 {
		return 0, true
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
		return 0, true
	}
	return whole.Add(step).Sub(now) - time.Minute, false
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
