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
