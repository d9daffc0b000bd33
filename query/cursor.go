package query

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"time"
)

// A cursor is the place of an element in one order: its values in that order's columns. The
// checksum tells a mistyped one from an honest one; whoever forges one only chooses where their
// own page starts.

// badCursor is said of every cursor that does not fit.
func badCursor() error {
	return inputErrorf("the cursor does not belong to this list in this order: pass back what pageInfo or an edge gave, unchanged")
}

// encodeCursor makes the opaque form of a list's name and the values of a place.
func encodeCursor(list string, values []any) string {
	raw, err := json.Marshal(append([]any{list}, values...))
	if err != nil { // strings and numbers
		panic(err)
	}
	sealed := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(raw)), crc32.ChecksumIEEE(raw))
	return base64.RawURLEncoding.EncodeToString(append(sealed, raw...))
}

// decodeCursor undoes encodeCursor for the same list and number of values.
func decodeCursor(list, cursor string, values int) ([]json.RawMessage, error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(sealed) < 4 || binary.BigEndian.Uint32(sealed) != crc32.ChecksumIEEE(sealed[4:]) {
		return nil, badCursor()
	}
	var parts []json.RawMessage
	var name string
	if json.Unmarshal(sealed[4:], &parts) != nil || len(parts) != values+1 ||
		json.Unmarshal(parts[0], &name) != nil || name != list {
		return nil, badCursor()
	}
	return parts[1:], nil
}

// Cursor is the opaque place of an issue. The function gives the issue's value in a column: a
// time, a number or a text, nil where it has none; of a mapped field, which column says, its JSON.
func (o Order) Cursor(value func(c SortColumn, column string) any) string {
	values := make([]any, len(o.keys))
	for n, k := range o.keys {
		id := ""
		if k.mapped != nil {
			id = k.mapped.ID
		}
		v := value(k.column, id)
		if at, isTime := v.(time.Time); isTime {
			v = at.UnixMicro()
		}
		values[n] = v
	}
	return encodeCursor(o.signature, values)
}

// Columns are what [Order.Cursor] will ask for.
func (o Order) Columns() []SortColumn {
	columns := make([]SortColumn, len(o.keys))
	for n, k := range o.keys {
		columns[n] = k.column
	}
	return columns
}

// place reads a cursor of this order.
func (o Order) place(cursor string) ([]any, error) {
	parts, err := decodeCursor(o.signature, cursor, len(o.keys))
	if err != nil {
		return nil, err
	}
	place := make([]any, len(parts))
	for n, part := range parts {
		if string(part) == "null" {
			if !o.keys[n].nullable {
				return nil, badCursor()
			}
			continue
		}
		if place[n], err = o.keys[n].value(part); err != nil {
			return nil, err
		}
	}
	return place, nil
}

func (k sortKey) value(part json.RawMessage) (any, error) {
	switch k.column {
	case SortMapped:
		text, err := k.mapped.value(part)
		if err != nil {
			return nil, badCursor()
		}
		return text, nil
	case SortStatus, SortSummary, SortProjectKey:
		var text string
		if json.Unmarshal(part, &text) != nil || storable("cursor", text) != nil {
			return nil, badCursor()
		}
		return text, nil
	case SortUpdated, SortCreated, SortResolved, SortDue:
		var micros int64
		if json.Unmarshal(part, &micros) != nil {
			return nil, badCursor()
		}
		at := time.UnixMicro(micros).UTC()
		if at.Year() < -4000 || at.Year() > 99_999 {
			return nil, badCursor()
		}
		return at, nil
	case SortPriority, SortCategory, SortKeyNumber, SortRelevance:
		var n int32
		if json.Unmarshal(part, &n) != nil {
			return nil, badCursor()
		}
		return n, nil
	case SortIssueID:
		var n int64
		if json.Unmarshal(part, &n) != nil {
			return nil, badCursor()
		}
		return n, nil
	}
	return nil, badCursor()
}
