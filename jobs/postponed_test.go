package jobs

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/jira"
)

func TestWebhooksThatCannotBeFollowedWaitLongerEachTime(t *testing.T) {
	t.Parallel()
	const interval = 5 * time.Second
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	refused := fmt.Errorf("look: %w", &jira.RefusedError{Status: 401})
	throttled := fmt.Errorf("look: %w", &jira.ThrottledError{Until: now.Add(time.Hour)})
	down := errors.New("down")
	for name, tt := range map[string]struct {
		failures []error
		wait     time.Duration
	}{
		"never failed":       {nil, 0},
		"failed once":        {[]error{down}, time.Second},
		"failed twice":       {[]error{down, down}, 2 * time.Second},
		"failed three times": {[]error{down, down, down}, 4 * time.Second},
		"failed for long":    {[]error{down, down, down, down, down}, interval},
		"refused the login":  {[]error{refused}, interval},
		"throttled":          {[]error{throttled}, time.Hour},
		"throttled, then":    {[]error{throttled, down}, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPostponed()
			for _, err := range tt.failures {
				p.failed(1, err, now, interval)
			}
			require.Equal(t, tt.wait == 0, p.isDue(1, now.Add(tt.wait-time.Nanosecond)))
			require.True(t, p.isDue(1, now.Add(tt.wait)))
			require.True(t, p.isDue(2, now), "another instance")
			p.passed(1)
			require.True(t, p.isDue(1, now))
		})
	}
}
