package graph_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/graph"
)

// codeOf is the code of a refusal, or nothing.
func codeOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	refused := new(graph.RefusedError)
	require.ErrorAs(t, err, &refused)
	return refused.Code
}

func TestVariablesAreReadBeforeTheyAreDecoded(t *testing.T) {
	t.Parallel()
	limits := graph.DocumentLimits{Depth: 20, List: 5000}
	list := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(`"A-1",`, n), ",") + "]" }
	in := func(n int) string { return `{"f":{"key":{"in":` + list(n) + `}}}` }
	or := func(depth int) string {
		return `{"f":` + strings.Repeat(`{"or":[`, depth-1) + `{"key":{"in":["A-1"]}}` + strings.Repeat("]}", depth-1) + "}"
	}
	for name, tt := range map[string]struct{ variables, code, says string }{
		"none":                                   {"", "", ""},
		"an empty object":                        {"{}", "", ""},
		"a list as long as may be":               {in(5000), "", ""},
		"a longer list, whose reader names it":   {in(5001), "", ""},
		"four of the longest lists":              {`{"a":` + list(5000) + `,"b":` + list(5000) + `,"c":` + list(5000) + `,"d":` + list(5000) + "}", "", ""},
		"20 of them":                             {`{"a":[` + strings.Repeat(list(4900)+",", 19) + list(4900) + "]}", "QUERY_TOO_COMPLEX", "values in the variables: at most 25000 "},
		"empty objects":                          {`{"f":{"or":[` + strings.Repeat("{},", 25_000) + "{}]}}", "QUERY_TOO_COMPLEX", "at most 25000 "},
		"members of an object":                   {`{"f":{` + strings.Repeat(`"a":1,`, 25_000) + `"a":1}}`, "QUERY_TOO_COMPLEX", "at most 25000 "},
		"names are no values":                    {`{"f":[` + strings.Repeat(`{"a":1},`, 12_400) + "{}]}", "", ""},
		"filters as deep as may be, by lists":    {or(20), "", ""},
		"a deeper filter, whose reader names it": {or(21), "", ""},
		"much deeper":                            {or(50), "QUERY_TOO_DEEP", "at most 20 "},
		"brackets":                               {`{"x":` + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + "}", "QUERY_TOO_DEEP", "at most 20 "},
		"no JSON":                                {`{"x":`, "BAD_USER_INPUT", "variables must be"},
		"a name twice, half a letter":            {`{"x":1,"x":"` + "\xff" + `"}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := graph.CheckVariables([]byte(tt.variables), limits)
			require.Equal(t, tt.code, codeOf(t, err), "%v", err)
			if err != nil {
				require.Contains(t, err.Error(), tt.says)
			}
		})
	}
}

func TestVariablesMayHoldMoreWhereListsMayBeLonger(t *testing.T) {
	t.Parallel()
	longest := `{"f":{"key":{"in":[` + strings.Repeat(`"A-1",`, 49_999) + `"A-1"]}}}`
	require.NoError(t, graph.CheckVariables([]byte(longest), graph.DocumentLimits{Depth: 20, List: 50_000}))
	conditions := `{"f":{"or":[` + strings.Repeat(`{"type":{"eq":"Bug"}},`, 499) + "{}]}}"
	require.NoError(t, graph.CheckVariables([]byte(conditions), graph.DocumentLimits{Depth: 20, List: 3}))
}
