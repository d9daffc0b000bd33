package server

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"jirasync/db"
)

// scrapeTimeout bounds what one scrape may cost the database.
const scrapeTimeout = 3 * time.Second

// mirrorMetrics are read from the database at each scrape: how complete the mirror is, and how large.
type mirrorMetrics struct {
	store                                                           *db.Store
	age, missing, extra, unlisted, stopped, failed, waiting, tables *prometheus.Desc
}

func newMirrorMetrics(store *db.Store) *mirrorMetrics {
	describe := func(name, help, label string) *prometheus.Desc {
		return prometheus.NewDesc("jirasync_"+name, help, []string{label}, nil)
	}
	return &mirrorMetrics{
		store:    store,
		age:      describe("complete_age_seconds", "How long ago all that Jira shows was last known to be in the mirror.", "instance"),
		missing:  describe("census_missing_issues", "Issues that the last census saw and the mirror lacked.", "instance"),
		extra:    describe("census_extra_issues", "Issues in the mirror that the last census did not see.", "instance"),
		unlisted: describe("census_unlisted_issues", "Issues that Jira counts and did not show the last census: its listing may have ended early.", "instance"),
		stopped:  describe("census_stopped_projects", "Projects whose census would remove so much that it waits for confirmRemovals.", "instance"),
		failed:   describe("quarantined_items", "Items that could not be stored, and are tried again.", "instance"),
		waiting:  describe("webhooks_waiting", "Webhooks whose issues have not been fetched yet.", "instance"),
		tables:   describe("table_bytes", "Size of each table on disk, with indexes and documents.", "table"),
	}
}

func (m *mirrorMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.age, m.missing, m.extra, m.unlisted, m.stopped, m.failed, m.waiting, m.tables} {
		to <- d
	}
}

// Collect leaves out what cannot be read now: that the database is away is told elsewhere.
func (m *mirrorMetrics) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64, label string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, label)
	}
	figures, err := m.store.Figures(ctx)
	if err != nil {
		return
	}
	for _, f := range figures {
		if f.CompleteAsOf != nil {
			gauge(m.age, time.Since(*f.CompleteAsOf).Seconds(), f.Name)
		}
		gauge(m.missing, float64(f.Missing), f.Name)
		gauge(m.extra, float64(f.Extra), f.Name)
		gauge(m.unlisted, float64(f.Unlisted), f.Name)
		gauge(m.stopped, float64(f.Stopped), f.Name)
		gauge(m.failed, float64(f.Errors), f.Name)
		gauge(m.waiting, float64(f.Webhooks), f.Name)
	}
	sizes, err := m.store.TableSizes(ctx)
	if err != nil {
		return
	}
	for _, size := range sizes {
		gauge(m.tables, size.Bytes, size.Table)
	}
}
