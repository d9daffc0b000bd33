package server_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNumbersInTheTextAreExactOrRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	s.mapped()
	mappings, err := s.store.MappingVersion(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.store.FollowMappings(t.Context(), mappings))
	numbers := map[string]bool{ // whether they are exact
		"0.1": true, "-0.000000000000000012345": true, "123456789.012345": true, "1.50e30": true, "0.0": true,
		"9007199254740993": true, "9223372036854775807": true, // of 64 bits, but not as floats
		"12345678901234567.5": false, "0.1234567890123456": false, "1.5e-310": false, "1e-400": false,
		"99999999999999999999": false, "-9223372036854775809": false,
	}
	for number, exact := range numbers {
		s.seed.Exec(`UPDATE jira_sync.jira_issue_fields SET m1_1 = $2::text::numeric WHERE issue_id = $1`, w.web1.ID(), number)
		s.seed.Raise(1, 10)
		s.learn()
		const question = `{ issues(where: {fields: [{name: "story_points", `
		require.Equal(t, "WEB-1", s.keys(question+`eq: "`+number+`"}]}) { nodes { key } } }`), "%s in quotes", number)
		require.Equal(t, "WEB-1", s.keys(`query ($n: JSON) `+question+`eq: $n}]}) { nodes { key } } }`, map[string]any{"n": json.Number(number)}), "%s in a variable", number)
		for _, literal := range []string{"eq: " + number, "in: " + number, "in: [0.2, " + number + "]"} {
			text := question + literal + "}]}) { nodes { key } } }"
			if exact {
				require.Equal(t, "WEB-1", s.keys(text), literal)
				continue
			}
			got := s.ask(text)
			require.Equal(t, "BAD_USER_INPUT", got.code(t), literal)
			require.Contains(t, got.Errors[0].Message, number+" has more digits than a number in the text of an operation keeps: write it in quotes", literal)
		}
	}
	for _, text := range []string{
		`query ($n: JSON = 12345678901234567.5) { issues(where: {fields: [{name: "story_points", eq: $n}]}) { nodes { key } } }`,
		`{ issues(where: {fields: [{name: "story_points", eq: {a: [1, 12345678901234567.5]}}]}) { nodes { key } } }`,
	} {
		require.Contains(t, s.ask(text).raw, "12345678901234567.5 has more digits", text)
	}
}
