package server

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHealthSaysThatThereAreNoAccounts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		trust bool
		says  string
	}{
		"guarded by something in front": {true, "TRUST_NETWORK"},
		"open to this machine":          {false, "this machine only"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, err := (&Server{deps: Deps{TrustNetwork: tt.trust}}).probeAccounts(t.Context())
			require.NoError(t, err)
			require.Contains(t, state, tt.says)
		})
	}
}
