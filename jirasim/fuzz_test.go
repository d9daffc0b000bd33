package jirasim

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func FuzzParseJQL(f *testing.F) {
	for _, jql := range []string{
		`project = "OPS" AND created >= 1732877091000 ORDER BY created ASC, key ASC`, `NOT (id in (10001, 10004) OR key = 'OPS-1')`,
		`updated >= "2026-07-01 14:30"`, `project in ("OPS`, `((((`, `! ! id > 7`, "\xff = \"\\", `order by`, "id\u00a0=\u00851\f",
	} {
		f.Add(jql)
	}
	o, err := Options{Issues: 50}.withDefaults()
	require.NoError(f, err)
	w, err := newWorld(o, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, jql string) {
		q, err := w.parseJQL(jql, time.Time{}, "")
		if err != nil {
			var refused *queryError
			require.ErrorAs(t, err, &refused)
			return
		}
		s := w.newSearch(q, 0)
		found, _ := s.page(nil, 0, 1000)
		require.Len(t, found, s.count())
	})
}

func FuzzHashFields(f *testing.F) {
	for _, text := range []string{`{"b":[1.10,-0,1e400],"a":"\ud83d\u0000é/","a":null}`, `[]`, `"x"`, ` {"a" : {"z":1,"y":[ ]} } `, "{\"\xff\":\"\xff\"}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, err := HashFields([]byte(text))
		if err != nil {
			require.False(t, json.Valid([]byte(text)))
			return
		}
		d := json.NewDecoder(bytes.NewReader([]byte(text)))
		d.UseNumber()
		var value any
		require.NoError(t, d.Decode(&value))
		again, err := json.Marshal(value)
		require.NoError(t, err)
		got, err := HashFields(again)
		require.NoError(t, err)
		require.Equal(t, want, got, "%s", again)
	})
}
