package mirror

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"jirasync/db"
)

// figures tell what the runs of this server did. Their labels are few: the configured instances,
// and words of this program.
type figures struct {
	runs     *prometheus.CounterVec
	duration *prometheus.HistogramVec
	phases   *prometheus.CounterVec
	issues   *prometheus.CounterVec
}

func newFigures() *figures {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "jirasync_sync_" + name, Help: help}, labels)
	}
	return &figures{
		runs: counter("runs_total", "Runs that have ended, by mode and by the state they ended in.", "instance", "mode", "state"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "jirasync_sync_run_duration_seconds", Help: "From the start of a run to its end.",
			Buckets: []float64{.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 12 * 3600},
		}, []string{"instance", "mode"}),
		phases: counter("phase_seconds_total", "Time that runs have spent in each phase.", "instance", "phase"),
		issues: counter("issues_total", "Issues that runs have read, by what became of them.", "instance", "outcome"),
	}
}

// count adds a run that has ended.
func (f *figures) count(instance string, run db.Run, metrics []db.Metric) {
	mode := strings.ToLower(string(run.Mode))
	f.runs.WithLabelValues(instance, mode, strings.ToLower(string(run.State))).Inc()
	if run.FinishedAt != nil {
		f.duration.WithLabelValues(instance, mode).Observe(run.FinishedAt.Sub(run.StartedAt).Seconds())
	}
	for _, m := range metrics {
		switch phase := db.Phase(strings.ToUpper(m.Name)); phase {
		case db.PhaseDiscovering, db.PhaseFetching, db.PhaseReconciling:
			f.phases.WithLabelValues(instance, m.Name).Add(m.Value)
		}
	}
	for outcome, n := range map[string]int{
		"created": run.IssuesCreated, "updated": run.IssuesUpdated, "unchanged": run.IssuesUnchanged,
		"deleted": run.IssuesDeleted, "failed": run.IssuesFailed,
	} {
		f.issues.WithLabelValues(instance, outcome).Add(float64(n))
	}
}

func (f *figures) all() []prometheus.Collector {
	return []prometheus.Collector{f.runs, f.duration, f.phases, f.issues}
}

// Describe and Collect make the engine a [prometheus.Collector] of the runs it has carried out.
func (e *Engine) Describe(out chan<- *prometheus.Desc) {
	for _, c := range e.figures.all() {
		c.Describe(out)
	}
}

// Collect reads them.
func (e *Engine) Collect(out chan<- prometheus.Metric) {
	for _, c := range e.figures.all() {
		c.Collect(out)
	}
}

var _ prometheus.Collector = (*Engine)(nil)
