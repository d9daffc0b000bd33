package jira

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

const replacement = `\ufffd`

// suspect tells whether JSON text may hold what jsonb refuses: an escaped NUL, an escaped
// surrogate (most stand in pairs, which are fine), bytes outside UTF-8.
func suspect(src []byte) bool {
	for rest := src; ; {
		at := bytes.Index(rest, []byte(`\u`))
		if at < 0 {
			break
		}
		rest = rest[at+2:]
		if len(rest) < 4 {
			break
		}
		if code, ok := hex4(rest); ok && (code == 0 || isSurrogate(code)) {
			return true
		}
	}
	return !utf8.Valid(src)
}

// sanitize replaces in valid JSON text what jsonb refuses by U+FFFD, and counts. A clean
// text is returned as it is, a changed one is a copy.
func sanitize(src []byte) ([]byte, int) {
	out, count := sanitizeEscapes(src)
	if utf8.Valid(out) {
		return out, count
	}
	fixed := make([]byte, 0, len(out)+16)
	for rest := out; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 {
			count++
		}
		fixed = utf8.AppendRune(fixed, r)
		rest = rest[size:]
	}
	return fixed, count
}

func sanitizeEscapes(src []byte) ([]byte, int) {
	out, count := src, 0
	for i := 0; ; {
		at := bytes.IndexByte(src[i:], '\\')
		if at < 0 || i+at+1 >= len(src) {
			return out, count
		}
		i += at
		if src[i+1] != 'u' {
			i += 2
			continue
		}
		code, ok := hex4(src[i+2:])
		if ok && isHigh(code) && pairedAt(src[i+6:]) {
			i += 12
			continue
		}
		if ok && (code == 0 || isSurrogate(code)) {
			if count == 0 {
				out = slices.Clone(src)
			}
			copy(out[i:], replacement)
			count++
		}
		i += 2
	}
}

// pairedAt tells whether the text goes on with an escaped low surrogate.
func pairedAt(rest []byte) bool {
	if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
		return false
	}
	code, ok := hex4(rest[2:])
	return ok && code >= 0xDC00 && code <= 0xDFFF
}

func isSurrogate(code rune) bool { return code >= 0xD800 && code <= 0xDFFF }
func isHigh(code rune) bool      { return code >= 0xD800 && code <= 0xDBFF }

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var code rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			code = code<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			code = code<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			code = code<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return code, true
}
