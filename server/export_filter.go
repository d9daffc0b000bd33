package server

import (
	"encoding/json"

	"jirasync/graph"
)

// exportFilter reads a filter that is no larger than a variable may be. What it means is checked with
// the rest of the question.
func exportFilter(where string, limits graph.DocumentLimits) (map[string]any, error) {
	raw := []byte(where)
	if !json.Valid(raw) {
		return nil, errNoFilter
	}
	if err := graph.CheckVariables(raw, limits); err != nil {
		return nil, err
	}
	var filter map[string]any
	if decodeNumbers(raw, &filter) != nil {
		return nil, errNoFilter
	}
	return filter, nil
}

var errNoFilter = badRequest(`where must be the JSON of an IssueFilter, such as {"project": {"eq": "WEB"}}`)
