package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"jirasync/query"
)

// dateLayout is the only form of a Date.
const dateLayout = time.DateOnly

// MarshalTime writes an instant in UTC.
func MarshalTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = w.Write(appendTime(make([]byte, 0, len(time.RFC3339Nano)+2), t)) // the executor's writer is a buffer
	})
}

// UnmarshalTime reads RFC 3339, with any offset.
func UnmarshalTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, badScalar("a Time is a string such as \"2026-01-31T09:30:00Z\", not %T", v)
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, badScalar("%q is no Time: write it as \"2026-01-31T09:30:00Z\"", text)
	}
	if t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}, badScalar("%q is no Time: its year must be 0 to 9999", text)
	}
	return t.UTC(), nil
}

// MarshalDate writes a calendar date.
func MarshalDate(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = w.Write(appendDate(make([]byte, 0, len(dateLayout)+2), t))
	})
}

// UnmarshalDate reads a calendar date as midnight UTC.
func UnmarshalDate(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, badScalar("a Date is a string such as \"2026-01-31\", not %T", v)
	}
	t, err := time.Parse(dateLayout, text)
	if err != nil {
		return time.Time{}, badScalar("%q is no Date: write it as \"2026-01-31\"", text)
	}
	return t, nil
}

// MarshalJSON writes a value as it is; nil is null.
func MarshalJSON(v json.RawMessage) graphql.Marshaler {
	if len(v) == 0 || bytes.Equal(v, []byte("null")) {
		return graphql.Null
	}
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(v) })
}

// UnmarshalJSON reads any value.
func UnmarshalJSON(v any) (json.RawMessage, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, badScalar("the value cannot be written as JSON")
	}
	return raw, nil
}

// MarshalDecimal writes a number with all its digits; nil is null.
func MarshalDecimal(v json.RawMessage) graphql.Marshaler { return MarshalJSON(v) }

// UnmarshalDecimal reads a number.
func UnmarshalDecimal(v any) (json.RawMessage, error) { return UnmarshalJSON(v) }

func appendTime(b []byte, t time.Time) []byte {
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

func appendDate(b []byte, t time.Time) []byte {
	b = append(b, '"')
	b = t.AppendFormat(b, dateLayout)
	return append(b, '"')
}

func badScalar(format string, args ...any) error {
	return &query.InputError{Message: fmt.Sprintf(format, args...)}
}
