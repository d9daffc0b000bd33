package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"jirasync/jirasim"
)

type simCommand struct {
	Flavor    string        `help:"cloud or dc." enum:"cloud,dc" default:"cloud"`
	Issues    int           `help:"Issues at birth." default:"1000"`
	Addr      string        `help:"Address to listen on." default:"127.0.0.1:8080"`
	Name      string        `help:"Name of the site." default:""`
	Seed      uint64        `help:"What the data is made from." default:"1"`
	Rate      float64       `help:"Changes a minute." default:"0"`
	State     string        `help:"File that keeps the changes over a restart." default:"" type:"path"`
	Username  string        `help:"Account accepted; empty: any." default:""`
	Token     string        `help:"Token or password accepted; empty: any." default:"" env:"SIM_TOKEN"`
	TimeZone  string        `help:"Time zone of the API user." default:"UTC"`
	Scale     string        `help:"Size of the documents: demo or bench." enum:"demo,bench" default:"demo"`
	Prerender bool          `help:"Keep written documents, so that pages cost almost nothing: for benchmarks of up to 20,000 issues."`
	Latency   time.Duration `help:"Time added to each request." default:"0s"`
	Faults    string        `help:"Faults as JSON, as POST /_sim/faults takes them." default:""`
}

// Run plays a Jira until it is stopped.
func (c *simCommand) Run(ctx context.Context, s *session) error {
	sim, err := jirasim.New(jirasim.Options{
		Flavor: jirasim.Flavor(c.Flavor), Name: c.Name, Seed: c.Seed, Issues: c.Issues, Rate: c.Rate, StatePath: c.State,
		Username: c.Username, Token: c.Token, TimeZone: c.TimeZone, PayloadScale: c.Scale, Prerender: c.Prerender,
	})
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if c.Faults != "" {
		if err := sim.Faults().Apply([]byte(c.Faults)); err != nil {
			return &exitError{exitUsage, errors.Join(fmt.Errorf("--faults: %w", err), sim.Close())}
		}
	}
	if c.Latency > 0 {
		sim.Faults().Add(jirasim.Rule{Latency: c.Latency})
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return errors.Join(fmt.Errorf("listen on --addr %s: %w", c.Addr, err), sim.Close())
	}
	fmt.Fprintf(s.stdout, "simulated Jira (%s, %d issues) at http://%s\n", c.Flavor, sim.Count(), listener.Addr())
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serveHTTP(ctx, listener, sim.Handler()) })
	group.Go(func() error { return sim.Run(ctx) })
	return errors.Join(group.Wait(), sim.Close())
}

// serveHTTP answers on the listener until ctx ends.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if err := server.Shutdown(closing); err != nil {
			return server.Close() // a slow answer is cut off
		}
		return nil
	})
	return group.Wait()
}
