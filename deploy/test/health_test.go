package compose_test

import (
	"bufio"
	"context"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
)

// healthLog notes when containers became healthy. The engine itself forgets all but a few checks.
type healthLog struct {
	mu sync.Mutex
	at map[string][]time.Time // by container id
}

// watchHealth follows the engine's events until the test ends.
func (s *stack) watchHealth() {
	s.t.Helper()
	s.health = &healthLog{at: map[string][]time.Time{}}
	ctx, stop := context.WithCancel(context.WithoutCancel(s.t.Context()))
	events := exec.CommandContext(ctx, "docker", "events", "--filter", "event=health_status", "--format", "{{.Actor.ID}}\t{{.Action}}\t{{.TimeNano}}")
	out, err := events.StdoutPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, events.Start())
	var reading sync.WaitGroup
	reading.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			s.health.note(lines.Text())
		}
	})
	s.t.Cleanup(func() {
		stop()
		reading.Wait()
		_ = events.Wait() // ended by the cancel
	})
}

func (h *healthLog) note(line string) {
	parts := strings.Split(line, "\t")
	if len(parts) != 3 || !strings.HasSuffix(parts[1], ": healthy") {
		return
	}
	at, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at[parts[0]] = append(h.at[parts[0]], time.Unix(0, at))
}

// seconds is the time from a container's start to its first good health check.
func (h *healthLog) seconds(c container) (seconds float64, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, at := range h.at[c.ID] {
		if at.After(c.State.StartedAt) {
			return at.Sub(c.State.StartedAt).Seconds(), true
		}
	}
	return 0, false
}
