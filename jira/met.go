package jira

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// met remembers what the issues of a page name again and again, by its text: a hundred issues name
// a few dozen people, statuses and sprints a thousand times over, each with addresses and pictures.
type met struct {
	users      map[string]*User
	types      map[string]IssueType
	statuses   map[string]Status
	priorities map[string]*Priority
	projects   map[string]object[refWire]
	sprints    map[string]sprintValue
	names      map[string]string // of fields
}

func newMet() *met {
	return &met{
		users: map[string]*User{}, types: map[string]IssueType{}, statuses: map[string]Status{},
		priorities: map[string]*Priority{}, projects: map[string]object[refWire]{}, sprints: map[string]sprintValue{},
		names: map[string]string{},
	}
}

// once gives what the value that follows decodes to, decoding each text but once.
func once[T any](r *issueReader, known map[string]T, decode func(jsontext.Value) T) (T, error) {
	value, err := r.dec.ReadValue()
	if err != nil {
		var none T
		return none, err
	}
	if thing, ok := known[string(value)]; ok {
		return thing, nil
	}
	thing := decode(value)
	known[string(value)] = thing
	return thing, nil
}

// decodeAs decodes a text that is known to be JSON into one of the loose types, which take any.
func decodeAs[T any](value jsontext.Value) (out T) {
	if json.Unmarshal(value, &out, lenient) != nil {
		var none T
		return none
	}
	return out
}

func nameOf(value jsontext.Value) string { return string(decodeAs[text](value)) }
