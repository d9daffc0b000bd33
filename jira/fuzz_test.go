package jira

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

func FuzzSprintText(f *testing.F) {
	f.Add("Sprint@1[id=1,state=CLOSED,name=A, [b],goal=x,,startDate=2020-01-02T03:04:05.678Z,endDate=<null>]")
	f.Add("[id=,id=1,name=,state=]")
	f.Add("Sprint@1[rapidViewId=2,name=[T] | 'x',id=77]")
	f.Fuzz(func(t *testing.T, blob string) {
		s, ok := parseSprint(blob)
		if ok {
			require.Contains(t, blob, s.Name)
			require.Contains(t, blob, s.Goal)
		}
	})
}

func FuzzDocument(f *testing.F) {
	f.Add(`{"type":"doc","content":[{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"text","text":"a"}]}]}]}`)
	f.Add(`{"type":"table","content":[{"type":"tableRow","content":[null,{"content":[7]}]}]}`)
	f.Add(`{"content":{"content":[]},"attrs":7}`)
	f.Fuzz(func(t *testing.T, doc string) {
		text := renderDocument([]byte(doc))
		require.Equal(t, strings.TrimSpace(text), text)
	})
}

func FuzzPage(f *testing.F) {
	f.Add([]byte(`{"issues":[{"id":"1","key":"A-1","fields":{"created":"2024-05-06","summary":"\u0000\ud800","n":1.10}}],"total":1}`))
	f.Add([]byte(`{"issues":[7,{"fields":[]},{"id":1,"key":"A-1","fields":{"created":"x","updated":"2024-05-06T07:08:09.000+0000","comment":{"comments":[{"id":1,"body":{}}]}}}]}`))
	f.Add([]byte(`{"issues" : [ { "id":"1", "key":"K", "fields" : { "created" : 1714979289000 , "worklog":{"worklogs":[null]}, "customfield_1":["[id=1]"] } } ] }`))
	special := specialOf([]Field{{ID: "customfield_1", SchemaCustom: sprintSchema}})
	f.Fuzz(func(t *testing.T, body []byte) {
		page, err := decodePage(body, special, withFields)
		if err != nil {
			return
		}
		require.Equal(t, page.came, len(page.issues)+len(page.broken))
		for _, issue := range page.issues {
			require.True(t, issue.Fields.IsValid(lenient), string(issue.Fields))
			require.Equal(t, jsontext.Kind('{'), issue.Fields.Kind())
			require.False(t, suspectForGood(issue.Fields), string(issue.Fields))
			require.NotEmpty(t, issue.Key)
			require.False(t, issue.Created.IsZero() && issue.Updated.IsZero())
		}
	})
}

func FuzzSanitize(f *testing.F) {
	f.Add(`"\u0000\ud83d\ude00\ud83d\\u0000"`)
	f.Add("\"\xff\xed\xa0\x80\"")
	f.Fuzz(func(t *testing.T, src string) {
		if !jsontext.Value(src).IsValid(lenient) {
			return
		}
		clean, n := sanitize([]byte(src))
		require.Equal(t, n == 0, string(clean) == src)
		require.False(t, suspectForGood(clean), string(clean))
		require.True(t, json.Valid(clean))
		_, again := sanitize(clean)
		require.Zero(t, again)
	})
}

// suspectForGood tells whether JSON text holds what jsonb refuses, by decoding it.
func suspectForGood(src jsontext.Value) bool {
	if !utf8.Valid(src) {
		return true
	}
	d := jsontext.NewDecoder(strings.NewReader(string(src)), jsontext.AllowDuplicateNames(true)) // strict on surrogates
	for {
		token, err := d.ReadToken()
		if err != nil {
			return err.Error() != "EOF"
		}
		if token.Kind() == '"' && strings.ContainsRune(token.String(), 0) {
			return true
		}
	}
}
