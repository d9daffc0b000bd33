package events

import (
	"encoding/json"
	"time"
)

// Kinds of events.
const (
	KindProgress  = "progress"  // a run has gone further
	KindCompleted = "completed" // a run has ended, whatever its state
	KindIssues    = "issues"    // issues have changed
	KindMapping   = "mapping"   // a field mapping has changed
	KindConfig    = "config"    // a setting has changed

	// KindUnheard says that issues changed of which no event tells: this server could not hear for a
	// while, or a rename has changed too many.
	KindUnheard = "unheard"

	// KindResumed says that events may have been missed: read the present state again. Every
	// subscriber gets it, whatever its filter.
	KindResumed = "resumed"
)

// Event is one piece of news. Those who get it share Payload and Versions: read only.
type Event struct {
	Kind     string           `json:"kind"`
	Instance int              `json:"instance,omitempty"` // 0: of no single instance
	RunID    int64            `json:"run,omitempty"`
	Payload  json.RawMessage  `json:"payload,omitempty"`
	At       time.Time        `json:"at"`
	Versions map[string]int64 `json:"versions,omitempty"` // by tag, as the cache knows them
}

// message is an event on the wire, with the server it comes from.
type message struct {
	Origin string `json:"origin"`
	Event  Event  `json:"event"`
}
