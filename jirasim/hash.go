package jirasim

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// HashFields hashes a JSON object by what it means, so that the text that Jira sent and the
// text that a database gives back have one hash: the order of members and white space do
// not count, of a member that comes twice the last one does, and numbers are compared as
// decimals of any length (1.10 is 1.1 and 110e-2, 9007199254740993 is itself). Lone
// surrogates count as U+FFFD. Members named in except are left out at the top.
func HashFields(fields []byte, except ...string) ([32]byte, error) {
	if !json.Valid(fields) {
		return [32]byte{}, fmt.Errorf("hash fields: %w", errNoJSON)
	}
	c := canonical{text: fields, isUTF8: utf8.Valid(fields)}
	for _, name := range except {
		c.except = append(c.except, string(quoted(name)))
	}
	return sha256.Sum256(c.value(make([]byte, 0, len(fields)), 0)), nil
}

var errNoJSON = errors.New("not one JSON value")

// canonical rewrites JSON that is known to be valid.
type canonical struct {
	text   []byte
	at     int
	isUTF8 bool
	except []string // names in quotes
}

// member is where a member of an object stands in the rewritten text.
type member struct{ from, colon, to int }

func (c *canonical) space() {
	for c.at < len(c.text) && c.text[c.at] <= ' ' {
		c.at++
	}
}

// value appends the next value to b.
func (c *canonical) value(b []byte, depth int) []byte {
	c.space()
	switch c.text[c.at] {
	case '{':
		return c.object(b, depth)
	case '[':
		return c.list(b, depth)
	case '"':
		return c.str(b)
	}
	start := c.at
	for c.at < len(c.text) && strings.IndexByte(" \t\r\n,]}", c.text[c.at]) < 0 {
		c.at++
	}
	word := c.text[start:c.at]
	if word[0] == '-' || word[0] >= '0' && word[0] <= '9' {
		return append(b, canonicalNumber(string(word))...)
	}
	return append(b, word...)
}

// more steps over a comma, or over the closing sign and says so.
func (c *canonical) more(closing byte) bool {
	c.space()
	switch c.text[c.at] {
	case closing:
		c.at++
		return false
	case ',':
		c.at++
	}
	c.space()
	return true
}

func (c *canonical) list(b []byte, depth int) []byte {
	c.at++
	b = append(b, '[')
	for first := true; c.more(']'); first = false {
		if !first {
			b = append(b, ',')
		}
		b = c.value(b, depth+1)
	}
	return append(b, ']')
}

func (c *canonical) object(b []byte, depth int) []byte {
	c.at++
	b = append(b, '{')
	start := len(b)
	var members []member
	for c.more('}') {
		m := member{from: len(b)}
		b = c.str(b)
		m.colon = len(b)
		c.space()
		c.at++ // the colon
		b = c.value(append(b, ':'), depth+1)
		m.to = len(b)
		if depth == 0 && slices.Contains(c.except, string(b[m.from:m.colon])) {
			b = b[:m.from]
			continue
		}
		members = append(members, m)
	}
	return append(inOrder(b, start, members), '}')
}

// inOrder sorts the members by name and keeps the last of equal ones.
func inOrder(b []byte, start int, members []member) []byte {
	written := bytes.Clone(b[start:])
	part := func(from, to int) []byte { return written[from-start : to-start] }
	slices.SortStableFunc(members, func(x, y member) int {
		return bytes.Compare(part(x.from, x.colon), part(y.from, y.colon))
	})
	b = b[:start]
	for i, m := range members {
		if i+1 < len(members) && bytes.Equal(part(m.from, m.colon), part(members[i+1].from, members[i+1].colon)) {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(b, part(m.from, m.to)...)
	}
	return b
}

// str appends a string in its one way of writing.
func (c *canonical) str(b []byte) []byte {
	text, plain := quotedAt(c.text[c.at:])
	c.at += len(text)
	if plain && c.isUTF8 {
		return append(b, text...)
	}
	var s string
	if err := json.Unmarshal(text, &s); err != nil { // cannot be: the text is valid
		return append(b, text...)
	}
	return appendString(b, s)
}

// quotedAt is the string that text begins with, in its quotes, and whether it is without escapes.
func quotedAt(text []byte) (quoted []byte, plain bool) {
	end := 1 + bytes.IndexByte(text[1:], '"')
	if bytes.IndexByte(text[:end], '\\') < 0 {
		return text[:end+1], true
	}
	for end = 1; text[end] != '"'; end++ {
		if text[end] == '\\' {
			end++
		}
	}
	return text[:end+1], false
}

// canonicalNumber writes a JSON number as digits without zeros at either end, and a power
// of ten.
func canonicalNumber(text string) string {
	sign := ""
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		sign, text = "-", rest
	}
	power := 0
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		power, _ = strconv.Atoi(strings.TrimPrefix(text[at+1:], "+")) // a number beyond int is no number of Jira's
		text = text[:at]
	}
	if at := strings.IndexByte(text, '.'); at >= 0 {
		power -= len(text) - at - 1
		text = text[:at] + text[at+1:]
	}
	text = strings.TrimLeft(text, "0")
	short := strings.TrimRight(text, "0")
	power += len(text) - len(short)
	if short == "" {
		return "0"
	}
	return sign + short + "e" + strconv.Itoa(power)
}
