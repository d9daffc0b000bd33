package loaders

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"jirasync/query"
)

// answer is one answer whose loader counts its batches.
type answer struct {
	*Request
	doubled loaders[keyOnly, int, int]
	mu      sync.Mutex
	batches [][]int
}

func newAnswer() *answer {
	a := &answer{Request: Source{}.New(query.Everything())}
	a.doubled.with(&a.askers, func(_ context.Context, _ keyOnly, keys []int) []result[int] {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.batches = append(a.batches, slices.Sorted(slices.Values(keys)))
		results := make([]result[int], len(keys))
		for i, key := range keys {
			results[i].value = 2 * key
			if key < 0 {
				results[i].err = errNegative
			}
			if key == unlucky {
				panic("an unlucky number")
			}
		}
		return results
	})
	return a
}

var errNegative = errors.New("negative")

const unlucky = 1 << 30

// resolve is a resolver of an object at the root that loads a key.
func (a *answer) resolve(t *testing.T, root *Objects, key int) {
	got, err := a.doubled.load(t.Context(), keyOnly{}, key)
	assert.NoError(t, err)
	assert.Equal(t, 2*key, got)
	root.At(0).Ended(false)
}

// Within a bubble time passes only when everybody waits: that none passes shows that no clock
// was needed.
func withoutClock(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		test(t)
		synctest.Wait()
		require.Zero(t, time.Since(began))
	})
}

func TestAllWhoCanAskMeetInOneBatch(t *testing.T) {
	t.Parallel()
	withoutClock(t, func(t *testing.T) {
		a := newAnswer()
		root := a.Root(0, 100)
		for key := range 100 {
			go a.resolve(t, root, key/2)
		}
		synctest.Wait()
		require.Len(t, a.batches, 1)
		require.Len(t, a.batches[0], 50)
	})
}

func TestOneAloneWaitsForNobody(t *testing.T) {
	t.Parallel()
	withoutClock(t, func(t *testing.T) {
		a := newAnswer()
		root := a.Root(3, 1)
		for range 3 {
			root.At(0).Ended(true)
		}
		a.resolve(t, root, 7)
		require.Equal(t, [][]int{{7}}, a.batches)
		_, err := a.doubled.load(t.Context(), keyOnly{}, 7)
		require.NoError(t, err)
		require.Len(t, a.batches, 1, "what is known is not asked again")
	})
}

func TestABatchWaitsForThoseWhoHaveNotBegun(t *testing.T) {
	t.Parallel()
	withoutClock(t, func(t *testing.T) {
		a := newAnswer()
		root := a.Root(0, 3)
		go a.resolve(t, root, 1)
		synctest.Wait()
		require.Empty(t, a.batches)
		// A resolver with a list of two objects: a plain field of each has one object with a
		// resolver, and then there is a resolver of their own.
		list := new(Objects)
		root.At(0).Has(false, list, 3, 2, 1, 1)
		synctest.Wait()
		require.Empty(t, a.batches)
		for i := range 2 {
			below := new(Objects)
			list.At(i).Has(true, below, 1, 1, 0, 1)
			go func() { a.resolve(t, below, 10+i); a.resolve(t, list, 20+i) }()
		}
		synctest.Wait()
		require.Empty(t, a.batches, "one at the root has not begun")
		root.At(0).Ended(false)
		synctest.Wait()
		require.Equal(t, [][]int{{1, 10, 11}, {20, 21}}, a.batches, "the executor comes to the second only then")
	})
}

func TestNobodyWaitsForOneWhoIsBusyElsewhere(t *testing.T) {
	t.Parallel()
	withoutClock(t, func(t *testing.T) {
		a := newAnswer()
		root := a.Root(0, 2)
		back := a.Aside()
		a.resolve(t, root, 1)
		require.Len(t, a.batches, 1)
		back()
		a.resolve(t, root, 2)
		require.Len(t, a.batches, 2)
	})
}

func TestTheClockHelpsWhereTheCountIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, late := newAnswer(), 0
		a.askers.late = func() { late++ }
		root := a.Root(0, 5)
		began := time.Now()
		for key := range 3 {
			go a.resolve(t, root, key)
		}
		synctest.Wait()
		a.Uncounted()
		time.Sleep(window)
		synctest.Wait()
		require.Equal(t, [][]int{{0, 1, 2}}, a.batches)
		require.Zero(t, late, "an error is no mistake in the count")

		a = newAnswer()
		a.askers.late = func() { late++ }
		a.resolve(t, a.Root(0, 2), 1)
		require.Equal(t, 1, late)
		require.Equal(t, net+window, time.Since(began))
	})
}

func TestFailuresReachThoseWhoAsked(t *testing.T) {
	t.Parallel()
	withoutClock(t, func(t *testing.T) {
		a := newAnswer()
		a.Root(0, 1)
		_, err := a.doubled.load(t.Context(), keyOnly{}, -1)
		require.ErrorIs(t, err, errNegative)
		_, err = a.doubled.load(t.Context(), keyOnly{}, unlucky)
		require.ErrorContains(t, err, "unlucky")
	})
}

func TestAskersDoNotOutliveTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAnswer()
		a.Root(0, 2)
		ctx, cancel := context.WithTimeout(t.Context(), net/2)
		defer cancel()
		_, err := a.doubled.load(ctx, keyOnly{}, 1)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestLongListsAreReadInParts(t *testing.T) {
	t.Parallel()
	withoutClock(t, func(t *testing.T) {
		a := newAnswer()
		root := a.Root(0, largestBatch+10)
		for key := range largestBatch + 10 {
			go a.resolve(t, root, key+100)
		}
		synctest.Wait()
		require.Len(t, a.batches, 2)
		require.Equal(t, largestBatch+10, len(a.batches[0])+len(a.batches[1]))
	})
}
