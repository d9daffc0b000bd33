package server

import (
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/ast"

	"jirasync/db"
	"jirasync/telemetry"
)

// metrics are the figures of GraphQL and of the pool that serves it.
type metrics struct {
	registry    *prometheus.Registry
	operations  *prometheus.CounterVec
	durations   *prometheus.HistogramVec
	subscribers prometheus.Gauge
	slow        prometheus.Counter
	late        prometheus.Counter
	names       operationNames
}

func newMetrics(r *prometheus.Registry, store *db.Store) *metrics {
	m := &metrics{
		registry: r,
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "jirasync_graphql_operations_total", Help: "Queries and mutations, by name, kind and outcome: ok, errors or refused.",
		}, []string{"operation", "kind", "outcome"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "jirasync_graphql_operation_duration_seconds", Help: "Time to answer an operation, by whether the answer was found in the cache.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"kind", "cache"}),
		subscribers: prometheus.NewGauge(prometheus.GaugeOpts{Name: "jirasync_graphql_subscribers", Help: "Open subscriptions."}),
		slow: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "jirasync_graphql_slow_subscribers_total", Help: "Connections dropped because they did not take their messages.",
		}),
		late: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "jirasync_graphql_late_batches_total", Help: "Batches of reads sent by the clock: fields of an answer were miscounted, or waited long for something else.",
		}),
	}
	r.MustRegister(m.operations, m.durations, m.subscribers, m.slow, m.late)
	r.MustRegister(poolMetrics(store)...)
	r.MustRegister(newMirrorMetrics(store), newMappingMetrics(store))
	return m
}

func poolMetrics(store *db.Store) []prometheus.Collector {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	return []prometheus.Collector{
		gauge("jirasync_db_read_connections", "Connections that serve reads.", func() float64 { return float64(store.PoolStats().TotalConns()) }),
		gauge("jirasync_db_read_connections_busy", "Connections that serve a read now.", func() float64 { return float64(store.PoolStats().AcquiredConns()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "jirasync_db_read_wait_seconds_total", Help: "Time that reads have waited for a connection.",
		}, func() float64 { return store.PoolStats().EmptyAcquireWaitTime().Seconds() }),
	}
}

func (m *metrics) handler() http.Handler { return telemetry.MetricsHandler(m.registry) }

func (m *metrics) operation(q *question, ans answer, took time.Duration) {
	kind, outcome, found := kindOf(q.kind), "ok", "miss"
	switch {
	case ans.refused:
		outcome = "refused"
	case len(ans.errors) > 0:
		outcome = "errors"
	}
	if ans.hit {
		found = "hit"
	}
	m.operations.WithLabelValues(m.names.label(q.name, ans.refused), kind, outcome).Inc()
	m.durations.WithLabelValues(kind, found).Observe(took.Seconds())
}

func kindOf(o ast.Operation) string {
	if o == ast.Mutation {
		return "mutation"
	}
	return "query"
}

// operationNames bounds the names that become labels: the first that were heard in operations
// that ran. Clients can invent names.
type operationNames struct {
	mu    sync.RWMutex
	known map[string]bool
}

const mostNames = 100

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,60}$`)

func (n *operationNames) label(name string, refused bool) string {
	if name == "" {
		return "anonymous"
	}
	n.mu.RLock()
	known, count := n.known[name], len(n.known)
	n.mu.RUnlock()
	switch {
	case known:
		return name
	case refused || count >= mostNames || !plainName.MatchString(name):
		return "other"
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil {
		n.known = map[string]bool{}
	}
	n.known[name] = true
	return name
}
