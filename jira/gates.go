package jira

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// gates bound the requests of a client: so many at a time in all, and to each endpoint as many of
// those as it bears. Cloud limits bursts by endpoint, and quotas over all.
type gates struct {
	all *gate

	mu   sync.Mutex
	each map[string]*gate // by endpoint
}

func newGates(most int) *gates {
	return &gates{all: newGate(most), each: map[string]*gate{}}
}

func (g *gates) of(endpoint string) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	own := g.each[endpoint]
	if own == nil {
		own = newGate(g.all.most)
		g.each[endpoint] = own
	}
	return own
}

// pass is a request's way in.
type pass struct {
	own, all           *gate
	ownRound, allRound int
}

// enter waits for a place at the endpoint, then for one of all, so that who waits for a slow
// endpoint takes no place from another. paused is how long Jira's refusals held it up.
func (g *gates) enter(ctx context.Context, endpoint string) (p pass, paused time.Duration, err error) {
	p = pass{own: g.of(endpoint), all: g.all}
	for {
		var wait time.Duration
		p.ownRound, wait, err = p.own.enter(ctx)
		paused += wait
		if err != nil {
			return p, paused, err
		}
		p.allRound, wait, err = p.all.enter(ctx)
		paused += wait
		if err != nil {
			p.own.leave()
			return p, paused, err
		}
		if p.own.pause() <= 0 {
			return p, paused, nil
		}
		p.leave() // the endpoint was closed meanwhile
	}
}

func (p pass) leave() {
	p.all.leave()
	p.own.leave()
}

func (p pass) succeeded() {
	p.own.succeeded()
	p.all.succeeded()
}

// refused slows down what the refusal speaks of.
func (p pass) refused(everywhere bool, wait time.Duration) {
	if everywhere {
		p.all.refused(p.allRound, wait)
	} else {
		p.own.refused(p.ownRound, wait)
	}
}

// limitsAll tells a refusal of every request from one of requests to this endpoint alone. Data
// Center gives no reason: it limits the account.
func limitsAll(header http.Header) bool {
	reason := header.Get("RateLimit-Reason")
	return !strings.Contains(reason, "burst") && !strings.Contains(reason, "per-issue")
}
