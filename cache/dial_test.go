package cache_test

import (
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"jirasync/cache"
)

func TestDialUnderstandsEveryForm(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]any{
		"redis://localhost:6379/1":                           (*redis.Client)(nil),
		"rediss://u:p@localhost":                             (*redis.Client)(nil),
		"unix:///run/redis.sock":                             (*redis.Client)(nil),
		"redis+cluster://localhost:7000":                     (*redis.ClusterClient)(nil),
		"redis://localhost:7000?addr=localhost:7001":         (*redis.ClusterClient)(nil),
		"rediss+cluster://:p@localhost:7000?pool_size=3":     (*redis.ClusterClient)(nil),
		"redis+sentinel://localhost:26379?master_name=main":  (*redis.Client)(nil),
		"redis://localhost:26379?master_name=main&addr=h2:1": (*redis.Client)(nil),
	} {
		client, err := cache.Dial(url)
		require.NoError(t, err, url)
		require.IsType(t, want, client, url)
		require.NoError(t, client.Close())
	}
}

func TestDialErrorHoldsNoPassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"http://u:planted@localhost", "redis://u:planted@localhost/x/y", "redis://u:planted@loc alhost",
		"redis+other://u:planted@localhost", "redis://u:planted@localhost?nonsense=1",
		"redis+cluster://u:planted@localhost?nonsense=1", "redis://u:pla%6Eted@localhost:port/0",
	} {
		_, err := cache.Dial(url)
		require.Error(t, err, url)
		require.NotContains(t, err.Error(), "planted")
		require.NotContains(t, err.Error(), "pla%6Eted")
	}
}
