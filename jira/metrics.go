package jira

import "github.com/prometheus/client_golang/prometheus"

var (
	requestsDesc = prometheus.NewDesc("jirasync_jira_requests_total",
		"Requests sent to a Jira, retries included.", []string{"instance"}, nil)
	retriesDesc = prometheus.NewDesc("jirasync_jira_retries_total",
		"Requests that repeated one.", []string{"instance"}, nil)
	throttledDesc = prometheus.NewDesc("jirasync_jira_throttled_seconds_total",
		"Time spent waiting because Jira asked for it.", []string{"instance"}, nil)
	receivedDesc = prometheus.NewDesc("jirasync_jira_received_bytes_total",
		"Bytes of Jira's answers, unpacked.", []string{"instance"}, nil)
	concurrencyDesc = prometheus.NewDesc("jirasync_jira_concurrency",
		"Requests allowed at a time just now: throttling lowers it for a while.", []string{"instance"}, nil)
	remainingDesc = prometheus.NewDesc("jirasync_jira_budget_remaining",
		"Requests or points left of the account's budget, where Jira tells it.", []string{"instance"}, nil)
	budgetDesc = prometheus.NewDesc("jirasync_jira_budget",
		"Requests or points of the account's whole budget, where Jira tells it.", []string{"instance"}, nil)
)

// Clients is a [prometheus.Collector] of what each client has cost its Jira since it was made.
type Clients []*Client

// Describe names the figures.
func (Clients) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{requestsDesc, retriesDesc, throttledDesc, receivedDesc, concurrencyDesc, remainingDesc, budgetDesc} {
		out <- d
	}
}

// Collect reads them.
func (cs Clients) Collect(out chan<- prometheus.Metric) {
	for _, c := range cs {
		s := c.Stats()
		tell := func(d *prometheus.Desc, kind prometheus.ValueType, value float64) {
			out <- prometheus.MustNewConstMetric(d, kind, value, c.cfg.Name)
		}
		tell(requestsDesc, prometheus.CounterValue, float64(s.Requests))
		tell(retriesDesc, prometheus.CounterValue, float64(s.Retries))
		tell(throttledDesc, prometheus.CounterValue, s.Throttled.Seconds())
		tell(receivedDesc, prometheus.CounterValue, float64(s.Bytes))
		tell(concurrencyDesc, prometheus.GaugeValue, float64(s.Concurrency))
		limit := c.Limit()
		if limit.Remaining >= 0 {
			tell(remainingDesc, prometheus.GaugeValue, float64(limit.Remaining))
		}
		if limit.Limit >= 0 {
			tell(budgetDesc, prometheus.GaugeValue, float64(limit.Limit))
		}
	}
}

var _ prometheus.Collector = Clients(nil)
