package fields

import (
	"bytes"
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"

	"jirasync/db"
)

// keptValue bounds what is kept of a value that could not be read.
const keptValue = 500

// Map is a [db.Mapper]: it fills columns from an issue's document.
func Map(columns []db.MappedColumn, instance int, document []byte) db.MappedRow {
	wanted := make(map[string][]byte, len(columns))
	for _, c := range columns {
		for _, source := range c.Sources {
			if source.InstanceID == instance {
				wanted[source.FieldID] = nil
			}
		}
	}
	if len(wanted) > 0 {
		pick(document, wanted)
	}
	return row(columns, instance, func(field string) []byte { return wanted[field] })
}

// pick takes the wanted members out of a document. Of those named twice the last counts, as in
// jsonb. What comes after broken syntax is not there.
func pick(document []byte, wanted map[string][]byte) {
	decoder := jsontext.NewDecoder(bytes.NewReader(document), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if token, err := decoder.ReadToken(); err != nil || token.Kind() != '{' {
		return
	}
	for decoder.PeekKind() == '"' {
		name, err := decoder.ReadToken()
		if err != nil {
			return
		}
		id := name.String()
		if _, want := wanted[id]; !want {
			if decoder.SkipValue() != nil {
				return
			}
			continue
		}
		value, err := decoder.ReadValue()
		if err != nil {
			return
		}
		wanted[id] = bytes.Clone(value)
	}
}

// row converts the values of an issue. Of several sources of its instance the first that says
// something counts.
func row(columns []db.MappedColumn, instance int, lookUp func(field string) []byte) db.MappedRow {
	r := db.MappedRow{Values: make([]json.RawMessage, len(columns))}
	for n, c := range columns {
		field, raw := source(c, instance, lookUp)
		if raw == nil {
			continue
		}
		value, problem := Convert(raw, c.Type)
		if problem != "" {
			r.Errors = append(r.Errors, db.ConversionError{Column: n, FieldID: field, Value: clip(raw), Problem: problem})
			continue
		}
		r.Values[n] = value
	}
	return r
}

func source(c db.MappedColumn, instance int, lookUp func(field string) []byte) (field string, raw []byte) {
	for _, s := range c.Sources {
		if s.InstanceID != instance {
			continue
		}
		if raw := lookUp(s.FieldID); raw != nil && !isEmpty(raw) {
			return s.FieldID, raw
		}
	}
	return "", nil
}

func clip(raw []byte) string {
	if len(raw) <= keptValue {
		return string(raw)
	}
	return string(bytes.ToValidUTF8(raw[:keptValue], nil))
}
