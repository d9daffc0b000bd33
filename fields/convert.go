package fields

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"jirasync/jira"
	"jirasync/query"
)

// Convert reads a raw value as a type. The result is JSON as the column takes it: nil where the
// value is empty, or where it cannot be read, which problem then says.
//
//	TEXT         what Jira shows: an option's value ("Parent / Child" when cascading), a person's
//	             display name, a name, a document's text; several of them joined by ", "
//	TEXT_LIST    the same of each value
//	NUMBER       exact, from numbers and texts that are one
//	NUMBER_LIST  the same of each value
//	BOOLEAN      true and false, yes and no, on and off, 1 and 0
//	DATE         the day of a date or, in UTC, of a time
//	TIME         in UTC; a date is its first moment
//	JSON         as Jira sent it
func Convert(raw []byte, t query.ValueType) (value json.RawMessage, problem string) {
	if isEmpty(raw) {
		return nil, ""
	}
	switch t {
	case query.TextField:
		return textJSON(textOf(raw))
	case query.TextListField:
		return textList(raw)
	case query.NumberField:
		return one(raw, numberOf)
	case query.NumberListField:
		return numberList(raw)
	case query.BooleanField:
		return one(raw, booleanOf)
	case query.DateField:
		return one(raw, dateOf)
	case query.TimeField:
		return one(raw, timeOf)
	case query.JSONField:
		return json.RawMessage(raw), ""
	}
	return nil, "the type is unknown"
}

// isEmpty tells a value that says nothing: null, a blank text, a list or object without members,
// a list of nothing but such.
func isEmpty(raw []byte) bool {
	switch kindOf(raw) {
	case 'n', 0:
		return true
	case '"':
		return strings.TrimSpace(unquote(raw)) == ""
	case '[':
		for _, element := range elements(raw) {
			if !isEmpty(element) {
				return false
			}
		}
		return true
	case '{':
		return len(members(raw)) == 0
	}
	return false
}

// one converts the single value, or the only one of a list.
func one(raw []byte, convert func(raw []byte) (json.RawMessage, string)) (json.RawMessage, string) {
	if kindOf(raw) != '[' {
		return convert(raw)
	}
	list := filled(raw)
	if len(list) > 1 {
		return nil, strconv.Itoa(len(list)) + " values where one is wanted"
	}
	return convert(list[0])
}

// filled are the elements of a list that are not empty.
func filled(raw []byte) []jsontext.Value {
	var list []jsontext.Value
	for _, element := range elements(raw) {
		if !isEmpty(element) {
			list = append(list, element)
		}
	}
	return list
}

func textJSON(text string) (json.RawMessage, string) {
	if strings.TrimSpace(text) == "" {
		return nil, ""
	}
	quoted, err := jsontext.AppendQuote(nil, strings.ToValidUTF8(text, "\uFFFD"))
	if err != nil {
		return nil, "not a text"
	}
	return quoted, ""
}

func textList(raw []byte) (json.RawMessage, string) {
	list := []jsontext.Value{raw}
	if kindOf(raw) == '[' {
		list = filled(raw)
	}
	out := []byte{'['}
	for _, element := range list {
		text, problem := textJSON(textOf(element))
		if problem != "" {
			return nil, problem
		}
		if text == nil {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, text...)
	}
	if len(out) == 1 {
		return nil, ""
	}
	return append(out, ']'), ""
}

func numberList(raw []byte) (json.RawMessage, string) {
	list := []jsontext.Value{raw}
	if kindOf(raw) == '[' {
		list = filled(raw)
	}
	out := []byte{'['}
	for _, element := range list {
		number, problem := numberOf(element)
		if problem != "" {
			return nil, problem
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, number...)
	}
	return append(out, ']'), ""
}

// numberOf reads a number as it is written, whatever its precision.
func numberOf(raw []byte) (json.RawMessage, string) {
	const problem = "not a number"
	text := string(raw)
	switch kindOf(raw) {
	case '0':
	case '"', '{':
		text = strings.TrimSpace(textOf(raw))
	default:
		return nil, problem
	}
	number, ok := plainNumber(text)
	if !ok {
		return nil, problem
	}
	return json.RawMessage(number), ""
}

const (
	maxDigits   = 1000 // of a number; PostgreSQL holds more, and honest fields far less
	maxExponent = 400
)

// plainNumber writes a decimal number without an exponent, as jsonb does.
func plainNumber(s string) (string, bool) {
	if s == "" || len(s) > maxDigits || strings.Trim(s, "+-.0123456789eE") != "" {
		return "", false
	}
	mantissa, exponent := s, ""
	if at := strings.IndexAny(s, "eE"); at >= 0 {
		mantissa, exponent = s[:at], s[at+1:]
	}
	digits := strings.TrimLeft(mantissa, "+-")
	if len(mantissa)-len(digits) > 1 {
		return "", false
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	if whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return "", false
	}
	if exponent != "" {
		n, err := strconv.Atoi(exponent)
		if err != nil || n > maxExponent || n < -maxExponent {
			return "", false
		}
		rat, ok := new(big.Rat).SetString(s)
		if !ok {
			return "", false
		}
		text := rat.FloatString(max(0, len(fraction)-n))
		if rat.Sign() == 0 {
			text = strings.TrimPrefix(text, "-")
		}
		return text, true
	} else if mantissa != s {
		return "", false // an e without a number behind it
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	number := whole
	if fraction != "" {
		number += "." + fraction
	}
	if mantissa[0] == '-' && strings.Trim(whole+fraction, "0") != "" {
		number = "-" + number
	}
	return number, true
}

func booleanOf(raw []byte) (json.RawMessage, string) {
	switch strings.ToLower(strings.TrimSpace(textOf(raw))) {
	case "true", "yes", "on", "1", "1.0", "y":
		return json.RawMessage("true"), ""
	case "false", "no", "off", "0", "0.0", "n":
		return json.RawMessage("false"), ""
	}
	return nil, "neither yes nor no"
}

func dateOf(raw []byte) (json.RawMessage, string) {
	text := strings.TrimSpace(textOf(raw))
	at, ok := parseMoment(text, kindOf(raw))
	if !ok {
		return nil, "not a date"
	}
	return json.RawMessage(at.Format(`"` + time.DateOnly + `"`)), ""
}

func timeOf(raw []byte) (json.RawMessage, string) {
	at, ok := parseMoment(strings.TrimSpace(textOf(raw)), kindOf(raw))
	if !ok {
		return nil, "not a time"
	}
	return json.RawMessage(at.Format(`"` + time.RFC3339Nano + `"`)), ""
}

// parseMoment reads what is written as a date or time; a bare number only where Jira sent one, as
// "12" in a text is no moment in 1970.
func parseMoment(text string, kind byte) (time.Time, bool) {
	if kind == '0' {
		text, _, _ = strings.Cut(text, ".")
		return jira.ParseTime(text)
	}
	if len(text) < len(time.DateOnly) || text[4] != '-' || text[7] != '-' {
		return time.Time{}, false
	}
	return jira.ParseTime(text)
}
