package main

import (
	"fmt"
	"reflect"
	"time"

	"github.com/go-json-experiment/json"
)

// sameAnswer tells whether two GraphQL answers hold the same data. Instants may be written in
// different ways; what stands beside the data is left out.
func sameAnswer(a, b []byte) error {
	left, err := dataOf(a)
	if err != nil {
		return err
	}
	right, err := dataOf(b)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(left, right) {
		return fmt.Errorf("the answers differ:\n%s\n%s", a, b)
	}
	return nil
}

func dataOf(text []byte) (any, error) {
	var answer struct {
		Data   any `json:"data"`
		Errors any `json:"errors"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("%w in %s", err, text)
	}
	if answer.Errors != nil || answer.Data == nil {
		return nil, fmt.Errorf("no whole answer: %s", text)
	}
	return plain(answer.Data), nil
}

// plain writes instants in one way.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = plain(member)
		}
	case []any:
		for n, element := range v {
			v[n] = plain(element)
		}
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return at.UTC().Format(time.RFC3339Nano)
		}
	}
	return value
}
