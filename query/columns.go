package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// ValueType is what a mapped field holds.
type ValueType string

// The types of mapped fields.
const (
	TextField       ValueType = "TEXT"
	NumberField     ValueType = "NUMBER" // exact, of any precision
	BooleanField    ValueType = "BOOLEAN"
	DateField       ValueType = "DATE"
	TimeField       ValueType = "TIME"
	TextListField   ValueType = "TEXT_LIST"
	NumberListField ValueType = "NUMBER_LIST"
	JSONField       ValueType = "JSON"
)

// Column is a mapped field and where its values stand: a column of jira_issue_fields whose id is
// never used again for other values.
type Column struct {
	Name    string
	ID      string
	Type    ValueType
	Retired bool // it answers by name, and is not offered any more
}

// SQLType is the type of the column in PostgreSQL.
func (t ValueType) SQLType() string {
	switch t {
	case TextListField, NumberListField:
		return t.element() + "[]"
	case TextField, NumberField, BooleanField, DateField, TimeField, JSONField:
	}
	return t.element()
}

// element is the SQL type of what the field is compared with.
func (t ValueType) element() string {
	switch t {
	case NumberField, NumberListField:
		return "numeric"
	case BooleanField:
		return "boolean"
	case DateField:
		return "date"
	case TimeField:
		return "timestamptz"
	case JSONField:
		return "jsonb"
	case TextField, TextListField:
	}
	return "text"
}

// Ordered reports whether its values stand in an order that a question may ask for.
func (t ValueType) Ordered() bool { return t != JSONField && !t.List() }

// List reports whether an issue can have several values.
func (t ValueType) List() bool { return t == TextListField || t == NumberListField }

// Columns are the mapped fields that questions can speak of, as they were at one version. Nil has
// none.
type Columns struct {
	Version int64
	byName  map[string]Column
	byID    map[string]Column
	names   []string
	filling map[string]bool
}

// NewColumns makes the set of some mapped fields. Aliases lead from former names to present ones;
// filling are the names of fields that cannot be read yet.
func NewColumns(version int64, columns []Column, aliases map[string]string, filling []string) *Columns {
	c := &Columns{Version: version, byName: map[string]Column{}, byID: map[string]Column{}, filling: map[string]bool{}}
	for _, column := range columns {
		c.byName[column.Name], c.byID[column.ID] = column, column
		if !column.Retired {
			c.names = append(c.names, column.Name)
		}
	}
	slices.Sort(c.names)
	for _, name := range filling {
		c.filling[name] = true
	}
	for alias, name := range aliases {
		if _, taken := c.byName[alias]; taken || c.filling[alias] {
			continue // a present name comes first
		}
		if column, ok := c.byName[name]; ok {
			c.byName[alias] = column
		} else if c.filling[name] {
			c.filling[alias] = true
		}
	}
	return c
}

// Named finds a mapped field by its name, or one it had before.
func (c *Columns) Named(name string) (Column, error) {
	if c == nil {
		return Column{}, inputErrorf("there is no mapped field %q", clip(name))
	}
	if column, ok := c.byName[name]; ok {
		return column, nil
	}
	if c.filling[name] {
		return Column{}, inputErrorf("the mapped field %q is being filled: ask again when its mapping is READY", name)
	}
	if len(c.names) == 0 {
		return Column{}, inputErrorf("there is no mapped field %q: none is mapped yet", clip(name))
	}
	const most = 30
	known, more := c.names, ""
	if len(known) > most {
		known, more = known[:most], fmt.Sprintf(" and %d more", len(known)-most)
	}
	return Column{}, inputErrorf("there is no mapped field %q: known are %s%s", clip(name), strings.Join(known, ", "), more)
}

// ByID finds a mapped field by its column.
func (c *Columns) ByID(id string) (Column, bool) {
	if c == nil {
		return Column{}, false
	}
	column, ok := c.byID[id]
	return column, ok
}

// All are the fields on offer, in order of their names.
func (c *Columns) All() []Column {
	if c == nil {
		return nil
	}
	all := make([]Column, len(c.names))
	for i, name := range c.names {
		all[i] = c.byName[name]
	}
	return all
}

// Filling reports whether the name is of a field that cannot be read yet.
func (c *Columns) Filling(name string) bool { return c != nil && c.filling[name] }

// clip keeps a message about a long name short.
func clip(name string) string {
	const most = 80
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return name
}

// value reads what a field is compared with, as text that PostgreSQL takes for the column's type.
func (c Column) value(raw json.RawMessage) (string, error) {
	bad := func(want string) (string, error) {
		return "", inputErrorf("the field %s is %s: compare it with %s, not %s", c.Name, c.Type, want, clip(string(raw)))
	}
	var text string
	isText := json.Unmarshal(raw, &text) == nil && len(raw) > 0 && raw[0] == '"'
	switch c.Type {
	case TextField, TextListField:
		if !isText {
			return bad("a text")
		}
		return text, storable(c.Name, text)
	case NumberField, NumberListField:
		number := string(raw)
		if isText {
			number = text
		}
		if !isNumber(number) {
			return bad("a number")
		}
		return number, nil
	case BooleanField:
		if s := string(raw); s == "true" || s == "false" {
			return s, nil
		}
		return bad("true or false")
	case DateField:
		if at, err := time.Parse(time.DateOnly, text); !isText || err != nil || at.Year() < 1 { // PostgreSQL has no year 0
			return bad(`a date such as "2026-01-31"`)
		}
		return text, nil
	case TimeField:
		if at, err := time.Parse(time.RFC3339Nano, text); isText && err == nil {
			return at.UTC().Format(time.RFC3339Nano), nil
		}
		if _, err := time.Parse(time.DateOnly, text); isText && err == nil {
			return text + "T00:00:00Z", nil
		}
		return bad(`a time such as "2026-01-31T09:30:00Z"`)
	case JSONField:
		if !json.Valid(raw) || bytes.Contains(raw, []byte(`\u0000`)) {
			return bad("a JSON value without NUL characters")
		}
		return string(raw), nil
	}
	return bad("something else")
}

// isNumber takes what PostgreSQL reads as a numeric, within bounds that no honest value reaches.
func isNumber(s string) bool {
	const longest = 1000
	if len(s) == 0 || len(s) > longest || strings.ContainsAny(s, "_xXpPoObBiInN/") {
		return false
	}
	if at := strings.IndexAny(s, "eE"); at >= 0 {
		exponent := strings.TrimLeft(strings.TrimLeft(s[at+1:], "+-"), "0")
		if len(exponent) > 4 {
			return false
		}
	}
	_, ok := new(big.Rat).SetString(s)
	return ok
}
