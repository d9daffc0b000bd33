package cache_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/cache"
)

func TestVersionsOnlyRise(t *testing.T) {
	t.Parallel()
	v := cache.NewVersions()
	require.Zero(t, v.Current("instance:1"))
	v.Raise("instance:1", 5)
	v.Raise("instance:1", 4)
	require.EqualValues(t, 5, v.Current("instance:1"))
	v.RaiseAll(map[string]int64{"instance:1": 3, "project:1:10001": 7})
	require.EqualValues(t, 5, v.Current("instance:1"))
	require.EqualValues(t, 7, v.Current("project:1:10001"))
}

func TestVersionsRaisedByManyEndAtTheHighest(t *testing.T) {
	t.Parallel()
	v := cache.NewVersions()
	var all sync.WaitGroup
	for i := range int64(8) {
		all.Go(func() {
			last := int64(0)
			for j := range int64(200) {
				v.Raise("instance:1", i*200+j)
				v.Raise(fmt.Sprintf("project:1:%d", j), i)
				now := v.Current("instance:1")
				if now < last {
					t.Errorf("went down from %d to %d", last, now)
				}
				last = now
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 8*200-1, v.Current("instance:1"))
	for j := range 200 {
		require.EqualValues(t, 7, v.Current(fmt.Sprintf("project:1:%d", j)))
	}
}
