package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"jirasync/query"
)

// ErrNotFound says that the named row is not there (or not visible to the asker).
var ErrNotFound = errors.New("not found")

// Options are the ways to PostgreSQL and how much of it to use.
type Options struct {
	URL       string
	ReadURL   string // a replica for reads; empty: URL
	DirectURL string // past a pooler, for LISTEN and locks; empty: URL
	// ReadConns bounds the connections that serve reads. Few give the same throughput as many and
	// a shorter tail. 0: twice the processors, at least 4.
	ReadConns int32
	// WriteConns bounds those of the sync: pages and censuses side by side. 0: 24.
	WriteConns int32
	// StatementTimeout is PostgreSQL's own deadline for a read, the second line behind the
	// context's. 0: 15 s.
	StatementTimeout time.Duration
	// Mapper converts the documents of issues for the mapped columns. Without one, a store that
	// writes pages refuses to as long as there are mappings.
	Mapper Mapper
	// Tracer hears of every statement; nil: nobody does.
	Tracer pgx.QueryTracer
}

// Store reads and writes the mirror. Close it when done.
type Store struct {
	pool      connections // writes, and reads that must see them
	reads     connections // what people ask, bounded in time
	newest    connections // the same, where a replica has fallen behind
	replica   bool        // reads go to another server than writes
	directURL string
	mapper    Mapper

	selections selections                    // of issues
	columns    atomic.Pointer[query.Columns] // what questions can speak of, as last read
	writers    atomic.Pointer[writerColumns] // what pages fill, as last read
	words      vocabulary                    // that pages have stored
	used       sync.Map                      // columns for which an index was asked
}

// Open connects and proves the connection.
func Open(ctx context.Context, o Options) (*Store, error) {
	pool, err := openPool(ctx, o.URL, cmp.Or(o.WriteConns, 24), writeSettings(), o.Tracer)
	if err != nil {
		return nil, err
	}
	readConns := cmp.Or(o.ReadConns, max(4, 2*int32(runtime.NumCPU()))) // few processors
	reads, err := openPool(ctx, cmp.Or(o.ReadURL, o.URL), readConns, readSettings(cmp.Or(o.StatementTimeout, 15*time.Second)), o.Tracer)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("open the connections for reads: %w", err)
	}
	s := &Store{
		pool: connections{pool}, reads: connections{reads}, newest: connections{reads}, replica: o.ReadURL != "",
		directURL: cmp.Or(o.DirectURL, o.URL), mapper: o.Mapper,
	}
	if s.replica {
		newest, err := openPool(ctx, o.URL, readConns, readSettings(cmp.Or(o.StatementTimeout, 15*time.Second)), o.Tracer)
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("open the connections for reads of what is newest: %w", err)
		}
		s.newest = connections{newest}
	}
	return s, nil
}

// Close waits for running statements and gives the connections back.
func (s *Store) Close() {
	if s.replica && s.newest.conns != s.reads.conns {
		s.newest.conns.Close()
	}
	s.reads.conns.Close()
	s.pool.conns.Close()
}

// Ping asks the database for a sign of life, the replica and the primary where there are both.
func (s *Store) Ping(ctx context.Context) error {
	if !s.replica {
		return s.reads.conns.Ping(ctx)
	}
	if err := s.reads.conns.Ping(ctx); err != nil {
		return fmt.Errorf("the replica: %w", err)
	}
	if err := s.pool.conns.Ping(ctx); err != nil {
		return fmt.Errorf("the primary: %w", err)
	}
	return nil
}

// PoolStats are the figures of the pool that serves reads.
func (s *Store) PoolStats() *pgxpool.Stat { return s.reads.conns.Stat() }

func readSettings(statementTimeout time.Duration) map[string]string {
	return map[string]string{
		"statement_timeout": fmt.Sprint(statementTimeout.Milliseconds()),
		// What people read is in memory or on a disk without a moving head. PostgreSQL's default of 4
		// makes it read all users of an instance for a page of fifty issues.
		"random_page_cost": "1.1",
	}
}

// mostIdle is how long a transaction that writes may stand still between two statements: its server was
// paused or lost, and others wait for its locks.
const mostIdle = 10 * time.Second

// writeSettings have PostgreSQL drop a session of a server that was lost in the middle. Without them it
// would wait two hours for the network to tell.
func writeSettings() map[string]string {
	return map[string]string{
		"idle_in_transaction_session_timeout": fmt.Sprint(mostIdle.Milliseconds()),
		// In the middle of a COPY it stands still too, but is not idle.
		"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3",
	}
}

func openPool(ctx context.Context, url string, conns int32, settings map[string]string, tracer pgx.QueryTracer) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, badURLError(err)
	}
	config.MaxConns = conns
	prepareConn(config.ConnConfig)
	maps.Copy(config.ConnConfig.RuntimeParams, settings)
	config.ConnConfig.Tracer = tracer
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, describeConnectError(err, config.ConnConfig)
	}
	return pool, nil
}

func connConfig(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, badURLError(err)
	}
	prepareConn(config)
	return config, nil
}

func prepareConn(config *pgx.ConnConfig) {
	config.RuntimeParams["application_name"] = "jirasync"
	config.RuntimeParams["timezone"] = "UTC"
	config.RuntimeParams["datestyle"] = "ISO" // dates are read as texts
	// The house's tables first; extensions such as pg_trgm live in public.
	config.RuntimeParams["search_path"] = "jira_sync,public"
	// A JIT compile costs more than any of our statements takes.
	config.RuntimeParams["jit"] = "off"
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
}

// badURLError keeps pgx's reason and drops its copy of the URL, which may hold a password.
func badURLError(err error) error {
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) {
		if inner := parse.Unwrap(); inner != nil {
			return fmt.Errorf("the database URL cannot be read: %w; it looks like postgres://user:password@host:5432/jira_sync", inner)
		}
	}
	return errors.New("the database URL cannot be read; it looks like postgres://user:password@host:5432/jira_sync")
}

// describeConnectError turns a failed connection into a sentence with its cure.
func describeConnectError(err error, c *pgx.ConnConfig) error {
	where := fmt.Sprintf("PostgreSQL at %s:%d", c.Host, c.Port)
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code {
		case "28P01", "28000":
			return fmt.Errorf("%s refused user %q: check DB_USER and DB_PASSWORD, or DATABASE_URL (%w)", where, c.User, refused)
		case "3D000":
			return fmt.Errorf("%s has no database %q: create it (createdb %[2]s) or change DB_NAME (%[3]w)", where, c.Database, refused)
		case "53300":
			return fmt.Errorf("%s has no connection left: raise max_connections or stop another client (%w)", where, refused)
		case "57P03":
			return fmt.Errorf("%s is starting up or shutting down: try again in a moment (%w)", where, refused)
		}
		return fmt.Errorf("%s: %w", where, refused)
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return fmt.Errorf("%s cannot be reached: is it running, and are DB_HOST and DB_PORT (or DATABASE_URL) right? (%w)", where, network.Err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s did not answer in time: check the network and DB_HOST: %w", where, context.DeadlineExceeded)
	}
	return fmt.Errorf("%s: %w", where, err)
}

// isDuplicate: another server created it between our look and our act.
func isDuplicate(err error) bool { return isCode(err, "23505", "42P06") }

// DatabaseName is the database that a URL leads to; empty when it cannot be read.
func DatabaseName(url string) string {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return ""
	}
	return config.Database
}
