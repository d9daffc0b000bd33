package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"

	"jirasync/config"
	"jirasync/jirasim"
	"jirasync/localpg"
)

const (
	demoIssues = "5000" // over both instances
	demoRate   = "20"   // changes a minute, of each instance
	demoToken  = "demo-token"
)

// demoCommand is the whole house in one process: nothing to install, nothing left behind but its
// folder.
type demoCommand struct{}

// Run starts everything and prints the ready line when both instances are mirrored.
func (demoCommand) Run(ctx context.Context, s *session) error {
	plan, err := planDemo()
	if err != nil {
		return &exitError{exitUsage, err}
	}
	cfg, err := plan.config()
	if err != nil {
		return err
	}
	log, err := s.logger(cfg, true)
	if err != nil {
		return err
	}
	cluster, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(plan.dir, "postgres"), FetchDir: plan.fetched, Logger: log})
	if err != nil {
		return err
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		if err := cluster.Stop(stopping); err != nil {
			fmt.Fprintln(s.stderr, "jirasync:", err)
		}
	}()
	if moved := cluster.Moved(); moved != "" {
		fmt.Fprintln(s.stderr, moved)
	}
	url, err := cluster.EnsureDatabase(ctx, "jira_sync")
	if err != nil {
		return fmt.Errorf("make the database of the demo: %w", err)
	}
	cfg.Database.URL = config.Secret(url)
	return plan.run(ctx, s, cfg, cluster, log)
}

// demoPlan is what the folder of a demo says, or what a new one will.
type demoPlan struct {
	dir     string
	fetched string // where the build keeps PostgreSQL's programs if it had to fetch them
	port    int
	rate    float64
	kept    demoState
}

// demoState is kept beside the data: a simulator that came back with other issues, or at another
// address, would make the mirror look wrong.
type demoState struct {
	Issues int       `json:"issues"`
	Epoch  time.Time `json:"epoch"`
	Ports  [2]int    `json:"ports"` // of the simulators
}

func planDemo() (demoPlan, error) {
	plan := demoPlan{dir: config.Lookup("DEMO_DIR", ".demo"), fetched: config.Lookup("DEMO_POSTGRES", filepath.Join(".cache", "postgres"))}
	issues, err := strconv.Atoi(config.Lookup("DEMO_ISSUES", demoIssues))
	if err != nil || issues < 10 || issues > 1_000_000 {
		return plan, errors.New("DEMO_ISSUES must be a number from 10 to 1000000")
	}
	if plan.rate, err = strconv.ParseFloat(config.Lookup("DEMO_RATE", demoRate), 64); err != nil || plan.rate < 0 || plan.rate > 10_000 {
		return plan, errors.New("DEMO_RATE must be a number of changes a minute, 0 to 10000")
	}
	if plan.port, err = strconv.Atoi(config.Lookup("PORT", "8987")); err != nil || plan.port < 1 || plan.port > 65535 {
		return plan, errors.New("PORT must be a port, 1 to 65535")
	}
	if plan.dir, err = filepath.Abs(plan.dir); err != nil {
		return plan, fmt.Errorf("find the folder of the demo: %w", err)
	}
	return plan, plan.load(issues)
}

func (p *demoPlan) file() string { return filepath.Join(p.dir, "demo.json") }

func (p *demoPlan) load(issues int) error {
	content, err := os.ReadFile(p.file())
	if errors.Is(err, fs.ErrNotExist) {
		p.kept = demoState{Issues: issues, Epoch: time.Now().UTC().Truncate(time.Second)}
		return p.save()
	}
	if err == nil {
		err = json.Unmarshal(content, &p.kept)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w; remove %s to begin anew", p.file(), err, p.dir)
	}
	if p.kept.Issues != issues {
		if config.Lookup("DEMO_ISSUES", "") != "" {
			return fmt.Errorf("%s holds a demo of %d issues, DEMO_ISSUES asks for %d: remove that folder to begin anew, "+
				"or start with DEMO_ISSUES=%[2]d", p.dir, p.kept.Issues, issues)
		}
	}
	return nil
}

func (p *demoPlan) save() error {
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of the demo: %w", err)
	}
	content, err := json.Marshal(p.kept)
	if err != nil {
		return err
	}
	return os.WriteFile(p.file(), content, 0o644)
}

// config is that of a server without an environment of its own: what the shell holds for another
// server must not lead the demo astray.
func (p *demoPlan) config() (config.Config, error) {
	cfg, err := config.Defaults(map[string]string{
		"PORT": strconv.Itoa(p.port), "PUBLIC_URL": config.Lookup("PUBLIC_URL", ""), // of a port that is passed on
		"LOG_LEVEL": config.Lookup("LOG_LEVEL", "warn"), "LOG_FORMAT": config.Lookup("LOG_FORMAT", ""),
		"SYNC_INTERVAL": config.Lookup("SYNC_INTERVAL", "2m"), "SYNC_RECONCILE_INTERVAL": config.Lookup("SYNC_RECONCILE_INTERVAL", "15m"),
	})
	return cfg, err
}

// run serves until ctx ends. The simulators outlive the server, so that its last requests find
// them.
func (p *demoPlan) run(ctx context.Context, s *session, cfg config.Config, cluster *localpg.Cluster, log *slog.Logger) error {
	sims, err := p.startSims(log)
	if err != nil {
		return err
	}
	simCtx, stopSims := context.WithCancel(context.WithoutCancel(ctx))
	var simGroup errgroup.Group
	for _, sim := range sims {
		simGroup.Go(func() error { return sim.run(simCtx) })
		cfg.Instances = append(cfg.Instances, sim.instance)
	}
	defer func() {
		stopSims()
		if err := simGroup.Wait(); err != nil {
			fmt.Fprintln(s.stderr, "jirasync:", err)
		}
	}()
	app, err := newApp(ctx, s, cfg, log)
	if err != nil {
		return err
	}
	defer app.close()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return app.run(ctx) })
	group.Go(func() error { return p.announce(ctx, s, app) })
	group.Go(func() error {
		select {
		case <-ctx.Done():
			return nil
		case <-cluster.Done():
			return errors.New("PostgreSQL has ended by itself; its log is in " + p.dir)
		}
	})
	return group.Wait()
}

// announce prints the ready line once the server listens and both instances have been read whole, as
// they are from the start where the data was kept.
func (p *demoPlan) announce(ctx context.Context, s *session, app *app) error {
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	fmt.Fprintf(s.stdout, "demo of %d issues in %s; first sync of two simulated Jira instances ...\n", p.kept.Issues, p.dir)
	select {
	case <-app.server.Serving():
	case <-ctx.Done():
		return nil
	}
	for {
		ready, err := app.store.Complete(ctx)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if ready {
			fmt.Fprintf(s.stdout, "ready http://127.0.0.1:%d\n", p.port)
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}

// demoSim is one simulated Jira and the listener it answers on.
type demoSim struct {
	sim      *jirasim.Sim
	listener net.Listener
	instance config.Instance
}

func (p *demoPlan) startSims(log *slog.Logger) (sims []demoSim, err error) {
	half := p.kept.Issues / 2
	for i, o := range []jirasim.Options{
		{Flavor: jirasim.Cloud, Name: "north", Seed: 1, Issues: p.kept.Issues - half, Username: "demo@example.com", Token: demoToken},
		{Flavor: jirasim.DataCenter, Name: "south", Seed: 2, Issues: half, Token: demoToken},
	} {
		o.Rate, o.Epoch, o.Logger = p.rate, p.kept.Epoch, log
		o.StatePath = filepath.Join(p.dir, "jira-"+o.Name+".journal")
		started, err := p.startSim(i, o)
		if err != nil {
			for _, sim := range sims {
				err = errors.Join(err, sim.listener.Close(), sim.sim.Close())
			}
			return nil, err
		}
		sims = append(sims, started)
	}
	return sims, p.save()
}

func (p *demoPlan) startSim(i int, o jirasim.Options) (demoSim, error) {
	sim, err := jirasim.New(o)
	if err != nil {
		return demoSim{}, fmt.Errorf("start the simulated Jira %s: %w", o.Name, err)
	}
	// The port of before, so that links in the mirror still lead somewhere; another if it is taken.
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.kept.Ports[i])))
	if err != nil {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return demoSim{}, errors.Join(fmt.Errorf("listen for the simulated Jira %s: %w", o.Name, err), sim.Close())
	}
	p.kept.Ports[i] = listener.Addr().(*net.TCPAddr).Port
	instance := config.Instance{
		Number: i + 1, Name: o.Name, URL: "http://" + listener.Addr().String(), Kind: "auto", Concurrency: 4,
	}
	if o.Flavor == jirasim.Cloud {
		instance.Username, instance.Password = o.Username, demoToken
	} else {
		instance.Token = demoToken
	}
	return demoSim{sim: sim, listener: listener, instance: instance}, nil
}

// run answers and lives until ctx ends.
func (d demoSim) run(ctx context.Context) error {
	var group errgroup.Group
	group.Go(func() error { return serveHTTP(ctx, d.listener, d.sim.Handler()) })
	group.Go(func() error { return d.sim.Run(ctx) })
	return errors.Join(group.Wait(), d.sim.Close())
}
