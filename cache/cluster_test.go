package cache_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"jirasync/cache"
	"jirasync/cache/redistest"
)

// TestClusterIsServedWithoutCommandsAcrossSlots runs on a cluster of one node, which refuses them
// like any other.
func TestClusterIsServedWithoutCommandsAcrossSlots(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.Cluster(t))
	require.IsType(t, (*redis.ClusterClient)(nil), client)
	here, there := openOn(t, client), openOn(t, client)
	there.Versions().Raise("instance:1", 1)
	keys := []string{"a", "b", "c", "none"}
	at := []cache.Dep{{Tag: "instance:1", Version: 1}}
	here.SetMany(t.Context(), []cache.Item{
		{Key: "a", Value: []byte("A"), Deps: at}, {Key: "b", Value: []byte("B"), Deps: at}, {Key: "c", Value: []byte("C"), Deps: at},
	})
	require.Eventually(t, func() bool {
		got := there.GetMany(t.Context(), keys)
		return string(got[0])+string(got[1])+string(got[2]) == "ABC" && got[3] == nil
	}, 30*time.Second, 5*time.Millisecond)
	require.NoError(t, here.Clear(t.Context()))
	require.Equal(t, [][]byte{nil}, here.GetMany(t.Context(), keys[:1]))
	require.Zero(t, here.Stats().Errors+there.Stats().Errors)
}
