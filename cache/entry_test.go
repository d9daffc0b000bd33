package cache_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/cache"
)

func TestStoredEntryIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	deps := []cache.Dep{{Tag: "instance:1", Version: 7}, {Tag: "mapping", Version: 1 << 40}}
	raw := cache.Encode("key", []byte("value"), deps)
	value, got, err := cache.Decode("key", raw)
	require.NoError(t, err)
	require.Equal(t, "value", string(value))
	require.Equal(t, deps, got)

	_, _, err = cache.Decode("another key", raw)
	require.Error(t, err)
	for i := range raw {
		_, _, err = cache.Decode("key", raw[:i])
		require.Error(t, err, "cut at %d", i)
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		_, _, err = cache.Decode("key", changed)
		require.Error(t, err, "changed at %d", i)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("key", []byte{})
	f.Add("key", cache.Encode("key", []byte("value"), []cache.Dep{{Tag: "instance:1", Version: 7}}))
	f.Fuzz(func(t *testing.T, key string, raw []byte) {
		_, _, _ = cache.Decode(key, raw) // it must not panic
		value, deps, err := cache.Decode(key, cache.Encode(key, raw, []cache.Dep{{Tag: key, Version: -1}}))
		require.NoError(t, err)
		require.True(t, bytes.Equal(raw, value))
		require.Equal(t, []cache.Dep{{Tag: key, Version: -1}}, deps)
	})
}

func TestKeysOfDifferentQuestionsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string][]string{}
	for _, parts := range [][]string{
		nil, {""}, {"", ""}, {"ab", "c"}, {"a", "bc"}, {"abc"}, {strings.Repeat("x", 2000)}, {strings.Repeat("x", 2001)},
	} {
		key := cache.Key("answer", parts...)
		require.True(t, strings.HasPrefix(key, "answer:"))
		require.NotContains(t, seen, key)
		require.Equal(t, key, cache.Key("answer", parts...))
		seen[key] = parts
	}
	require.NotEqual(t, cache.Key("answer", "a"), cache.Key("object", "a"))
}
