package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/events"
	"jirasync/resolvers"
)

// drainTime is how long requests may take to finish once the server is told to stop.
const drainTime = 20 * time.Second

// headBytes is how long the head of a request may be: its address, and so the parameters of a GET.
const headBytes = 64 << 10

// Deps are the parts of a server and its settings.
type Deps struct {
	Store    *db.Store
	Cache    *cache.Cache // nil: every answer is made anew
	Events   *events.Bus
	Log      *slog.Logger
	Registry *prometheus.Registry
	Fields   resolvers.FieldWork // nil: field mappings can be read, not changed
	Projects map[int][]string    // keys of JIRA_PROJECTS_n, by n; none: all

	Addr         string      // host:port
	MetricsAddr  string      // host:port of /metrics alone; empty: on Addr
	PublicURL    string      // external origin; empty: the one that a request names
	TrustNetwork bool        // something in front guards the port
	Limits       Limits      // the zero value: DefaultLimits
	Rates        SharedRates // nil: each server counts its clients alone

	Webhooks  http.Handler // of POST /webhooks/jira/{name}; nil: none are taken
	Dashboard fs.FS        // with index.html at its root; nil: none is served
	Version   string
}

// Server answers requests.
type Server struct {
	deps      Deps
	public    *url.URL // nil: not set
	answers   *answers
	live      *live
	freshness *freshness
	rates     *rates
	exports   chan struct{} // a place for each that is being written
	metrics   *metrics
	handler   http.Handler
	serving   chan struct{} // closed once it listens
	draining  atomic.Bool
	waiting   atomic.Int64   // bytes that clients who watch have not taken
	sockets   sync.WaitGroup // hijacked connections, which http.Server does not wait for
	closing   context.Context
	close     context.CancelCauseFunc
}

// New puts a server together. It does not listen yet.
func New(d Deps) (*Server, error) {
	if d.Limits == (Limits{}) {
		d.Limits = DefaultLimits()
	}
	if d.Log == nil {
		d.Log = slog.Default()
	}
	if d.Registry == nil {
		d.Registry = prometheus.NewRegistry()
	}
	if err := checkAddr(d.Addr, d.TrustNetwork); err != nil {
		return nil, err
	}
	s := &Server{deps: d, rates: newRates(d.Limits.RequestsPerMinute, d.Rates), exports: make(chan struct{}, exportsAtOnce), serving: make(chan struct{})}
	if d.PublicURL != "" {
		u, err := url.Parse(d.PublicURL)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return nil, errors.New("PUBLIC_URL is no origin: write it as https://jira.example.org")
		}
		s.public = u
	}
	s.closing, s.close = context.WithCancelCause(context.Background())
	s.metrics = newMetrics(d.Registry, d.Store)
	s.freshness = newFreshness(d.Store, d.Events, d.Log)
	s.answers = newAnswers(s)
	s.live = newLive(s.answers, s.metrics)
	handler, err := s.routes()
	if err != nil {
		return nil, err
	}
	s.handler = handler
	return s, nil
}

// Handler is everything the server answers, for tests and for those who listen themselves.
func (s *Server) Handler() http.Handler { return s.handler }

// Serving is closed once Run listens.
func (s *Server) Serving() <-chan struct{} { return s.serving }

// Run listens and serves, once, until ctx ends, then lets requests finish and tells subscribers to come
// again.
func (s *Server) Run(ctx context.Context) error {
	listener, err := listen(ctx, s.deps.Addr, "PORT")
	if err != nil {
		return err
	}
	servers := []*http.Server{s.http(s.handler)}
	listeners := []net.Listener{listener}
	if s.deps.MetricsAddr != "" {
		metrics, err := listen(ctx, s.deps.MetricsAddr, "METRICS_ADDR")
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		servers, listeners = append(servers, s.http(s.metrics.handler())), append(listeners, metrics)
	}
	s.freshness.read(ctx) // before the first answer, which tells it too
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var running sync.WaitGroup
	running.Go(func() { s.freshness.run(ctx) })
	running.Go(func() { s.rates.run(ctx) })
	failed := make(chan error, len(servers))
	for i, server := range servers {
		running.Go(func() { failed <- server.Serve(listeners[i]) })
	}
	close(s.serving)
	s.deps.Log.InfoContext(ctx, "serving", "address", "http://"+listener.Addr().String())
	select {
	case <-ctx.Done():
		err = s.drain(ctx, servers)
	case err = <-failed:
		err = errors.Join(fmt.Errorf("serve: %w", err), s.drain(ctx, servers))
	}
	stop()
	running.Wait()
	return err
}

func (s *Server) http(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: headBytes,
		ErrorLog: slog.NewLogLogger(s.deps.Log.Handler(), slog.LevelDebug),
	}
}

// drain finishes requests. What lasts is ended first, or it would be waited for in vain.
func (s *Server) drain(ctx context.Context, servers []*http.Server) error {
	s.draining.Store(true)
	s.close(errGoingDown)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime-2*time.Second)
	defer cancel()
	var errs []error
	for _, server := range servers {
		if err := server.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("some requests were cut off: %w", err), server.Close())
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.sockets.Wait()
		s.live.running.Wait() // their last watchers have left
	}()
	select {
	case <-done:
	case <-ctx.Done():
		errs = append(errs, errors.New("some websockets were cut off"))
	}
	return errors.Join(errs...)
}
