package jirasim

import (
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Sim is one simulated Jira. All its methods may be called at the same time.
type Sim struct {
	opts   Options
	log    *slog.Logger
	faults *Faults

	mu      sync.RWMutex // guards world and journal
	world   *world
	journal *journal

	searches atomic.Uint64 // requests to search, so that flickering issues come back
	kept     keptDocuments
}

// New makes the data, reads the journal if there is one, and is ready to serve.
func New(o Options) (*Sim, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("simulated Jira: %w", err)
	}
	journal, events, err := openJournal(&o)
	if err != nil {
		return nil, fmt.Errorf("simulated Jira: %w", err)
	}
	w, err := newWorld(o, o.Epoch)
	if err != nil {
		_ = journal.close() // nothing was written to it
		return nil, fmt.Errorf("simulated Jira: %w", err)
	}
	for _, e := range events {
		if err := w.check(e); err != nil {
			_ = journal.close()
			return nil, fmt.Errorf("simulated Jira: journal %s: %w", o.StatePath, err)
		}
		w.apply(e)
	}
	s := &Sim{opts: o, log: o.Logger, faults: newFaults(o), world: w, journal: journal}
	if o.Prerender {
		s.prerender()
	}
	return s, nil
}

// Close lets go of the journal. Changes after it fail silently to be kept, so end Run and
// the server first.
func (s *Sim) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.close()
}

// Faults are the switches that make it fail.
func (s *Sim) Faults() *Faults { return s.faults }

// BaseURL is the address by which documents name the site; nobody can reach it.
func (s *Sim) BaseURL() string { return s.opts.baseURL() }

// Epoch is the instant before which the data of birth lies.
func (s *Sim) Epoch() time.Time { return s.opts.Epoch }

// ProjectKeys lists the keys of all projects, the biggest first.
func (s *Sim) ProjectKeys() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	keys := make([]string, len(s.world.projects))
	for i, p := range s.world.projects {
		keys[i] = p.key
	}
	return keys
}

// Count is the number of issues that Jira shows the API user.
func (s *Sim) Count() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	w := s.world
	return w.newSearch(query{simple: boundsOf(nil)}, uint64(len(w.events))).count()
}
