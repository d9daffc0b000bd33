package cli

import (
	"context"
	"log/slog"

	"jirasync/config"
	"jirasync/telemetry"
)

type serveCommand struct{}

// Run serves until it is told to stop.
func (serveCommand) Run(ctx context.Context, s *session) error {
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	log, err := s.logger(cfg, false)
	if err != nil {
		return err
	}
	app, err := newApp(ctx, s, cfg, log)
	if err != nil {
		return err
	}
	defer app.close()
	if len(cfg.Instances) == 0 {
		log.WarnContext(ctx, "no Jira is configured: set JIRA_URL_1 and its credentials, then start again")
	}
	if cfg.Listen.TrustNetwork {
		log.WarnContext(ctx, "serving without accounts: TRUST_NETWORK says that something in front guards the port")
	}
	return app.run(ctx)
}

// logger writes to standard error. Where a person watches a command, only what goes wrong is told,
// as text, unless the environment says otherwise.
func (s *session) logger(cfg config.Config, quiet bool) (*slog.Logger, error) {
	options := telemetry.LogOptions{Level: cfg.Log.Level, Format: cfg.Log.Format, Out: s.stderr}
	if quiet && config.Lookup("LOG_LEVEL", "") == "" {
		options.Level = "warn"
	}
	if quiet && options.Format == "" {
		options.Format = "text"
	}
	return telemetry.NewLogger(options)
}
