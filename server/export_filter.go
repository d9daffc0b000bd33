package server

import "encoding/json"

// exportFilter reads a filter. What it means is checked with the rest of the question.
func exportFilter(where string) (map[string]any, error) {
	var filter map[string]any
	if !json.Valid([]byte(where)) || decodeNumbers([]byte(where), &filter) != nil {
		return nil, badRequest(`where must be the JSON of an IssueFilter, such as {"project": {"eq": "WEB"}}`)
	}
	return filter, nil
}
