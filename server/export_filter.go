package server

import (
	"encoding/json"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// exportFilter reads a filter. What it means is checked with the rest of the question.
func exportFilter(schema *ast.Schema, where string) (map[string]any, error) {
	var filter map[string]any
	if !json.Valid([]byte(where)) || decodeNumbers([]byte(where), &filter) != nil {
		return nil, badRequest(`where must be the JSON of an IssueFilter, such as {"project": {"eq": "WEB"}}`)
	}
	if place := numberForText(schema, ast.NamedType("IssueFilter", nil), filter, "where"); place != "" {
		return nil, badRequest(place + " must be a String, not a number: write it in quotes")
	}
	return filter, nil
}

// numberForText finds where a number stands for a text. Numbers keep their digits, by which the
// check of variables takes them for texts.
func numberForText(schema *ast.Schema, of *ast.Type, value any, place string) string {
	switch value := value.(type) {
	case json.Number:
		if of.Name() == "String" {
			return place
		}
	case []any:
		for n, member := range value {
			if of.Elem == nil {
				break // refused later
			}
			if found := numberForText(schema, of.Elem, member, place+"["+strconv.Itoa(n)+"]"); found != "" {
				return found
			}
		}
	case map[string]any:
		object := schema.Types[of.Name()]
		if object == nil {
			break
		}
		for name, member := range value {
			field := object.Fields.ForName(name)
			if field == nil {
				continue
			}
			if found := numberForText(schema, field.Type, member, place+"."+name); found != "" {
				return found
			}
		}
	}
	return ""
}
