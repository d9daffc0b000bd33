package jirasim_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/jirasim"
)

func TestALifeChangesDocumentsOnlyTogetherWithUpdated(t *testing.T) {
	t.Parallel()
	for _, flavor := range []jirasim.Flavor{jirasim.Cloud, jirasim.DataCenter} {
		t.Run(string(flavor), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(t, jirasim.Options{Flavor: flavor, Issues: 300, Rate: 600})
				before := map[int64]jirasim.Truth{}
				for _, one := range truthOf(sim) {
					before[one.ID] = one
				}
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				require.NoError(t, sim.Run(ctx))

				after, changed, created := truthOf(sim), 0, 0
				for _, one := range after {
					was, known := before[one.ID]
					if !known {
						created++
						continue
					}
					delete(before, one.ID)
					if was.FieldsHash != one.FieldsHash || was.Key != one.Key {
						changed++
						require.Greater(t, one.Updated, was.Updated, one.Key)
					}
				}
				require.Greater(t, changed, 100)
				require.Greater(t, created, 20)
				require.NotEmpty(t, before, "somebody deletes something")
				require.Len(t, after, sim.Count())
			})
		})
	}
}

func TestWithoutARateItStandsStill(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(t, jirasim.Options{Issues: 50})
		want := truthOf(sim)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		require.NoError(t, sim.Run(ctx))
		require.Equal(t, want, truthOf(sim))
	})
}

func TestTouchChangesThatManyAtOneInstant(t *testing.T) {
	t.Parallel()
	sim := newSim(t, jirasim.Options{Issues: 200})
	before := map[int64][32]byte{}
	for _, one := range truthOf(sim) {
		before[one.ID] = one.FieldsHash
	}
	touched := map[int64]bool{}
	for _, id := range sim.Touch(50) {
		touched[id] = true
	}
	require.Len(t, touched, 50)
	var at time.Time
	for _, one := range truthOf(sim) {
		require.Equal(t, touched[one.ID], before[one.ID] != one.FieldsHash, one.Key)
		if touched[one.ID] {
			require.True(t, at.IsZero() || at.Equal(one.Updated))
			at = one.Updated
		}
	}
	require.Len(t, sim.Touch(1000), 200, "each at most once")
}

func TestADeletedIssueTakesItsSubtasksAlong(t *testing.T) {
	t.Parallel()
	sim := newSim(t, jirasim.Options{Issues: 500})
	count, most := sim.Count(), 0
	for _, one := range truthOf(sim) {
		gone := sim.Delete(one.ID)
		count -= len(gone)
		most = max(most, len(gone))
		if most > 1 {
			break
		}
	}
	require.Greater(t, most, 1)
	require.Equal(t, count, sim.Count())
}

func TestChangesOfWhatIsNotThereAreRefused(t *testing.T) {
	t.Parallel()
	sim := newSim(t, jirasim.Options{Issues: 50})
	id := sim.Create(sim.ProjectKeys()[0])
	require.Equal(t, []int64{id}, sim.Delete(id))
	require.Empty(t, sim.Delete(id))
	require.False(t, sim.Edit(id))
	require.False(t, sim.Move(id, sim.ProjectKeys()[1]))
	require.False(t, sim.Comment(7))
	require.Zero(t, sim.Create("NOWHERE"))
	require.False(t, sim.HideProject("NOWHERE"))
	live := sim.Create(sim.ProjectKeys()[0])
	require.False(t, sim.Edit(live, jirasim.FieldChange{Field: "summary", Value: "no JSON"}))
	require.False(t, sim.Edit(live, jirasim.FieldChange{Field: "nope", Value: "1"}))
	require.True(t, sim.Restore(id))
}
