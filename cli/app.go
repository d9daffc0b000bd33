package cli

import (
	"context"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"jirasync/cache"
	"jirasync/config"
	"jirasync/db"
	"jirasync/events"
	"jirasync/fields"
	"jirasync/follow"
	"jirasync/frontend"
	"jirasync/jira"
	"jirasync/jobs"
	"jirasync/mirror"
	"jirasync/server"
	"jirasync/telemetry"
)

// rateBudget is how long telling other servers of clients' requests may take; no request waits for it.
const rateBudget = 250 * time.Millisecond

// app is a whole server, put together from the configuration.
type app struct {
	store     *db.Store
	redis     redis.UniversalClient // nil: cache and events in this process
	cache     *cache.Cache
	bus       *events.Bus
	follower  *follow.Follower
	engine    *mirror.Engine
	jobs      *jobs.Jobs // nil: this server never schedules
	fields    *fields.Worker
	server    *server.Server
	instances []mirror.Instance
}

// newApp opens what a server needs and brings the schema up to date. Close it when done.
func newApp(ctx context.Context, s *session, cfg config.Config, log *slog.Logger) (*app, error) {
	a := &app{}
	if err := a.open(ctx, s, cfg, log); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *app) open(ctx context.Context, s *session, cfg config.Config, log *slog.Logger) (err error) {
	if a.store, err = openStore(ctx, cfg); err != nil {
		return err
	}
	if err := a.prepareStore(ctx, cfg); err != nil {
		return err
	}
	if err := a.openRedis(cfg, log); err != nil {
		return err
	}
	versions := cache.NewVersions()
	namespace := namespaceOf(cfg)
	a.cache, err = cache.New(versions, cache.Options{
		Redis: a.redis, Namespace: namespace, TTL: cfg.Redis.TTL, MakeTimeout: cfg.Limits.Time, Logger: log,
	})
	if err != nil {
		return err
	}
	a.bus = events.New(events.Options{
		Redis: a.redis, Namespace: namespace, Logger: log, Before: func(e events.Event) { versions.RaiseAll(e.Versions) },
	})
	if err := a.openJobs(cfg, log); err != nil {
		return err
	}
	a.fields = fields.NewWorker(a.store, holderName("fields of"), a.publishFill, log)
	hooks := follow.Hooks{Forget: func() { a.forget(log) }, Map: a.fields.Wake}
	if a.jobs != nil {
		hooks.Wake = a.jobs.Wake
	}
	a.follower = follow.New(a.store, versions, a.bus, hooks, log)
	if err := a.follower.Prepare(ctx); err != nil {
		return err
	}
	return a.openServer(s, cfg, log)
}

func (a *app) prepareStore(ctx context.Context, cfg config.Config) error {
	if err := a.store.ConfigureInstances(ctx, instanceRows(cfg)); err != nil {
		return err
	}
	return a.store.SeedSyncConfig(ctx, cfg.Sync.Interval, cfg.Sync.ReconcileInterval)
}

func (a *app) openRedis(cfg config.Config, log *slog.Logger) (err error) {
	if cfg.Redis.URL == "" {
		return nil
	}
	redis.SetLogger(telemetry.RedisLog{Logger: log})
	a.redis, err = cache.Dial(cfg.Redis.URL.Reveal())
	return err
}

func (a *app) openJobs(cfg config.Config, log *slog.Logger) (err error) {
	if a.instances, err = mirrorInstances(cfg); err != nil {
		return err
	}
	a.engine = mirror.NewEngine(a.store, a.publish, log)
	if cfg.Sync.Enabled {
		a.jobs = jobs.New(a.store, a.engine, a.instances, holderName("server"), log)
	}
	return nil
}

func (a *app) openServer(s *session, cfg config.Config, log *slog.Logger) (err error) {
	registry := telemetry.NewRegistry(telemetry.Build{Version: s.build.Version, Commit: s.build.Commit})
	registry.MustRegister(a.cache, a.bus, a.engine, a.jiras())
	deps := server.Deps{
		Store: a.store, Cache: a.cache, Events: a.bus, Log: log, Registry: registry,
		Addr:        net.JoinHostPort(cfg.Listen.Addr, strconv.Itoa(cfg.Listen.Port)),
		MetricsAddr: cfg.Listen.MetricsAddr, PublicURL: cfg.Listen.PublicURL, TrustNetwork: cfg.Listen.TrustNetwork,
		Limits: server.Limits(cfg.Limits), Version: s.build.Version, Fields: a.advisor(), Projects: a.projects(),
	}
	deps.Webhooks = newWebhooks(a.store, cfg, registry, log)
	if !cfg.CacheEnabled {
		deps.Cache = nil
	}
	if a.redis != nil {
		deps.Rates = cache.Allowances{Redis: a.redis, Namespace: namespaceOf(cfg), Budget: rateBudget}
	}
	if files, built := frontend.Files(); built {
		deps.Dashboard = files
	}
	a.server, err = server.New(deps)
	return err
}

// run runs all parts until ctx ends or one of them fails, and returns when the last has ended.
func (a *app) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.server.Run(ctx) })
	group.Go(func() error { return a.cache.Run(ctx) })
	group.Go(func() error { return a.bus.Run(ctx) })
	group.Go(func() error { return a.follower.Run(ctx) })
	if a.jobs != nil {
		group.Go(func() error { return a.fields.Run(ctx) })
		group.Go(func() error { return a.jobs.Run(ctx) })
	}
	return group.Wait()
}

// publishFill tells everyone how far the fill of a mapping has come. With the news that it is done
// goes the version from which on it can be read.
func (a *app) publishFill(ctx context.Context, p db.FieldMappingProgress) {
	payload, err := json.Marshal(p)
	if err != nil {
		return // numbers and text always marshal
	}
	event := events.Event{Kind: events.KindMapping, Payload: payload}
	if p.Version != 0 {
		event.Versions = map[string]int64{db.MappingTag: p.Version}
	}
	_ = a.bus.Publish(ctx, event)
}

// advisor can ask each configured Jira for its fields.
func (a *app) advisor() *fields.Advisor {
	jiras := make(map[int]fields.Describer, len(a.instances))
	for _, in := range a.instances {
		jiras[in.ID] = in.Client
	}
	return fields.NewAdvisor(a.store, jiras)
}

// projects are the keys that are mirrored of each configured Jira.
func (a *app) projects() map[int][]string {
	keys := make(map[int][]string, len(a.instances))
	for _, in := range a.instances {
		keys[in.ID] = in.Projects
	}
	return keys
}

// jiras tells the figures of every configured Jira.
func (a *app) jiras() jira.Clients {
	clients := make(jira.Clients, len(a.instances))
	for i, in := range a.instances {
		clients[i] = in.Client
	}
	return clients
}

// publish tells everyone how far a run has come. One who missed it gets the next.
func (a *app) publish(ctx context.Context, p db.Progress) {
	payload, err := json.Marshal(p)
	if err != nil {
		return // numbers and text always marshal
	}
	_ = a.bus.Publish(ctx, events.Event{Kind: events.KindProgress, Instance: p.InstanceID, RunID: p.RunID, Payload: payload})
}

func (a *app) forget(log *slog.Logger) {
	if err := a.cache.Clear(context.Background()); err != nil {
		log.Warn("the answers of other servers may not be forgotten", "error", err)
	}
}

// close gives back what open has taken, in reverse.
func (a *app) close() {
	for _, in := range a.instances {
		in.Client.Close()
	}
	if a.bus != nil {
		a.bus.Close()
	}
	if a.cache != nil {
		a.cache.Close()
	}
	if a.redis != nil {
		_ = a.redis.Close() // nothing of ours is on its way
	}
	if a.store != nil {
		a.store.Close()
	}
}

// openStore migrates unless told not to, and connects.
func openStore(ctx context.Context, cfg config.Config) (*db.Store, error) {
	if cfg.AutoMigrate {
		if err := db.Migrate(ctx, migrationURL(cfg)); err != nil {
			return nil, err
		}
	} else if err := checkSchema(ctx, cfg); err != nil {
		return nil, err
	}
	return db.Open(ctx, db.Options{
		URL: cfg.Database.URL.Reveal(), ReadURL: cfg.Database.ReadURL.Reveal(), DirectURL: cfg.Database.DirectURL.Reveal(),
		StatementTimeout: cfg.Limits.Time + cfg.Limits.Time/2, Mapper: fields.Map,
	})
}

func checkSchema(ctx context.Context, cfg config.Config) error {
	have, known, err := db.SchemaVersions(ctx, migrationURL(cfg))
	switch {
	case err != nil:
		return err
	case have < known:
		return &db.OlderSchemaError{Database: have, Known: known}
	case have > known:
		return &db.NewerSchemaError{Database: have, Known: known}
	}
	return nil
}

// namespaceOf keeps apart what shares one Redis.
func namespaceOf(cfg config.Config) string { return db.DatabaseName(cfg.Database.URL.Reveal()) }
