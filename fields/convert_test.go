package fields_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/fields"
	"jirasync/query"
)

func TestConvert(t *testing.T) {
	t.Parallel()
	const (
		option    = `{"self":"https://j/1","value":"S1 - Critical","id":"1"}`
		cascading = `{"value":"EMEA","id":"1","child":{"value":"Germany","id":"2"}}`
		user      = `{"accountId":"5b1","displayName":"Ann Ó \"Q\"","active":true}`
		sprint    = `"com.atlassian.greenhopper.service.sprint.Sprint@1f[id=7,state=CLOSED,name=A, B [x],goal=]"`
		document  = `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"Hello"}]}]}`
		sla       = `{"id":"1","name":"Time to resolution","completedCycles":[{"breached":false}]}`
	)
	for name, tt := range map[string]struct {
		raw     string
		kind    query.ValueType
		want    string // empty: no value
		problem string
	}{
		"null":                          {`null`, query.TextField, ``, ""},
		"blank text":                    {`"  "`, query.TextField, ``, ""},
		"no members":                    {`[null, "", {}]`, query.JSONField, ``, ""},
		"text with quotes":              {`"a \"b\" \u00e9"`, query.TextField, `"a \"b\" é"`, ""},
		"option":                        {option, query.TextField, `"S1 - Critical"`, ""},
		"cascading option":              {cascading, query.TextField, `"EMEA / Germany"`, ""},
		"cascading option, parent only": {`{"value":"Global","id":"9"}`, query.TextField, `"Global"`, ""},
		"user":                          {user, query.TextField, `"Ann Ó \"Q\""`, ""},
		"user without a display name":   {`{"name":"ann","key":"JIRAUSER1"}`, query.TextField, `"ann"`, ""},
		"group":                         {`{"name":"devs","groupId":"0b"}`, query.TextField, `"devs"`, ""},
		"version":                       {`{"id":"1","name":"1.2","released":true}`, query.TextField, `"1.2"`, ""},
		"project":                       {`{"id":"1","key":"OPS","name":"Operations"}`, query.TextField, `"Operations"`, ""},
		"sprint object":                 {`[{"id":7,"name":"Sprint 7","state":"active"}]`, query.TextListField, `["Sprint 7"]`, ""},
		"sprint text":                   {`[` + sprint + `]`, query.TextListField, `["A, B [x]"]`, ""},
		"options as one text":           {`[` + option + `,{"value":"B"}]`, query.TextField, `"S1 - Critical, B"`, ""},
		"labels":                        {`["a","b"]`, query.TextListField, `["a","b"]`, ""},
		"one text as a list":            {`"a"`, query.TextListField, `["a"]`, ""},
		"document":                      {document, query.TextField, `"Hello"`, ""},
		"service level as text":         {sla, query.TextField, `"{\"completedCycles\":[{\"breached\":false}],\"id\":\"1\",\"name\":\"Time to resolution\"}"`, ""},
		"service level":                 {sla, query.JSONField, sla, ""},
		"number as text":                {`1.50`, query.TextField, `"1.50"`, ""},
		"number":                        {`5.0`, query.NumberField, `5.0`, ""},
		"number beyond float64":         {`9007199254740993.10`, query.NumberField, `9007199254740993.10`, ""},
		"number with an exponent":       {`-1.5E3`, query.NumberField, `-1500`, ""},
		"small number":                  {`1.5e-3`, query.NumberField, `0.0015`, ""},
		"negative nothing":              {`-0.0`, query.NumberField, `0.0`, ""},
		"number in a text":              {`" 13 "`, query.NumberField, `13`, ""},
		"number in an option":           {`{"value":"8"}`, query.NumberField, `8`, ""},
		"number in a list":              {`[3]`, query.NumberField, `3`, ""},
		"leading zeros":                 {`"007"`, query.NumberField, `7`, ""},
		"no number":                     {`"many"`, query.NumberField, ``, "not a number"},
		"huge exponent":                 {`"1e999999"`, query.NumberField, ``, "not a number"},
		"infinity":                      {`"Infinity"`, query.NumberField, ``, "not a number"},
		"two numbers":                   {`[1,2]`, query.NumberField, ``, "2 values where one is wanted"},
		"numbers":                       {`[1,"2.5"]`, query.NumberListField, `[1,2.5]`, ""},
		"numbers and a text":            {`[1,"x"]`, query.NumberListField, ``, "not a number"},
		"yes":                           {`{"value":"Yes"}`, query.BooleanField, `true`, ""},
		"off":                           {`"OFF"`, query.BooleanField, `false`, ""},
		"neither":                       {`"maybe"`, query.BooleanField, ``, "neither yes nor no"},
		"date":                          {`"2026-03-01"`, query.DateField, `"2026-03-01"`, ""},
		"day of a time":                 {`"2026-03-01T00:30:00.000+0100"`, query.DateField, `"2026-02-28"`, ""},
		"time":                          {`"2026-03-01T00:30:00.123+0100"`, query.TimeField, `"2026-02-28T23:30:00.123Z"`, ""},
		"time of a date":                {`"2026-03-01"`, query.TimeField, `"2026-03-01T00:00:00Z"`, ""},
		"milliseconds":                  {`1772323200000`, query.TimeField, `"2026-03-01T00:00:00Z"`, ""},
		"number in a text is no date":   {`"12"`, query.DateField, ``, "not a date"},
		"no date":                       {`"soon"`, query.DateField, ``, "not a date"},
		"votes":                         {`{"self":"x","votes":3,"hasVoted":false}`, query.NumberField, `3`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, problem := fields.Convert([]byte(tt.raw), tt.kind)
			require.Equal(t, tt.problem, problem)
			require.Equal(t, tt.want, string(got))
			if got != nil {
				require.True(t, json.Valid(got))
			}
		})
	}
}

func FuzzConvertGivesJSON(f *testing.F) {
	for _, seed := range []string{`1e5`, `"x"`, `{"value":{"a":1},"child":{}}`, `[[[1]]]`, `{"type":"doc","content":[]}`, `-`, `"\ud800"`} {
		f.Add([]byte(seed))
	}
	types := []query.ValueType{
		query.TextField, query.NumberField, query.BooleanField, query.DateField, query.TimeField, query.TextListField, query.NumberListField,
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return // jsonb holds nothing else
		}
		for _, kind := range types {
			if got, _ := fields.Convert(raw, kind); got != nil {
				require.True(t, json.Valid(got), "%s of %s gives %s", kind, raw, got)
			}
		}
	})
}
