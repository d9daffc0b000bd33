package server

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"jirasync/db"
)

// mappingsEvery is how old the figures of mappings become while no mapping changes: each reading
// counts over all issues.
const mappingsEvery = 5 * time.Minute

// mappingMetrics tell how completely the field mappings are filled.
type mappingMetrics struct {
	store                        *db.Store
	completeness, filled, failed *prometheus.Desc

	mu      sync.Mutex
	read    time.Time
	version int64                     // of the mappings
	fills   map[string]db.MappingFill // by name
}

func newMappingMetrics(store *db.Store) *mappingMetrics {
	describe := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("jirasync_mapping_"+name, help, []string{"mapping"}, nil)
	}
	return &mappingMetrics{
		store:        store,
		completeness: describe("completeness", "Share of the live issues with a raw value whose mapped field has a value."),
		filled:       describe("filled_issues", "Live issues whose mapped field has a value."),
		failed:       describe("failed_issues", "Live issues whose raw value could not be read as the mapping's type."),
	}
}

func (m *mappingMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.completeness, m.filled, m.failed} {
		to <- d
	}
}

// Collect leaves out what cannot be read now.
func (m *mappingMetrics) Collect(to chan<- prometheus.Metric) {
	for name, fill := range m.figures() {
		to <- prometheus.MustNewConstMetric(m.filled, prometheus.GaugeValue, float64(fill.Filled), name)
		to <- prometheus.MustNewConstMetric(m.failed, prometheus.GaugeValue, float64(fill.Failed), name)
		if share := fill.Completeness(); share != nil {
			to <- prometheus.MustNewConstMetric(m.completeness, prometheus.GaugeValue, *share, name)
		}
	}
}

func (m *mappingMetrics) figures() map[string]db.MappingFill {
	m.mu.Lock()
	defer m.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	version, err := m.store.MappingVersion(ctx)
	if err != nil {
		return nil
	}
	if version == m.version && time.Since(m.read) < mappingsEvery {
		return m.fills
	}
	mappings, err := m.store.FieldMappings(ctx)
	if err != nil {
		return nil
	}
	fills, err := m.store.MappingFills(ctx, mappings)
	if err != nil {
		return nil
	}
	m.read, m.version, m.fills = time.Now(), version, map[string]db.MappingFill{}
	for _, mapping := range mappings {
		if fill, read := fills[mapping.MappingID]; read {
			m.fills[mapping.Name] = fill
		}
	}
	return m.fills
}
