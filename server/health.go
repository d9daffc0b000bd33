package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// check is one part of the server's health.
type check struct {
	name     string
	required bool // without it the server is not ready
	// probe tells the part's state in a few words, or what is wrong with it.
	probe func(ctx context.Context) (state string, err error)
}

// probeTime is the longest a check may take; what takes longer is not well.
const probeTime = 2 * time.Second

type partHealth struct {
	Status string `json:"status"` // ok, failed
	State  string `json:"state,omitempty"`
	Error  string `json:"error,omitempty"`
}

type health struct {
	Status  string                `json:"status"` // ok, degraded, failed, stopping
	Service string                `json:"service"`
	Version string                `json:"version,omitempty"`
	Parts   map[string]partHealth `json:"parts"`
}

// healthz answers as long as the process can answer at all.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	writeHealth(w, http.StatusOK, health{Status: "ok", Service: "backend", Version: s.deps.Version, Parts: map[string]partHealth{}})
}

// readyz is 200 while requests can be answered.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	h, ready := s.health(r.Context())
	if !ready {
		writeHealth(w, http.StatusServiceUnavailable, h)
		return
	}
	writeHealth(w, http.StatusOK, h)
}

func (s *Server) health(ctx context.Context) (h health, ready bool) {
	h = health{Status: "ok", Service: "backend", Version: s.deps.Version, Parts: map[string]partHealth{}}
	ready = true
	checks := []check{
		{name: "database", required: true, probe: s.probeDatabase},
		{name: "schema", required: true, probe: s.probeSchema},
		{name: "redis", probe: s.probeRedis},
		{name: "accounts", probe: s.probeAccounts},
	}
	type outcome struct {
		part partHealth
		name string
		must bool
	}
	outcomes := make(chan outcome, len(checks))
	for _, c := range checks {
		go func() { outcomes <- outcome{c.part(ctx), c.name, c.required} }()
	}
	for range checks {
		o := <-outcomes
		h.Parts[o.name] = o.part
		switch {
		case o.part.Error == "":
		case o.must:
			h.Status, ready = "failed", false
		case h.Status == "ok":
			h.Status = "degraded"
		}
	}
	if s.draining.Load() {
		h.Status, ready = "stopping", false
	}
	return h, ready
}

func (c check) part(ctx context.Context) partHealth {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	state, err := c.probe(ctx)
	if err != nil {
		return partHealth{Status: "failed", State: state, Error: err.Error()}
	}
	return partHealth{Status: "ok", State: state}
}

func (s *Server) probeDatabase(ctx context.Context) (string, error) {
	if err := s.deps.Store.Ping(ctx); err != nil {
		return "", err
	}
	return "reachable", nil
}

// probeSchema tells the version of the schema. During an upgrade a later release may have raised it.
func (s *Server) probeSchema(ctx context.Context) (string, error) {
	version, err := s.deps.Store.SchemaVersion(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("version %d", version), nil
}

// probeRedis tells where answers are kept, and whether other servers are heard; reading goes on
// without Redis.
func (s *Server) probeRedis(context.Context) (string, error) {
	state := "cache off"
	if s.deps.Cache != nil {
		kept := s.deps.Cache.State()
		if state = kept.String(); !kept.AwaySince.IsZero() {
			return "", errors.New(state)
		}
	}
	if !s.deps.Events.AwaySince().IsZero() {
		return state, errors.New("other servers are not heard: " + s.deps.Events.State())
	}
	return state, nil
}

// probeAccounts tells who may ask, while that is everyone.
func (s *Server) probeAccounts(context.Context) (string, error) {
	if s.deps.TrustNetwork {
		return "none: TRUST_NETWORK says that something in front guards the port", nil
	}
	return "none: the port is open to this machine only", nil
}

func writeHealth(w http.ResponseWriter, status int, h health) {
	w.Header().Set("Content-Type", mediaJSON)
	w.Header().Set("Cache-Control", "no-store")
	takenWithin(answerTime, w)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(h) // who has left hears nothing
}
