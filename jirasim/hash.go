package jirasim

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
)

// HashFields hashes a JSON object by what it means, so that the text that Jira sent and the
// text that a database gives back have one hash: the order of members and white space do
// not count, of a member that comes twice the last one does, and numbers are compared as
// decimals of any length (1.10 is 1.1 and 110e-2, 9007199254740993 is itself). Lone
// surrogates count as U+FFFD. Members named in except are left out at the top.
func HashFields(fields []byte, except ...string) ([32]byte, error) {
	d := json.NewDecoder(bytes.NewReader(fields))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return [32]byte{}, fmt.Errorf("hash fields: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return [32]byte{}, fmt.Errorf("hash fields: more than one value")
	}
	if object, ok := value.(map[string]any); ok {
		for _, name := range except {
			delete(object, name)
		}
	}
	return sha256.Sum256(appendCanonical(nil, value)), nil
}

func appendCanonical(b []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case json.Number:
		return append(b, canonicalNumber(v.String())...)
	case string:
		return appendString(b, v)
	case []any:
		b = append(b, '[')
		for i, one := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCanonical(b, one)
		}
		return append(b, ']')
	}
	object := value.(map[string]any)
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	sort.Strings(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, name)
		b = append(b, ':')
		b = appendCanonical(b, object[name])
	}
	return append(b, '}')
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
