package graph

import (
	"encoding/json"
	"strconv"
	"time"
)

// The scalars, as the executor writes them.

func appendString(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '\\' && c != '"' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '\t':
			b = append(b, '\\', 't')
		case '\r':
			b = append(b, '\\', 'r')
		case '\n':
			b = append(b, '\\', 'n')
		case '\\', '"':
			b = append(b, '\\', c)
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

func appendOr[T any](b []byte, v *T, write func([]byte, T) []byte) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	return write(b, *v)
}

func appendRaw(b []byte, v json.RawMessage) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	return append(b, v...)
}

func appendInt(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

func appendBool(b []byte, v bool) []byte { return strconv.AppendBool(b, v) }

// Writers of members.

func stringOf[T any, S ~string](of func(*T) S) writer[T] {
	return func(b []byte, v *T) []byte { return appendString(b, string(of(v))) }
}

func stringsOf[T any](of func(*T) []string) writer[T] {
	return func(b []byte, v *T) []byte { return appendStrings(b, of(v)) }
}

func stringOrNull[T any, S ~string](of func(*T) *S) writer[T] {
	return func(b []byte, v *T) []byte {
		return appendOr(b, of(v), func(b []byte, s S) []byte { return appendString(b, string(s)) })
	}
}

func rawOf[T any](of func(*T) json.RawMessage) writer[T] {
	return func(b []byte, v *T) []byte { return appendRaw(b, of(v)) }
}

func intOf[T any](of func(*T) int) writer[T] {
	return func(b []byte, v *T) []byte { return appendInt(b, of(v)) }
}

func intOrNull[T any](of func(*T) *int) writer[T] {
	return func(b []byte, v *T) []byte { return appendOr(b, of(v), appendInt) }
}

func boolOf[T any](of func(*T) bool) writer[T] {
	return func(b []byte, v *T) []byte { return appendBool(b, of(v)) }
}

func timeOf[T any](of func(*T) time.Time) writer[T] {
	return func(b []byte, v *T) []byte { return appendTime(b, of(v)) }
}

func timeOrNull[T any](of func(*T) *time.Time) writer[T] {
	return func(b []byte, v *T) []byte { return appendOr(b, of(v), appendTime) }
}

func dateOrNull[T any](of func(*T) *time.Time) writer[T] {
	return func(b []byte, v *T) []byte { return appendOr(b, of(v), appendDate) }
}
