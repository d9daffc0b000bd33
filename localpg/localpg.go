// Package localpg runs a PostgreSQL cluster of our own: for the demo, and for tests that
// need the real thing.
//
// Promises:
//   - It works for root, for an ordinary user, and for a uid without a passwd entry. The
//     server never runs as root: it gets the account postgres, nobody, or a user namespace.
//   - Nothing is left running, even when this process is killed with SIGKILL: the kernel
//     then asks the server to shut down.
//   - A data folder is never deleted, nor opened by another major version.
//   - Nobody else gets in: no TCP port, one unix socket in a folder of mode 0700.
//
// It knows nothing of what the databases hold.
package localpg

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	superuser = "postgres"
	port      = "5432" // only part of the socket's name: nothing listens on TCP

	shutdownGrace = 30 * time.Second // to write all that is in memory
	stopGrace     = 5 * time.Second  // to drop everything
)

// Options say where a cluster lives and how it runs.
type Options struct {
	Dir      string            // of the cluster; made if missing
	BinDir   string            // of initdb and postgres; "" looks for them, see [Find]
	FetchDir string            // one more folder of fetched binaries, see [Find]; "" for none
	Logger   *slog.Logger      // nil is silent
	Settings map[string]string // of postgresql.conf, on top of those for a small machine
}

// Cluster is a running PostgreSQL server and its data.
type Cluster struct {
	dir    string
	moved  string
	socket string
	log    *slog.Logger
	lock   *os.File
	server *process
	output *serverLog
}

// Start makes the cluster if there is none, starts its server and returns when it answers.
// Its errors for people are [NotFoundError], [VersionError], [InUseError], [OwnerError] and
// [FailedError].
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	log := opts.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	place, err := choosePlace(opts.Dir)
	if err != nil {
		return nil, err
	}
	lock, err := lockDir(place)
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: place.dir, moved: place.moved, log: log, lock: lock}
	if err := c.start(ctx, place, opts); err != nil {
		lock.Close()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context, place place, opts Options) error {
	data := filepath.Join(place.dir, dataName)
	made, err := madeBy(data)
	if err != nil {
		return err
	}
	bin, err := chooseBinaries(opts, place, made)
	if err != nil {
		return err
	}
	if made == 0 {
		c.log.Info("make a PostgreSQL cluster", "dir", place.dir, "version", bin.version)
		if err := initCluster(ctx, bin, place, opts.Settings["fsync"] == "off"); err != nil {
			return err
		}
	}
	if err := awaitFormer(ctx, data); err != nil {
		return err
	}
	if c.socket, err = socketDir(place); err != nil {
		return err
	}
	c.output = &serverLog{log: c.log}
	c.server, err = startServer(ctx, serverPlan{
		bin: bin, place: place, data: data, socket: c.socket, settings: opts.Settings, output: c.output,
		url: c.URL("postgres"),
	})
	if err != nil {
		return err
	}
	c.log.Debug("PostgreSQL is ready", "dir", place.dir, "version", bin.version, "pid", c.server.pid())
	return nil
}

// URL returns the connection string of a database, whether or not it exists.
func (c *Cluster) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.User(superuser),
		Path:     "/" + database,
		RawQuery: url.Values{"host": {c.socket}, "port": {port}}.Encode(),
	}
	return u.String()
}

// EnsureDatabase returns the connection string of a database that exists from now on.
func (c *Cluster) EnsureDatabase(ctx context.Context, name string) (string, error) {
	conn, err := pgconn.Connect(ctx, c.URL("postgres"))
	if err != nil {
		return "", fmt.Errorf("make database %s: %w", name, err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()).ReadAll()
	if err != nil && !isCode(err, codeDuplicateDatabase) {
		return "", fmt.Errorf("make database %s: %w", name, err)
	}
	return c.URL(name), nil
}

// Dir is the folder that the cluster really lives in.
func (c *Cluster) Dir() string { return c.dir }

// Moved says why Dir is not the folder that was asked for; "" if it is.
func (c *Cluster) Moved() string { return c.moved }

// Done is closed when the server has ended, asked or not.
func (c *Cluster) Done() <-chan struct{} { return c.server.done }

// Err says why the server ended unasked; nil while it runs and after Stop.
func (c *Cluster) Err() error {
	if err := c.server.err(); err != nil {
		return &FailedError{Act: "PostgreSQL", Dir: c.dir, Output: c.output.tail() + err.Error()}
	}
	return nil
}

// Stop ends all connections, lets the server write what it has, and waits for it. When ctx
// ends first, the server drops everything at once and recovers at its next start.
func (c *Cluster) Stop(ctx context.Context) error {
	defer c.lock.Close()
	if err := c.server.stop(ctx); err != nil {
		return fmt.Errorf("stop PostgreSQL in %s: %w", c.dir, err)
	}
	if filepath.Dir(c.socket) == c.dir {
		return nil
	}
	if err := os.Remove(c.socket); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove the socket's folder: %w", err)
	}
	return nil
}
