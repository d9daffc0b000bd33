package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/config"
	"jirasync/server"
)

func TestLimitsThatNobodySetAreThoseOfTheServer(t *testing.T) {
	t.Parallel()
	cfg, err := config.Defaults(nil)
	require.NoError(t, err)
	require.Equal(t, server.DefaultLimits(), server.Limits(cfg.Limits))
}
