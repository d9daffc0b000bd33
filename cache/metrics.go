package cache

import "github.com/prometheus/client_golang/prometheus"

var (
	requestsDesc = prometheus.NewDesc("jirasync_cache_requests_total",
		"Lookups by layer (local, redis) and executions (make), by result.", []string{"layer", "result"}, nil)
	droppedDesc = prometheus.NewDesc("jirasync_cache_writes_dropped_total",
		"Entries that did not reach Redis.", nil, nil)
	ratioDesc = prometheus.NewDesc("jirasync_cache_hit_ratio",
		"Share of questions answered without an execution since the start.", nil, nil)
	entriesDesc = prometheus.NewDesc("jirasync_cache_entries",
		"Answers kept in the process.", nil, nil)
	bytesDesc = prometheus.NewDesc("jirasync_cache_bytes",
		"Memory of the answers kept in the process.", nil, nil)
	redisUpDesc = prometheus.NewDesc("jirasync_cache_redis_up",
		"1 while Redis answers in time, 0 while it is away; absent without Redis.", nil, nil)
)

// Describe and Collect make the cache a [prometheus.Collector].
func (c *Cache) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{requestsDesc, droppedDesc, ratioDesc, entriesDesc, bytesDesc, redisUpDesc} {
		out <- d
	}
}

// Collect reads the counters.
func (c *Cache) Collect(out chan<- prometheus.Metric) {
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	layer := func(name string, n *layerCounts) {
		counter(requestsDesc, n.hit.Load(), name, "hit")
		counter(requestsDesc, n.miss.Load(), name, "miss")
		counter(requestsDesc, n.stale.Load(), name, "stale")
		counter(requestsDesc, n.fail.Load(), name, "error")
	}
	layer("local", &c.counts.local)
	if c.remote != nil {
		layer("redis", &c.counts.redis)
		counter(droppedDesc, c.counts.dropped.Load())
		up := 0.0
		if c.remote.available.Load() {
			up = 1
		}
		gauge(redisUpDesc, up)
	}
	counter(requestsDesc, c.counts.made.Load(), "make", "made")
	counter(requestsDesc, c.counts.shared.Load(), "make", "shared")
	counter(requestsDesc, c.counts.failed.Load(), "make", "error")

	s := c.Stats()
	gauge(ratioDesc, s.Ratio())
	gauge(entriesDesc, float64(s.Entries))
	gauge(bytesDesc, float64(s.Bytes))
}

var _ prometheus.Collector = (*Cache)(nil)
