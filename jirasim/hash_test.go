package jirasim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/jirasim"
)

func hash(t *testing.T, text string, except ...string) [32]byte {
	t.Helper()
	h, err := jirasim.HashFields([]byte(text), except...)
	require.NoError(t, err, text)
	return h
}

func TestHashesTellWhatJSONMeans(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		a, b string
		same bool
	}{
		"order and space":           {`{"a":1,"b":[1,2]}`, "{ \"b\" : [1, 2],\n\"a\":1}", true},
		"order in lists counts":     {`{"b":[1,2]}`, `{"b":[2,1]}`, false},
		"the last of two members":   {`{"a":1,"a":2}`, `{"a":2}`, true},
		"zeros of a number":         {`{"a":1.10}`, `{"a":1.1}`, true},
		"powers of ten":             {`{"a":1.5e3}`, `{"a":1500}`, true},
		"nought":                    {`{"a":-0.0}`, `{"a":0}`, true},
		"beyond float64":            {`{"a":9007199254740993}`, `{"a":9007199254740992}`, false},
		"long numbers":              {`{"a":123456789012345678901234567890.10}`, `{"a":123456789012345678901234567890.1}`, true},
		"small ones":                {`{"a":0.001}`, `{"a":1E-3}`, true},
		"signs":                     {`{"a":1}`, `{"a":-1}`, false},
		"escapes":                   {`{"a":"\u00e9\/"}`, `{"a":"é/"}`, true},
		"lone surrogates":           {`{"a":"\ud83d"}`, `{"a":"\ufffd"}`, true},
		"null is not absent":        {`{"a":null}`, `{}`, false},
		"a number is no string":     {`{"a":"1"}`, `{"a":1}`, false},
		"members within members":    {`{"a":{"x":1,"y":2}}`, `{"a":{"y":2,"x":1}}`, true},
		"a NUL is not nothing":      {`{"a":"\u0000"}`, `{"a":""}`, false},
		"false is not null":         {`{"a":false}`, `{"a":null}`, false},
		"a list is not its element": {`{"a":[1]}`, `{"a":1}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.same, hash(t, tt.a) == hash(t, tt.b))
		})
	}
	require.Equal(t, hash(t, `{"a":1}`), hash(t, `{"a":1,"comment":{}}`, "comment"))
	_, err := jirasim.HashFields([]byte(`{"a":1} {}`))
	require.Error(t, err)
	_, err = jirasim.HashFields([]byte(`{"a":`))
	require.Error(t, err)
}
