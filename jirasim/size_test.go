package jirasim_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/jirasim"
)

// Not parallel: it weighs the heap.
func TestAMillionIssuesFitIntoMemory(t *testing.T) {
	const issues = 1_000_000
	before := heap()
	s := newSite(t, jirasim.Options{Issues: issues})
	require.Less(t, heap()-before, uint64(80*issues), "bytes an issue")
	require.Equal(t, issues, s.Count())

	touched := s.Touch(100)
	found := s.all("updated >= "+jsonText(epoch.UnixMilli()), "")
	require.Len(t, found, len(touched))
	p := get[page](s, everything+"&maxResults=5000")
	require.Len(t, p.Issues, 5000)
	require.Equal(t, map[string]int{"count": issues}, post[map[string]int](s, "/rest/api/3/search/approximate-count", `{"jql":"created >= 0"}`))
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestKeptDocumentsAreThoseThatWouldBeWritten(t *testing.T) {
	t.Parallel()
	for _, flavor := range []jirasim.Flavor{jirasim.Cloud, jirasim.DataCenter} {
		o := jirasim.Options{Flavor: flavor, Issues: 300, PayloadScale: jirasim.ScaleBench, Prerender: true}
		kept := newSite(t, o)
		query := "fields=*all&expand=changelog&maxResults=100"
		first := kept.all("created >= 0", query)
		require.Equal(t, first, kept.all("created >= 0", query))
		o.Prerender = false
		require.Equal(t, newSite(t, o).all("created >= 0", query), first)

		kept.Touch(50)
		kept.Create(kept.ProjectKeys()[0])
		truth := map[string][32]byte{}
		for _, one := range truthOf(kept.Sim) {
			truth[one.Key] = one.FieldsHash
		}
		for _, one := range kept.all("created >= 0", query) {
			require.Equal(t, truth[one.Key], hash(t, string(one.Fields)), one.Key)
		}
	}
}

// BenchmarkDocument writes documents as a full sync asks for them.
func BenchmarkDocument(b *testing.B) {
	for _, flavor := range []jirasim.Flavor{jirasim.Cloud, jirasim.DataCenter} {
		b.Run(string(flavor), func(b *testing.B) {
			sim, err := jirasim.New(jirasim.Options{Flavor: flavor, Issues: 20_000, PayloadScale: jirasim.ScaleBench})
			require.NoError(b, err)
			var ids []int64
			for id := range sim.Live {
				ids = append(ids, id)
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				b.SetBytes(int64(len(sim.Fields(ids[n%len(ids)]))))
				n++
			}
		})
	}
}
