package server

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestServerListensBeyondItsMachineOnlyBehindAGuard(t *testing.T) {
	t.Parallel()
	for addr, open := range map[string]bool{
		"127.0.0.1:8987": true, "localhost:8987": true, "[::1]:8987": true, "127.9.9.9:1": true,
		"0.0.0.0:8987": false, ":8987": false, "[::]:8987": false, "192.168.1.5:8987": false, "jira.example.org:8987": false,
	} {
		err := checkAddr(addr, false)
		require.Equal(t, open, err == nil, "%s: %v", addr, err)
		if err != nil {
			require.ErrorContains(t, err, "TRUST_NETWORK")
			require.ErrorContains(t, err, "LISTEN_ADDR")
		}
		require.NoError(t, checkAddr(addr, true))
	}
	require.ErrorContains(t, checkAddr("8987", true), "127.0.0.1:8987")
}

func TestPortInUseIsNamedWithItsSetting(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	_, err = listen(t.Context(), taken.Addr().String(), "METRICS_ADDR")
	require.ErrorContains(t, err, taken.Addr().String()+" is in use")
	require.ErrorContains(t, err, "METRICS_ADDR")
}
