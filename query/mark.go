package query

import (
	"encoding/json"
	"time"
)

// Mark is the place of an element in one of the lists that have a single order; each list uses
// the members its order is made of.
type Mark struct {
	Text string
	At   time.Time
	ID   int64
	Item int
}

// Cursor is the opaque form of the place in the named list.
func (m Mark) Cursor(list string) string {
	micros := int64(0)
	if !m.At.IsZero() {
		micros = m.At.UnixMicro()
	}
	return encodeCursor(list, []any{m.Text, micros, m.ID, m.Item})
}

// ParseMark undoes [Mark.Cursor] for the same list. An empty cursor is no place: nil.
func ParseMark(list, cursor string) (*Mark, error) {
	if cursor == "" {
		return nil, nil
	}
	parts, err := decodeCursor(list, cursor, 4)
	if err != nil {
		return nil, err
	}
	var m Mark
	var micros int64
	for n, target := range []any{&m.Text, &micros, &m.ID, &m.Item} {
		if json.Unmarshal(parts[n], target) != nil {
			return nil, badCursor()
		}
	}
	m.At = time.UnixMicro(micros).UTC()
	if storable("cursor", m.Text) != nil || m.At.Year() < -4000 || m.At.Year() > 99_999 || m.Item < 0 || m.Item > 1<<30 {
		return nil, badCursor()
	}
	return &m, nil
}
