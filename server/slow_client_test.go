package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// swollen is a selection with long answers: they fill what the network holds for a client that does
// not read.
func swollen() string {
	long := strings.Repeat("a", 200)
	var b strings.Builder
	for n := range 50 {
		fmt.Fprintf(&b, " %s%d: done", long, n)
	}
	return b.String()
}

// untilDropped makes progress until a client has been dropped for being slow, and some more. Another one
// of the same subscription, who reads, hears of every step.
func (s *site) untilDropped(run int64, quick wire) {
	s.t.Helper()
	const more = 10
	for n, last := 1, 100_000; n < last; n++ {
		s.progress(run, n)
		require.Contains(s.t, quick.data("q"), fmt.Sprintf(`:%d,`, n))
		if n%100 == 0 && s.dropped() > 0 {
			last = min(last, n+more)
		}
	}
	require.Positive(s.t, s.dropped())
}

// dropped is how many connections were dropped for being slow.
func (s *site) dropped() int { return int(s.counter("jirasync_graphql_slow_subscribers_total")) }

func TestSlowClientIsDroppedWithAReasonAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	run := s.seed.Run(1, "FULL", "RUNNING", "admin", time.Now())
	quick := s.connect(t)
	quick.subscribe("q", `subscription { syncProgress { `+swollen()+` } }`)
	quick.data("q")
	slow := s.connect(t)
	slow.subscribe("s", `subscription { syncProgress { `+swollen()+` } }`)
	slow.data("s")
	s.untilDropped(run, quick)
	closed := slow.closed()
	require.Equal(t, websocket.StatusTryAgainLater, closed.Code)
	require.Contains(t, closed.Reason, "not taken in time")
	require.Equal(t, 1, s.dropped(), "it is one connection, whatever else was meant for it")
}

func TestSlowEventStreamIsDroppedWithAReason(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	run := s.seed.Run(1, "FULL", "RUNNING", "admin", time.Now())
	quick := s.connect(t)
	quick.subscribe("q", `subscription { syncProgress { `+swollen()+` } }`)
	quick.data("q")
	next := s.stream(t, `subscription { syncProgress { `+swollen()+` } }`)
	require.Contains(t, next(), ":0")
	s.untilDropped(run, quick)
	last := ""
	for said := next(); said != "end"; said = next() {
		last = said
	}
	require.Contains(t, last, "UNAVAILABLE")
	require.Contains(t, last, "not taken in time")
	require.Equal(t, 1, s.dropped(), "it is one connection, whatever else was meant for it")
}
