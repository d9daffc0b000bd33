package query

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzFilter compiles any filter that JSON can say. It is refused with an [InputError] or
// [LimitError], or it becomes a statement in which no text of the filter stands: all of it is
// parameters.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"project": {"eq": "WEB"}}`, `{"not": {"and": [{"or": []}, {"labels": {"in": ["a", null]}}]}}`,
		`{"summary": {"contains": "'; DROP TABLE planted; --"}}`, `{"summary": {"contains": "%_\\"}}`,
		`{"key": {"eq": "\u0000"}}`, `{"created": {"gte": "2026-01-31T00:00:00Z"}, "due": {"isNull": true}}`,
	} {
		f.Add(seed, "planted \"words")
	}
	f.Fuzz(func(t *testing.T, text, search string) {
		var where IssueFilter
		if json.Unmarshal([]byte(text), &where) != nil {
			t.Skip()
		}
		q, err := IssueList{Scope: Everything(), Where: &where, Search: search}.Compile(DefaultLimits())
		if err != nil {
			requireRefusal(t, err)
			return
		}
		statement := q.ListOf([]ProjectRef{{}}, Selection{}, false)
		require.NotContains(t, statement.SQL, "\x00")
		require.NotContains(t, statement.SQL, "DROP TABLE")
		require.NotContains(t, statement.SQL, "planted")
	})
}

// FuzzCursor reads any text as a cursor of any order: it is refused as a cursor, or its place has
// a value for each key.
func FuzzCursor(f *testing.F) {
	orders := [][]IssueOrder{
		nil, {{By: ByPriority, Direction: Ascending}}, {{By: ByDue, Direction: Descending}, {By: BySummary, Direction: Ascending}},
	}
	for n, by := range orders {
		order, err := NewOrder(by, nil)
		require.NoError(f, err)
		f.Add(order.Cursor(func(SortColumn, string) any { return nil }), n)
		f.Add(encodeCursor(order.signature, []any{1, "x", true, 1e300}), n)
	}
	f.Add("", 0)
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`["x",[[[`)), 1)
	f.Fuzz(func(t *testing.T, cursor string, n int) {
		order, err := NewOrder(orders[uint(n)%uint(len(orders))], nil)
		require.NoError(t, err)
		place, err := order.place(cursor)
		if err != nil {
			requireRefusal(t, err)
			return
		}
		require.Len(t, place, len(order.keys))
	})
}

// requireRefusal checks that an error is one for whoever asked.
func requireRefusal(t *testing.T, err error) {
	t.Helper()
	var input *InputError
	var limit *LimitError
	require.True(t, errors.As(err, &input) || errors.As(err, &limit), "%v", err)
	require.NotEmpty(t, err.Error())
}
