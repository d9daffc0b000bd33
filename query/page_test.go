package query_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/query"
)

func TestEmptyCursorIsNone(t *testing.T) {
	t.Parallel()
	size, none, place := 10, "", "x"
	for name, tt := range map[string]struct {
		args query.PageArgs
		page query.Page
	}{
		"before":             {query.PageArgs{Before: &none}, query.Page{Limit: 50}},
		"both":               {query.PageArgs{Before: &none, After: &none}, query.Page{Limit: 50}},
		"before, with first": {query.PageArgs{First: &size, Before: &none}, query.Page{Limit: 10}},
		"after, of the page before a place": {
			query.PageArgs{After: &none, Before: &place}, query.Page{Limit: 50, Backward: true, Before: "x"},
		},
	} {
		page, err := tt.args.Page(query.DefaultLimits())
		require.NoError(t, err)
		require.Equal(t, tt.page, page, name)
	}
}
