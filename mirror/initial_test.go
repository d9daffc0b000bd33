package mirror

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/jira"
)

func TestInitialValuesAreFoldedBack(t *testing.T) {
	t.Parallel()
	k := &knowledge{}
	k.named([]jira.Field{{ID: "customfield_1", Name: "Team"}, {ID: "a", Name: "Twin"}, {ID: "b", Name: "Twin"}})
	at := func(n int, items string) jira.History {
		var changes []jira.Change
		require.NoError(t, json.Unmarshal([]byte(items), &changes))
		return jira.History{ID: int64(n), Created: time.Unix(int64(n), 0), Items: []byte(items), Changes: changes}
	}
	issue := &jira.Issue{
		Key: "NEW-1", ProjectKey: "NEW", ProjectID: 2, Status: jira.Status{ID: 3, Name: "Done"},
		Components: []string{"UI", "API"}, FixVersions: []string{"2.0"}, Labels: []string{"hot"},
		Assignee: &jira.User{ID: "ann", DisplayName: "Ann"},
		Histories: []jira.History{
			at(1, `[{"field":"status","fieldId":"status","from":"1","fromString":"Open","to":"2","toString":"Doing"},
			        {"field":"Component","to":"10","toString":"API"}]`),
			at(2, `[{"field":"status","from":"2","fromString":"Doing","to":"3","toString":"Done"},
			        {"field":"Fix Version","from":"7","fromString":"1.0","to":null,"toString":null},
			        {"field":"Fix Version","from":null,"fromString":null,"to":"8","toString":"2.0"},
			        {"field":"assignee","from":null,"fromString":null,"to":"ann","toString":"Ann"}]`),
			at(3, `[{"field":"Key","fromString":"OLD-9","toString":"NEW-1"},{"field":"Link","to":"X-1","toString":"blocks X-1"},
			        {"field":"Team","from":"5","fromString":"Red","to":"6","toString":"Blue"},
			        {"field":"Twin","fromString":"x","toString":"y"}]`),
		},
	}
	require.JSONEq(t, `{
		"status": {"value": "1", "text": "Open"}, "issuetype": {"value": "0"},
		"project": {"value": "2", "text": "NEW"}, "key": {"text": "OLD-9"}, "assignee": {},
		"components": {"text": ["UI"]}, "fixVersions": {"text": ["1.0"]}, "labels": {"text": "hot"},
		"customfield_1": {"value": "5", "text": "Red"}, "Twin": {"text": "x"}
	}`, string(k.initialValues(issue)))
}

// Jira renames a version everywhere but in the changelog.
func TestInitialValuesKnowRenamedVersionsByTheirIDs(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		now     jira.Issue
		changes string
		want    string // of fixVersions and components; empty: there were none
	}{
		"added, then renamed": {
			jira.Issue{FixVersions: []string{"1.0.1"}, FixVersionIDs: []int64{7}},
			`[{"field":"Fix Version","to":"7","toString":"1.0"}]`, ``,
		},
		"a component": {
			jira.Issue{Components: []string{"Front end"}, ComponentIDs: []int64{3}},
			`[{"field":"Component","to":"3","toString":"UI"}]`, ``,
		},
		"taken off and put back under another name": {
			jira.Issue{FixVersions: []string{"1.0.1"}, FixVersionIDs: []int64{7}},
			`[{"field":"Fix Version","from":"7","fromString":"1.0"},{"field":"Fix Version","to":"7","toString":"1.0.1"}]`,
			`"fixVersions":{"text":["1.0"]},`,
		},
		"another of the same name": {
			jira.Issue{FixVersions: []string{"1.0", "1.0"}, FixVersionIDs: []int64{7, 8}},
			`[{"field":"Fix Version","to":"8","toString":"1.0"}]`, `"fixVersions":{"text":["1.0"]},`,
		},
		"without ids": {
			jira.Issue{FixVersions: []string{"1.0", "2.0"}},
			`[{"field":"Fix Version","to":"8","toString":"2.0"}]`, `"fixVersions":{"text":["1.0"]},`,
		},
		"a changelog without ids": {
			jira.Issue{FixVersions: []string{"1.0", "2.0"}, FixVersionIDs: []int64{7, 8}},
			`[{"field":"Fix Version","toString":"2.0"}]`, `"fixVersions":{"text":["1.0"]},`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			issue := tt.now
			issue.Key = "A-1"
			var changes []jira.Change
			require.NoError(t, json.Unmarshal([]byte(tt.changes), &changes))
			issue.Histories = []jira.History{{ID: 1, Changes: changes}}
			require.JSONEq(t, `{`+tt.want+`"issuetype":{"value":"0"},"key":{"text":"A-1"},"project":{"value":"0"},"status":{"value":"0"}}`,
				string((&knowledge{}).initialValues(&issue)))
		})
	}
}
