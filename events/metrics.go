package events

import "github.com/prometheus/client_golang/prometheus"

var (
	publishedDesc = prometheus.NewDesc("jirasync_events_published_total", "Events published on this server.", nil, nil)
	receivedDesc  = prometheus.NewDesc("jirasync_events_received_total", "Events received from other servers.", nil, nil)
	slowDesc      = prometheus.NewDesc("jirasync_events_slow_subscribers_total", "Subscribers dropped because they were too slow.", nil, nil)
	listenersDesc = prometheus.NewDesc("jirasync_events_subscribers", "Subscribers on this server.", nil, nil)
)

// Describe and Collect make the bus a [prometheus.Collector].
func (b *Bus) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{publishedDesc, receivedDesc, slowDesc, listenersDesc} {
		out <- d
	}
}

// Collect reads the counters.
func (b *Bus) Collect(out chan<- prometheus.Metric) {
	b.mu.Lock()
	subscribers := len(b.subscriptions)
	b.mu.Unlock()
	out <- prometheus.MustNewConstMetric(publishedDesc, prometheus.CounterValue, float64(b.published.Load()))
	out <- prometheus.MustNewConstMetric(receivedDesc, prometheus.CounterValue, float64(b.received.Load()))
	out <- prometheus.MustNewConstMetric(slowDesc, prometheus.CounterValue, float64(b.slow.Load()))
	out <- prometheus.MustNewConstMetric(listenersDesc, prometheus.GaugeValue, float64(subscribers))
}

var _ prometheus.Collector = (*Bus)(nil)
