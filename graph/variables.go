package graph

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Variables are bounded by what honest ones hold, with room: some lists as long as a list may be,
// and filters in filters, each an object in a list.
const (
	longLists      = 4
	valuesBeside   = 5_000 // conditions, mappings, short lists
	levelsOfFilter = 2
	levelsBeside   = 10 // the variables, an input around a filter, comparisons within
)

// CheckVariables reads the variables, a JSON object or nothing, token by token, before they are made
// maps of and coerced, which takes many times as long. How long each list is, and how deep each
// filter, is for its reader to refuse by name.
func CheckVariables(variables []byte, limits DocumentLimits) error {
	deepest := levelsOfFilter*limits.Depth + levelsBeside
	most := longLists*limits.List + valuesBeside
	tokens := jsontext.NewDecoder(bytes.NewBuffer(variables), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for values := 0; values <= most; {
		token, err := tokens.ReadToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return &RefusedError{CodeBadUserInput, "variables must be a JSON object"}
		case tokens.StackDepth() > deepest:
			return &RefusedError{CodeTooDeep, fmt.Sprintf("the variables are nested too deeply: at most %d filters in filters are allowed", limits.Depth)}
		case isValue(tokens, token.Kind()):
			values++
		}
	}
	return tooComplex("values in the variables", most)
}

// isValue says whether the token just read is a value or begins one: neither an end nor a name.
func isValue(tokens *jsontext.Decoder, kind jsontext.Kind) bool {
	switch kind {
	case jsontext.KindEndObject, jsontext.KindEndArray:
		return false
	case jsontext.KindString:
		around, read := tokens.StackIndex(tokens.StackDepth())
		return around != jsontext.KindBeginObject || read%2 == 0
	}
	return true
}
