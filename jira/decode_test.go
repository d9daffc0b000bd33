package jira

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// decodeOne reads an issue with the given fields, and keeps nothing of its text.
func decodeOne(t *testing.T, fields string, beside ...string) Issue {
	t.Helper()
	text := `{"id":"1","key":"OPS-1","fields":{"created":"2024-05-06T07:08:09.123+0000","updated":"2024-05-06T07:08:10.000+0200"`
	if fields != "" {
		text += "," + fields
	}
	text += "}" + strings.Join(beside, "") + "}"
	require.True(t, json.Valid([]byte(text)), text)
	special := specialOf([]Field{{ID: "customfield_1", SchemaCustom: sprintSchema}, {ID: "customfield_2", SchemaCustom: epicLinkSchema}})
	page, err := decodePage([]byte(`{"issues":[`+text+`]}`), special, withFields)
	require.NoError(t, err)
	require.Empty(t, page.broken)
	require.Len(t, page.issues, 1)
	return page.issues[0]
}

func TestAnIssueIsDecoded(t *testing.T) {
	t.Parallel()
	i := decodeOne(t, `
		"summary":"S","description":"h1. wiki","project":{"id":"10","key":"OPS","name":"Operations"},
		"issuetype":{"id":"3","name":"Task","subtask":true,"iconUrl":"i"},
		"status":{"id":"5","name":"Doing","statusCategory":{"id":4,"key":"indeterminate"}},
		"priority":{"id":"2","name":"High"},"resolution":{"name":"Fixed"},"resolutiondate":"2024-06-01T00:00:00.000+0000",
		"assignee":{"accountId":"a","displayName":"Ann","emailAddress":"a@x","active":true,"avatarUrls":{"48x48":"u"}},
		"reporter":{"name":"bob","key":"JIRAUSER1","displayName":"Bob"},"creator":{"name":"carl"},
		"labels":["x","y"],"components":[{"id":"31","name":"API"}],"fixVersions":[{"id":"","name":""},{"id":41,"name":"1.0"}],"versions":[{"name":"0.9"}],
		"duedate":"2024-07-01","timespent":3600,"parent":{"id":"7","key":"OPS-7","fields":{"issuetype":{"name":"Epic"}}},
		"issuelinks":[{"id":"8","type":{"name":"Blocks","inward":"is blocked by","outward":"blocks"},"inwardIssue":{"id":"9","key":"OPS-9"}},
			{"id":"80","type":{"name":"Blocks","inward":"is blocked by","outward":"blocks"},"outwardIssue":{"id":"90","key":"OPS-90"}}],
		"comment":{"total":1,"comments":[{"id":"11","author":{"accountId":"a"},"body":"hi","created":"2024-05-06T07:08:09.000+0000"}]},
		"worklog":{"total":1,"worklogs":[{"id":"12","timeSpentSeconds":60,"started":"2024-05-06T07:08:09.000+0000"}]},
		"attachment":[{"id":13,"filename":"f.txt","size":5,"mimeType":"text/plain","created":"2024-05-06T07:08:09.000+0000"}]`,
		`,"changelog":{"total":2,"histories":[
			{"id":"21","created":"2024-05-07T00:00:00.000+0000","items":[{"field":"status","to":"5"}]},
			{"id":"20","created":"2024-05-06T00:00:00.000+0000","author":{"key":"k"},"items":[]}]}`)
	require.Equal(t, time.Date(2024, 5, 6, 7, 8, 9, 123e6, time.UTC), i.Created)
	require.Equal(t, time.Date(2024, 5, 6, 5, 8, 10, 0, time.UTC), i.Updated)
	require.Equal(t, IssueType{ID: 3, Name: "Task", Subtask: true, IconURL: "i"}, i.Type)
	require.Equal(t, Status{ID: 5, Name: "Doing", Category: "IN_PROGRESS"}, i.Status)
	require.Equal(t, &Priority{ID: 2, Name: "High"}, i.Priority)
	require.Equal(t, "Fixed", i.Resolution)
	require.Equal(t, &User{ID: "a", DisplayName: "Ann", Email: "a@x", Active: true, AvatarURL: "u"}, i.Assignee)
	require.Equal(t, "JIRAUSER1", i.Reporter.ID)
	require.Equal(t, "carl", i.Creator.ID)
	require.Equal(t, []string{"x", "y"}, i.Labels)
	require.Equal(t, []string{"API"}, i.Components)
	require.Equal(t, []string{"1.0"}, i.FixVersions)
	require.Equal(t, []string{"0.9"}, i.AffectsVersions)
	require.Equal(t, [][]int64{{31}, {41}, {0}}, [][]int64{i.ComponentIDs, i.FixVersionIDs, i.AffectsVersionIDs})
	require.Equal(t, time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC), *i.Due)
	require.Equal(t, 3600, *i.TimeSpentSeconds)
	require.Equal(t, "OPS-7", i.ParentKey)
	require.Equal(t, "OPS-7", i.EpicKey)
	require.Equal(t, []Link{
		{ID: 8, Type: "Blocks", Text: "is blocked by", Direction: Inward, OtherID: 9, OtherKey: "OPS-9"},
		{ID: 80, Type: "Blocks", Text: "blocks", Direction: Outward, OtherID: 90, OtherKey: "OPS-90"},
	}, i.Links)
	require.Equal(t, "hi", i.Comments[0].Body)
	require.EqualValues(t, 1, i.Worklogs[0].IssueID)
	require.EqualValues(t, 13, i.Attachments[0].ID)
	require.EqualValues(t, 20, i.Histories[0].ID, "oldest first")
	require.Equal(t, `[{"field":"status","to":"5"}]`, string(i.Histories[1].Items))
	require.Equal(t, []Change{{Field: "status", To: "5"}}, i.Histories[1].Changes)
	require.False(t, i.HistoriesCut || i.CommentsCut || i.WorklogsCut)
	require.Empty(t, i.Notes)
}

func TestFieldsStayAsJiraSentThem(t *testing.T) {
	t.Parallel()
	const exact = `"a":9007199254740993,"b":1.10,"c":1e1000,"d":null,"e":"\u00e9\/\ud83d\ude00","f":{"z":1,"y":[]},"z":"<&>"`
	i := decodeOne(t, exact)
	require.Equal(t, `{"created":"2024-05-06T07:08:09.123+0000","updated":"2024-05-06T07:08:10.000+0200",`+exact+`}`, string(i.Fields))
	require.Zero(t, i.Replaced)
}

func TestFieldsOfASpaciousWriterAreCompacted(t *testing.T) {
	t.Parallel()
	page, err := decodePage([]byte("{ \"issues\" : [ {\n\"id\": 1, \"key\": \"A-1\",\n \"fields\": { \"created\": \"2024-05-06\",\n\t\"x\": [ 1.10 ] }\n} ] }"), nil, withFields)
	require.NoError(t, err)
	require.Equal(t, `{"created":"2024-05-06","x":[1.10]}`, string(page.issues[0].Fields))
}

func TestWhatJSONBRefusesIsReplacedAndCounted(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in, out string
		n       int
	}{
		"a NUL":                     {`a\u0000b`, `a\ufffdb`, 1},
		"a lone high surrogate":     {`\ud83d!`, `\ufffd!`, 1},
		"a lone low surrogate":      {`\uDE00`, `\ufffd`, 1},
		"two high ones":             {`\ud83d\ud83d\ude00`, `\ufffd\ud83d\ude00`, 1},
		"a pair":                    {`\ud83d\ude00`, `\ud83d\ude00`, 0},
		"a pair in capitals":        {`\uD83D\uDE00`, `\uD83D\uDE00`, 0},
		"an escaped backslash":      {`\\u0000`, `\\u0000`, 0},
		"a NUL behind a backslash":  {`\\\u0000`, `\\\ufffd`, 1},
		"a byte outside UTF-8":      {"a\xffb", "a\ufffdb", 1},
		"a surrogate in UTF-8":      {"\xed\xa0\x80", "\ufffd\ufffd\ufffd", 3},
		"several":                   {`\u0000\u0000\udfff`, `\ufffd\ufffd\ufffd`, 3},
		"other escapes":             {`\n\u0001\"`, `\n\u0001\"`, 0},
		"the replacement character": {`\ufffd`, `\ufffd`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := decodeOne(t, `"summary":"`+tt.in+`"`)
			require.Contains(t, string(i.Fields), `"summary":"`+tt.out+`"`)
			require.Equal(t, tt.n, i.Replaced)
			require.NotContains(t, i.Summary, "\x00")
		})
	}
}

func TestOnlyTheDirtyIssueOfAPageIsCounted(t *testing.T) {
	t.Parallel()
	issue := func(key, summary string) string {
		return `{"id":"1","key":"` + key + `","fields":{"created":"2024-05-06","summary":"` + summary + `"}}`
	}
	page, err := decodePage([]byte(`{"issues":[`+issue("A-1", "ok")+`,`+issue("A-2", `\u0000`)+`,`+issue("A-3", "é")+`]}`), nil, withFields)
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 0}, []int{page.issues[0].Replaced, page.issues[1].Replaced, page.issues[2].Replaced})
	require.Equal(t, "é", page.issues[2].Summary)
}

// Each of these killed a page, or a field, in other tools.
func TestOddValuesAreTolerated(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fields string
		check  func(t *testing.T, i Issue)
	}{
		"a document instead of text (X1)": {
			`"description":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Hi"}]}]}`,
			func(t *testing.T, i Issue) { require.Equal(t, "Hi", i.Description) },
		},
		"option objects (X2)": {
			`"customfield_7":{"self":"x","value":"Red","id":"1","child":{"value":"Dark"}}`,
			func(t *testing.T, i Issue) { require.Contains(t, string(i.Fields), `"child":{"value":"Dark"}`) },
		},
		"components in another shape (X3)": {
			`"components":["API",{"name":"UI"},null,7,{"id":"x"}]`,
			func(t *testing.T, i Issue) { require.Equal(t, []string{"API", "UI", "7"}, i.Components) },
		},
		"no updated (X4)": {
			`"updated":null`,
			func(t *testing.T, i Issue) { require.Equal(t, i.Created, i.Updated) },
		},
		"a bad datetime (X5)": {
			`"resolutiondate":"0000-00-00","duedate":"","updated":"?"`,
			func(t *testing.T, i Issue) {
				require.Nil(t, i.Resolved)
				require.Nil(t, i.Due)
				require.Equal(t, i.Created, i.Updated)
				require.Len(t, i.Notes, 2)
			},
		},
		"an epic link (X6)": {
			`"customfield_2":"OPS-50","parent":{"id":"7","key":"OPS-7"}`,
			func(t *testing.T, i Issue) { require.Equal(t, "OPS-50", i.EpicKey) },
		},
		"null everywhere": {
			`"summary":null,"description":null,"project":null,"issuetype":null,"status":null,"priority":null,"resolution":null,` +
				`"assignee":null,"reporter":null,"labels":null,"components":null,"duedate":null,"timespent":null,"parent":null,` +
				`"issuelinks":null,"comment":null,"worklog":null,"attachment":null,"customfield_1":null,"customfield_2":null`,
			func(t *testing.T, i Issue) {
				require.Equal(t, "OPS", i.ProjectKey)
				require.Equal(t, "UNKNOWN", i.Status.Category)
				require.Nil(t, i.Priority)
				require.Equal(t, -1, i.CommentTotal)
				require.Empty(t, i.Notes)
			},
		},
		"wrong types everywhere": {
			`"summary":7,"description":false,"project":"OPS","issuetype":[],"status":"Open","priority":3,"resolution":"Done",` +
				`"assignee":"bob","labels":"x","components":{},"duedate":20240101,"timespent":3600.0,"parent":1,` +
				`"issuelinks":{},"comment":[],"worklog":"","attachment":[1,"2"],"customfield_1":7,"customfield_2":{}`,
			func(t *testing.T, i Issue) {
				require.Equal(t, "7", i.Summary)
				require.Equal(t, "Done", i.Resolution)
				require.Equal(t, 3600, *i.TimeSpentSeconds)
				require.Nil(t, i.Assignee)
			},
		},
		"a million weeks of work": {
			`"timespent":604800000000,"worklog":{"total":1,"worklogs":[{"id":"1","started":"2024-05-06T07:08:09.000+0000","timeSpentSeconds":604800000000}]}`,
			func(t *testing.T, i Issue) {
				require.Equal(t, math.MaxInt32, *i.TimeSpentSeconds)
				require.Equal(t, math.MaxInt32, i.Worklogs[0].TimeSpentSeconds)
			},
		},
		"a name twice": {
			`"summary":"first","labels":["a"],"summary":"last","labels":["b"]`,
			func(t *testing.T, i Issue) {
				require.Equal(t, "last", i.Summary)
				require.Equal(t, []string{"b"}, i.Labels)
			},
		},
		"an archived issue": {
			`"archiveddate":"2024-01-01T00:00:00.000+0000"`,
			func(t *testing.T, i Issue) { require.True(t, i.Archived) },
		},
		"a user without an id": {
			`"assignee":{"displayName":"Former user"}`,
			func(t *testing.T, i Issue) { require.Nil(t, i.Assignee) },
		},
		"sprints of Cloud": {
			`"customfield_1":[{"id":3,"name":"S","state":"Active","boardId":9,"startDate":"2024-05-06T07:08:09.000Z","goal":""},null]`,
			func(t *testing.T, i Issue) {
				require.Len(t, i.Sprints, 1)
				require.Equal(t, "active", i.Sprints[0].State)
				require.EqualValues(t, 9, i.Sprints[0].BoardID)
				require.NotNil(t, i.Sprints[0].Start)
				require.Nil(t, i.Sprints[0].End)
			},
		},
		"sprints of Data Center": {
			`"customfield_1":["com.atlassian.greenhopper.service.sprint.Sprint@1[id=3,state=CLOSED,name=S]"]`,
			func(t *testing.T, i Issue) { require.Equal(t, "S", i.Sprints[0].Name) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.check(t, decodeOne(t, tt.fields))
		})
	}
}

// X7: null inside a changelog is not the same as nothing.
func TestHistoriesKeepNull(t *testing.T) {
	t.Parallel()
	i := decodeOne(t, "", `,"changelog":{"histories":[{"id":1,"items":[{"field":"x","from":null,"n":1.10}]},{"id":2,"items":null}]}`)
	require.Equal(t, `[{"field":"x","from":null,"n":1.10}]`, string(i.Histories[0].Items))
	require.Equal(t, `[]`, string(i.Histories[1].Items))
}

func TestListsThatCameCutAreMarked(t *testing.T) {
	t.Parallel()
	i := decodeOne(t, `"comment":{"total":3,"comments":[{"id":1}]},"worklog":{"maxResults":1,"worklogs":[{"id":1}]}`,
		`,"changelog":{"startAt":0,"maxResults":1,"total":5000,"histories":[{"id":1}]}`)
	require.True(t, i.CommentsCut)
	require.True(t, i.WorklogsCut, "without a total, a full list may be a cut one")
	require.True(t, i.HistoriesCut)
	require.Equal(t, 5000, i.HistoryTotal)
}

func TestTimesAreReadInEachForm(t *testing.T) {
	t.Parallel()
	want := time.Date(2023, 7, 27, 6, 13, 47, 0, time.UTC)
	for _, s := range []string{
		"2023-07-27T06:13:47.000+0000", "2023-07-27T06:13:47+0000", "2023-07-27T08:13:47.000+0200", "2023-07-27T06:13:47Z",
		"2023-07-27T06:13:47.000Z", "2023-07-27T06:13:47", "2023-07-27 06:13:47", "2023-07-27T02:13:47-04:00", "1690438427000", "1690438427",
		" 2023-07-27T06:13:47.000+0000 ",
	} {
		got, ok := parseTime(s)
		require.True(t, ok, s)
		require.Equal(t, want, got, s)
	}
	for _, s := range []string{"", "0", "soon", "<null>", "2023-13-01", "9999999999999999", "2023-07-27T25:00:00Z", "12/Jul/18 2:15 PM"} {
		_, ok := parseTime(s)
		require.False(t, ok, s)
	}
}
