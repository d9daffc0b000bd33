package server

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is too long is then refused by the server, as its documents say.
func TestProxyTakesAnAddressThatTheServerTakes(t *testing.T) {
	t.Parallel()
	config, err := os.ReadFile("../deploy/nginx/nginx.conf")
	require.NoError(t, err)
	buffer := regexp.MustCompile(`(?m)^  large_client_header_buffers \d+ (\d+)k;`).FindSubmatch(config)
	require.NotNil(t, buffer)
	kilobytes, err := strconv.Atoi(string(buffer[1]))
	require.NoError(t, err)
	require.GreaterOrEqual(t, kilobytes<<10, headBytes+4096, "net/http adds as much to what it is told")
}
