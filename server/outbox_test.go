package server

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOutboxTakesTheBurstOfAPageInItsOrder(t *testing.T) {
	t.Parallel()
	const changed = 300 // by a page and what its issues relate to
	o := newOutbox()
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
	many, long := newOutbox(), newOutbox()
	for range mostWaiting {
		require.True(t, many.put([]byte("x")))
	}
	require.False(t, many.put([]byte("x")))
	require.True(t, long.put(bytes.Repeat([]byte("x"), 2*bytesWaiting)), "one message is passed on, however long")
	require.False(t, long.put([]byte("x")))
}
