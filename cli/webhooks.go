package cli

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"jirasync/config"
	"jirasync/db"
	"jirasync/webhook"
)

// newWebhooks takes the signed webhooks of the instances that have a secret, and counts them.
func newWebhooks(store *db.Store, cfg config.Config, registry prometheus.Registerer, log *slog.Logger) http.Handler {
	counts := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "jirasync_webhooks_total", Help: "Webhooks of Jira, by instance and outcome: taken, repeated, refused, unread or failed.",
	}, []string{"instance", "outcome"})
	registry.MustRegister(counts)
	sources := make([]webhook.Source, len(cfg.Instances))
	for i, in := range cfg.Instances {
		sources[i] = webhook.Source{InstanceID: in.Number, Name: in.Name, Secret: in.WebhookSecret.Reveal()}
	}
	return webhook.New(store, sources, func(instance, outcome string) { counts.WithLabelValues(instance, outcome).Inc() }, log)
}
