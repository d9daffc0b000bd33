package server

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOutboxTakesTheBurstOfAPageInItsOrder(t *testing.T) {
	t.Parallel()
	const changed = 300 // by a page and what its issues relate to
	o := newOutbox(new(atomic.Int64))
	for n := range changed {
		require.True(t, o.put(fmt.Append(nil, n)))
	}
	for n := range changed {
		<-o.some
		raw, ok := o.next()
		require.True(t, ok)
		require.Equal(t, fmt.Sprint(n), string(raw))
	}
	_, ok := o.next()
	require.False(t, ok)
}

func TestOutboxOfWhoTakesNothingIsBounded(t *testing.T) {
	t.Parallel()
	many := newOutbox(new(atomic.Int64))
	for range mostWaiting {
		require.True(t, many.put([]byte("x")))
	}
	require.False(t, many.put([]byte("x")))

	var all atomic.Int64
	long, other := newOutbox(&all), newOutbox(&all)
	require.True(t, long.put(bytes.Repeat([]byte("x"), 2*bytesOfAll)), "one message is passed on, however long")
	require.False(t, long.put([]byte("x")))
	require.True(t, other.put([]byte("x")))
	require.True(t, other.put([]byte("x")), "who takes little is not dropped for others")
	long.close()
	other.close()
	require.Zero(t, all.Load(), "nothing waits for who has gone")
}

func TestOutboxTakesLongMessagesWhileAllTogetherLeaveRoom(t *testing.T) {
	t.Parallel()
	o := newOutbox(new(atomic.Int64))
	for range 10 {
		require.True(t, o.put(bytes.Repeat([]byte("x"), bytesWaiting)))
	}
}
