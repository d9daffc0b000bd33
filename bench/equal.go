package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
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

// sameValues tells whether two answers hold the same values, however each nests them: in the same
// order, unless any will do.
func sameValues(a, b []byte, anyOrder bool) error {
	left, err := valuesOf(a)
	if err != nil {
		return err
	}
	right, err := valuesOf(b)
	if err != nil {
		return err
	}
	if anyOrder {
		slices.Sort(left)
		slices.Sort(right)
	}
	if !slices.Equal(left, right) {
		return fmt.Errorf("the answers hold other values:\n%s\n%s", a, b)
	}
	return nil
}

// valuesOf lists the values of an answer without the names of their fields. A number in quotes is
// the number.
func valuesOf(text []byte) (values []string, err error) {
	if _, err := dataOf(text); err != nil {
		return nil, err
	}
	var answer struct {
		Data jsontext.Value `json:"data"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, err
	}
	decoder := jsontext.NewDecoder(bytes.NewReader(answer.Data))
	for {
		token, err := decoder.ReadToken()
		switch {
		case errors.Is(err, io.EOF):
			return values, nil
		case err != nil:
			return nil, err
		}
		switch token.Kind() {
		case '{', '}', '[', ']':
			continue
		}
		// Within an object names and values take turns.
		if kind, n := decoder.StackIndex(decoder.StackDepth()); kind == '{' && n%2 == 1 {
			continue
		}
		value, _ := plain(token.String()).(string)
		values = append(values, value)
	}
}
