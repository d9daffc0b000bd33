package jira

import (
	"bytes"
	"cmp"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The types of this file read a JSON value of any kind without a semantic error: what does
// not fit is zero. Plugins and old servers send numbers as strings, objects as null and
// dates as "", and none of that may cost an issue. Only broken syntax is an error.

// lenient accepts what Jira sends: members named twice (the last counts, as in jsonb) and
// bytes outside UTF-8.
var lenient = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// text is a string; a number or a boolean as it is written; else empty.
type text string

func (t *text) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*t = ""
	switch d.PeekKind() {
	case '"':
		token, err := d.ReadToken()
		if err == nil {
			*t = text(token.String())
		}
		return err
	case '0', 't', 'f':
		value, err := d.ReadValue()
		*t = text(value)
		return err
	default:
		return d.SkipValue()
	}
}

// number is an integer, written as a number or as a string; fractions are cut.
type number struct {
	N  int64
	OK bool
}

func (n *number) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*n = number{}
	if kind := d.PeekKind(); kind != '"' && kind != '0' {
		return d.SkipValue()
	}
	value, err := d.ReadValue()
	if err != nil {
		return err
	}
	plain := bytes.Trim(value, `"`)
	if i, err := strconv.ParseInt(string(plain), 10, 64); err == nil { // nearly all, without a copy
		*n = number{i, true}
		return nil
	}
	if value.Kind() == '"' {
		plain, _ = jsontext.AppendUnquote(nil, value) // an odd text is no number either
	}
	*n = parseNumber(string(plain))
	return nil
}

// seconds is a duration. Somebody logs a million weeks by mistake: beyond 68 years it counts as 68, which
// is what the columns and GraphQL's Int hold.
func (n number) seconds() int { return int(min(max(n.N, math.MinInt32), math.MaxInt32)) }

func parseNumber(s string) number {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return number{i, true}
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(f) < 1<<53 {
		return number{int64(f), true}
	}
	return number{}
}

// flag is a boolean, written as such or as a string.
type flag bool

func (f *flag) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var t text
	err := t.UnmarshalJSONFrom(d)
	*f = t == "true"
	return err
}

// moment is a point in time. Sent tells whether anything but null was there.
type moment struct {
	T    time.Time
	OK   bool
	Sent bool
}

func (m *moment) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	kind := d.PeekKind()
	var t text
	err := t.UnmarshalJSONFrom(d)
	*m = moment{Sent: kind != 'n'}
	m.T, m.OK = parseTime(string(t))
	return err
}

// pointer is nil unless a time was read.
func (m *moment) pointer() *time.Time {
	if !m.OK {
		return nil
	}
	return &m.T
}

// object is a JSON object; OK is false for anything else.
type object[T any] struct {
	V  T
	OK bool
}

func (o *object[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*o = object[T]{}
	if d.PeekKind() != '{' {
		return d.SkipValue()
	}
	o.OK = true
	return json.UnmarshalDecode(d, &o.V)
}

// list is a JSON array; anything else is an empty one.
type list[T any] []T

func (l *list[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*l = nil
	if d.PeekKind() != '[' {
		return d.SkipValue()
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		var element T
		if err := json.UnmarshalDecode(d, &element); err != nil {
			return err
		}
		*l = append(*l, element)
	}
	_, err := d.ReadToken()
	return err
}

// sentList is a list that tells an empty array from none.
type sentList[T any] struct {
	V  list[T]
	OK bool
}

func (l *sentList[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	l.OK = d.PeekKind() == '['
	return l.V.UnmarshalJSONFrom(d)
}

// named is the name of a thing that is an object with a name, or its name alone.
type named string

func (n *named) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*n = ""
	if d.PeekKind() != '{' {
		return (*text)(n).UnmarshalJSONFrom(d)
	}
	var v struct {
		Name  text `json:"name"`
		Value text `json:"value"`
	}
	err := json.UnmarshalDecode(d, &v)
	*n = named(v.Name)
	if v.Name == "" {
		*n = named(v.Value)
	}
	return err
}

// namedPart is named, with the id where there is one.
type namedPart struct {
	name named
	id   int64
}

func (p *namedPart) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*p = namedPart{}
	if d.PeekKind() != '{' {
		return p.name.UnmarshalJSONFrom(d)
	}
	var v struct {
		ID    number `json:"id"`
		Name  text   `json:"name"`
		Value text   `json:"value"`
	}
	err := json.UnmarshalDecode(d, &v)
	p.id, p.name = v.ID.N, named(cmp.Or(v.Name, v.Value))
	return err
}

// prose is text that is a string on Data Center and a document on Cloud.
type prose string

func (p *prose) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*p = ""
	if d.PeekKind() != '{' {
		return (*text)(p).UnmarshalJSONFrom(d)
	}
	value, err := d.ReadValue()
	if err == nil {
		*p = prose(renderDocument(value))
	}
	return err
}

// names keeps what is not empty.
func names[T ~string](list []T) []string {
	var out []string
	for _, name := range list {
		if name != "" {
			out = append(out, string(name))
		}
	}
	return out
}
