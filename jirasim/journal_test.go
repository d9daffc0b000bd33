package jirasim_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/jirasim"
)

// truthOf lists what a simulator shows.
func truthOf(sim *jirasim.Sim) (list []jirasim.Truth) {
	for one := range sim.Truth {
		list = append(list, one)
	}
	return list
}

func newSim(t *testing.T, o jirasim.Options) *jirasim.Sim {
	t.Helper()
	sim, err := jirasim.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = sim.Close() }) // a test may have closed it
	return sim
}

func TestTheSameSeedGivesTheSameData(t *testing.T) {
	t.Parallel()
	for _, flavor := range []jirasim.Flavor{jirasim.Cloud, jirasim.DataCenter} {
		o := jirasim.Options{Flavor: flavor, Seed: 42, Issues: 400, Epoch: epoch, PayloadScale: jirasim.ScaleBench}
		first := truthOf(newSim(t, o))
		require.Equal(t, first, truthOf(newSim(t, o)))
		o.Seed++
		require.NotEqual(t, first, truthOf(newSim(t, o)))
	}
}

// liveALittle makes changes of every kind.
func liveALittle(t *testing.T, sim *jirasim.Sim) {
	t.Helper()
	keys := sim.ProjectKeys()
	created := sim.Create(keys[1])
	require.NotZero(t, created)
	ids := sim.Touch(30)
	require.Len(t, ids, 30)
	require.True(t, sim.Move(ids[0], keys[2]))
	require.NotEmpty(t, sim.Delete(ids[1]))
	require.True(t, sim.Archive(ids[2]))
	require.True(t, sim.Edit(created, jirasim.FieldChange{Field: "summary", Value: `"set on purpose"`}))
	require.True(t, sim.Transition(created, "Done"))
	require.True(t, sim.Pile(ids[3], 60, 30, 30))
	require.True(t, sim.Poison(ids[4], 1))
	require.True(t, sim.EditComment(ids[3]))
	require.True(t, sim.DeleteComment(ids[3]))
	require.True(t, sim.DeleteWorklog(ids[3]))
	require.True(t, sim.Archive(ids[5]))
	require.True(t, sim.Restore(ids[5]))
	require.True(t, sim.HideProject(keys[len(keys)-1]))
}

func TestARestartStepsBackBehindNothing(t *testing.T) {
	t.Parallel()
	now := epoch.Add(time.Hour)
	o := jirasim.Options{
		Seed: 5, Issues: 300, StatePath: filepath.Join(t.TempDir(), "sub", "north.journal"),
		Now: func() time.Time { now = now.Add(time.Second); return now },
	}
	first := newSim(t, o)
	liveALittle(t, first)
	want := truthOf(first) // and then it is killed: nobody closes it

	again := newSim(t, o)
	require.Equal(t, first.Epoch(), again.Epoch())
	require.Equal(t, want, truthOf(again))

	created := again.Create(again.ProjectKeys()[1])
	require.Greater(t, created, want[len(want)-1].ID)
	require.NotContains(t, keysOf(want), keysOf(truthOf(again))[len(want)], "no key is given twice")
}

func keysOf(list []jirasim.Truth) (keys []string) {
	for _, one := range list {
		keys = append(keys, one.Key)
	}
	return keys
}

func TestALineTornByTheEndOfTheProcessIsForgotten(t *testing.T) {
	t.Parallel()
	o := jirasim.Options{Issues: 50, StatePath: filepath.Join(t.TempDir(), "journal")}
	first := newSim(t, o)
	first.Touch(3)
	want := truthOf(first)
	require.NoError(t, first.Close())

	file, err := os.OpenFile(o.StatePath, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"at":17`)
	require.NoError(t, err)
	require.NoError(t, file.Close())

	second := newSim(t, o)
	require.Equal(t, want, truthOf(second))
	second.Touch(1)
	want = truthOf(second)
	require.NoError(t, second.Close())
	require.Equal(t, want, truthOf(newSim(t, o)))
}

func TestStateOfOtherOptionsIsRefusedWithTheCure(t *testing.T) {
	t.Parallel()
	o := jirasim.Options{Issues: 50, StatePath: filepath.Join(t.TempDir(), "journal")}
	require.NoError(t, newSim(t, o).Close())
	o.Issues = 60
	_, err := jirasim.New(o)
	var state *jirasim.StateError
	require.ErrorAs(t, err, &state)
	require.Equal(t, "issues", state.Member)
	require.ErrorContains(t, err, "remove the file to begin anew")
}

func TestADamagedJournalIsRefused(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"no JSON":         "{]\n",
		"unknown issue":   `{"at":1,"do":"edit","i":999}` + "\n",
		"unknown project": `{"at":1,"do":"create","p":999}` + "\n",
		"unknown field":   `{"at":1,"do":"edit","i":1,"set":[{"f":"nope","v":"1"}]}` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := jirasim.Options{Issues: 50, StatePath: filepath.Join(t.TempDir(), "journal")}
			require.NoError(t, newSim(t, o).Close())
			file, err := os.OpenFile(o.StatePath, os.O_APPEND|os.O_WRONLY, 0)
			require.NoError(t, err)
			_, err = file.WriteString(line)
			require.NoError(t, err)
			require.NoError(t, file.Close())
			_, err = jirasim.New(o)
			require.ErrorContains(t, err, "journal")
		})
	}
}
