package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPageIsSplitIntoItsDocuments(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		page   string
		issues []string
		token  string
		total  int
	}{
		"Cloud":              {`{"issues":[{"id":"1"},{"id":"2"}],"nextPageToken":"a\"b","isLast":false}`, []string{`{"id":"1"}`, `{"id":"2"}`}, `a"b`, 0},
		"Data Center":        {`{"startAt":0,"total":7, "issues" : [ {"id":"1"} ]}`, []string{`{"id":"1"}`}, "", 7},
		"brackets in texts":  {`{"issues":[{"a":"]}\\"},{"b":"\"}["}]}`, []string{`{"a":"]}\\"}`, `{"b":"\"}["}`}, "", 0},
		"nested":             {`{"names":{"issues":[1]},"issues":[{"a":[{"b":{}}]}]}`, []string{`{"a":[{"b":{}}]}`}, "", 0},
		"none":               {`{"issues":[],"total":0}`, nil, "", 0},
		"values of any kind": {`{"a":null,"b":true,"c":-1.5e3,"issues":[{}]}`, []string{`{}`}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := splitPage([]byte(tt.page))
			require.NoError(t, err)
			var issues []string
			for _, issue := range p.issues {
				issues = append(issues, string(issue))
			}
			require.Equal(t, tt.issues, issues)
			require.Equal(t, tt.token, p.token)
			require.Equal(t, tt.total, p.total)
		})
	}
}

func TestAPageThatIsCutIsRefused(t *testing.T) {
	t.Parallel()
	whole := `{"startAt":0,"issues":[{"id":"1","fields":{"a":"b\"c"}}],"total":1}`
	for n := 1; n < len(whole); n++ {
		_, err := splitPage([]byte(whole[:n]))
		require.Error(t, err, "%s", whole[:n])
	}
}
