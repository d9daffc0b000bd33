package jirasim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// ownHandler serves the simulator's own switches.
func (s *Sim) ownHandler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /_sim/faults", func(rw http.ResponseWriter, _ *http.Request) { s.writeFaults(rw) })
	m.HandleFunc("POST /_sim/faults", s.changeFaults)
	m.HandleFunc("GET /_sim/truth", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/x-ndjson")
		s.writeTruth(rw)
	})
	m.HandleFunc("POST /_sim/touch", func(rw http.ResponseWriter, r *http.Request) {
		ids := s.Touch(intParam(r, "n", 1))
		writeValue(rw, map[string]any{"ids": ids})
	})
	m.HandleFunc("GET /_sim/requests", func(rw http.ResponseWriter, _ *http.Request) { writeValue(rw, s.faults.Requests()) })
	m.HandleFunc("GET /_sim/info", func(rw http.ResponseWriter, _ *http.Request) {
		writeValue(rw, map[string]any{
			"flavor": s.opts.Flavor, "name": s.opts.Name, "issues": s.Count(), "projects": s.ProjectKeys(), "epoch": s.Epoch(),
		})
	})
	return m
}

// faultsBody is what /_sim/faults tells, and what it is told: settings named are changed,
// rules are added, clear ends all that was before.
type faultsBody struct {
	Clear    bool            `json:"clear,omitempty"`
	Settings json.RawMessage `json:"settings,omitempty"`
	Rules    []Rule          `json:"rules"`
}

func (s *Sim) changeFaults(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	if err == nil {
		err = s.faults.Apply(body)
	}
	if err != nil {
		writeError(rw, http.StatusBadRequest, err.Error())
		return
	}
	s.writeFaults(rw)
}

// Apply changes the faults as a POST to /_sim/faults does: all of them, or none when the text cannot
// be read.
func (f *Faults) Apply(text []byte) error {
	var body faultsBody
	if err := json.Unmarshal(text, &body); err != nil {
		return fmt.Errorf("read the faults: %w", err)
	}
	changed := Settings{}
	if !body.Clear {
		changed = f.Settings()
	}
	if body.Settings != nil {
		if err := json.Unmarshal(body.Settings, &changed); err != nil {
			return fmt.Errorf("read the settings: %w", err)
		}
	}
	if body.Clear {
		f.Clear()
	}
	f.Update(func(now *Settings) { *now = changed })
	for _, rule := range body.Rules {
		f.Add(rule)
	}
	return nil
}

func (s *Sim) writeFaults(rw http.ResponseWriter) {
	settings, err := json.Marshal(s.faults.Settings())
	if err != nil {
		writeError(rw, http.StatusInternalServerError, err.Error())
		return
	}
	writeValue(rw, faultsBody{Settings: settings, Rules: s.faults.Rules()})
}

func writeValue(rw http.ResponseWriter, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		writeError(rw, http.StatusInternalServerError, err.Error())
		return
	}
	writeJSON(rw, body)
}
