package config

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEachLimitHasASettingOfItsOwn(t *testing.T) {
	t.Parallel()
	const set = 77
	changes := map[string]func(*Limits){
		"LIMIT_BODY_BYTES":          func(l *Limits) { l.BodyBytes = set },
		"LIMIT_TOKENS":              func(l *Limits) { l.Tokens = set },
		"LIMIT_DEPTH":               func(l *Limits) { l.Depth = set },
		"LIMIT_ROOT_FIELDS":         func(l *Limits) { l.RootFields = set },
		"LIMIT_ALIASES":             func(l *Limits) { l.Aliases = set },
		"LIMIT_DIRECTIVES":          func(l *Limits) { l.Directives = set },
		"LIMIT_PAGE":                func(l *Limits) { l.Page = set },
		"LIMIT_COST":                func(l *Limits) { l.Cost = set },
		"LIMIT_IN_LIST":             func(l *Limits) { l.InList = set },
		"LIMIT_SEARCH_CHARS":        func(l *Limits) { l.SearchChars = set },
		"LIMIT_TIME":                func(l *Limits) { l.Time = set * time.Second },
		"LIMIT_GROUP_ROWS":          func(l *Limits) { l.GroupRows = set },
		"LIMIT_ANSWER_BYTES":        func(l *Limits) { l.AnswerBytes = set },
		"LIMIT_SUBSCRIPTIONS":       func(l *Limits) { l.Subscriptions = set },
		"LIMIT_REQUESTS_PER_MINUTE": func(l *Limits) { l.RequestsPerMinute = set },
	}
	usual, err := Defaults(nil)
	require.NoError(t, err)
	for name, change := range changes {
		value := strconv.Itoa(set)
		if name == "LIMIT_TIME" {
			value += "s"
		}
		c, err := Defaults(with(name, value))
		require.NoError(t, err, name)
		want := usual.Limits
		change(&want)
		require.NotEqual(t, want, usual.Limits, name)
		require.Equal(t, want, c.Limits, name)
	}
	for _, v := range new(Config).variables(new(databaseParts), new(redisParts)) {
		if strings.HasPrefix(v.name, "LIMIT_") {
			require.Contains(t, changes, v.name)
		}
	}
}
