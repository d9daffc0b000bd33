package cache_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/cache"
	"jirasync/cache/redistest"
)

func TestCommandSeesTheFiguresOfAllServersAndClearsThem(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.Start(t))
	db := new(source)
	db.write("one")
	here, there := openOn(t, client), openOn(t, client)
	for _, c := range []*cache.Cache{here, there} {
		ask(t, c, db.read)
		ask(t, c, db.read)
	}
	require.NoError(t, client.HSet(t.Context(), here.StoredKey("reports"), "dead", `{"at":"2020-01-01T00:00:00Z"}`).Err())
	require.Eventually(t, func() bool {
		reports, err := cache.Reports(t.Context(), client, "test")
		return err == nil && len(reports) == 2 && cache.Sum(reports).LocalHits == 2
	}, 30*time.Second, 5*time.Millisecond)
	require.False(t, client.HExists(t.Context(), here.StoredKey("reports"), "dead").Val())

	command, err := cache.New(cache.NewVersions(), cache.Options{Redis: client, Namespace: "test"})
	require.NoError(t, err)
	defer command.Close()
	require.NoError(t, command.Clear(t.Context()))
	require.Eventually(t, func() bool { _, hit := ask(t, here, db.read); return !hit }, 30*time.Second, time.Millisecond)
}
