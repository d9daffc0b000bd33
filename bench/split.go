package main

import (
	"bytes"
	"errors"
	"io"
)

// What stands here finds the edges of JSON values and trusts that the rest is well formed: a floor
// does nothing that it could leave out.

var errCut = errors.New("the JSON ends early")

// member reads one member of an object from at on, which is behind "{" or the value before. Its
// error at the end of the object is [io.EOF].
func member(b []byte, at int) (name string, value []byte, next int, err error) {
	at = skip(b, at, " \t\r\n,")
	if at >= len(b) {
		return "", nil, 0, errCut
	}
	if b[at] == '}' {
		return "", nil, 0, io.EOF
	}
	end := valueEnd(b, at)
	from := skip(b, end, " \t\r\n:")
	next = valueEnd(b, from)
	if end < 0 || next < 0 {
		return "", nil, 0, errCut
	}
	return string(b[at+1 : end-1]), b[from:next], next, nil
}

// elements are the values of an array.
func elements(b []byte) (list [][]byte, err error) {
	for at := 1; ; {
		at = skip(b, at, " \t\r\n,")
		if at >= len(b) {
			return nil, errCut
		}
		if b[at] == ']' {
			return list, nil
		}
		end := valueEnd(b, at)
		if end < 0 {
			return nil, errCut
		}
		list = append(list, b[at:end])
		at = end
	}
}

func skip(b []byte, at int, what string) int {
	for at >= 0 && at < len(b) && bytes.IndexByte([]byte(what), b[at]) >= 0 {
		at++
	}
	return at
}

// valueEnd is the place behind the value that begins at at; -1 if there is none.
func valueEnd(b []byte, at int) int {
	if at < 0 || at >= len(b) {
		return -1
	}
	switch b[at] {
	case '"':
		return textEnd(b, at)
	case '{', '[':
		return nestEnd(b, at)
	}
	for at < len(b) && bytes.IndexByte([]byte(",}] \t\r\n"), b[at]) < 0 {
		at++
	}
	return at
}

// nestEnd is the place behind an object or array.
func nestEnd(b []byte, at int) int {
	for depth := 0; at < len(b); {
		switch b[at] {
		case '"':
			if at = textEnd(b, at); at < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return at + 1
			}
		}
		at++
	}
	return -1
}

// textEnd is the place behind a string.
func textEnd(b []byte, at int) int {
	for at++; ; at++ {
		quote := bytes.IndexByte(b[at:], '"')
		if quote < 0 {
			return -1
		}
		at += quote
		escapes := 0
		for b[at-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return at + 1
		}
	}
}
