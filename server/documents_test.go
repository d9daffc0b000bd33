package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFloodOfDocumentsTakesBoundedMemory(t *testing.T) {
	t.Parallel()
	for _, length := range []int{20, 2_000, longestKeptDocument} {
		d := newDocuments[int]()
		kept, bytes := 0, 0
		for n := range 3_000 {
			d.Add(t.Context(), fmt.Sprintf("%0*d", length, n), n)
		}
		for n := range 3_000 {
			if made, found := d.Get(t.Context(), fmt.Sprintf("%0*d", length, n)); found {
				require.Equal(t, n, made)
				kept, bytes = kept+1, bytes+length
			}
		}
		require.Positive(t, kept)
		require.LessOrEqual(t, kept, 1024)
		require.LessOrEqual(t, bytes, keptDocuments)
	}
}

func TestDocumentInUseOutlivesAFlood(t *testing.T) {
	t.Parallel()
	d := newDocuments[int]()
	d.Add(t.Context(), "{ honest }", 7)
	for n := range 3_000 {
		made, found := d.Get(t.Context(), "{ honest }")
		require.True(t, found, "after %d", n)
		require.Equal(t, 7, made)
		d.Add(t.Context(), fmt.Sprintf("%02000d", n), n)
	}
}

func TestLongDocumentIsNotKept(t *testing.T) {
	t.Parallel()
	d := newDocuments[int]()
	long := strings.Repeat("x", longestKeptDocument+1)
	d.Add(t.Context(), long, 1)
	_, found := d.Get(t.Context(), long)
	require.False(t, found)
}
