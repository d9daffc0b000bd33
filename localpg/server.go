package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// formerGrace is for a server whose supervisor was killed: it writes what it has.
	formerGrace = time.Minute

	pollInterval = 20 * time.Millisecond
)

// smallMachine are settings for two cores and a few GB that are shared with others. fsync
// stays on: kept data is kept.
var smallMachine = map[string]string{
	"shared_buffers":           "128MB",
	"work_mem":                 "16MB",
	"maintenance_work_mem":     "128MB",
	"effective_cache_size":     "1GB",
	"max_connections":          "200",
	"max_wal_size":             "1GB",
	"random_page_cost":         "1.1",
	"jit":                      "off", // compiling costs more than queries of a few ms
	"timezone":                 "UTC",
	"log_timezone":             "UTC",
	"log_checkpoints":          "off",
	"logging_collector":        "off",
	"unix_socket_permissions":  "0700",
	"cluster_name":             "jirasync",
	"external_pid_file":        "",
	"ssl":                      "off",
	"shared_preload_libraries": "",
}

// serverPlan is all that a server needs to run.
type serverPlan struct {
	bin      binaries
	place    place
	data     string
	socket   string
	settings map[string]string
	output   *serverLog
	url      string // of its maintenance database
}

// startServer returns when the server answers queries. It tries again while sessions of a
// server that was killed alone still hold its shared memory.
func startServer(ctx context.Context, plan serverPlan) (*process, error) {
	deadline := time.Now().Add(formerGrace)
	for {
		server, err := tryServer(ctx, plan)
		failed, ok := errors.AsType[*FailedError](err)
		if !ok || !strings.Contains(failed.Output, "pre-existing shared memory block") || time.Now().After(deadline) {
			return server, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pollInterval):
		}
	}
}

func tryServer(ctx context.Context, plan serverPlan) (*process, error) {
	settings := maps.Clone(smallMachine)
	maps.Copy(settings, plan.settings)
	settings["listen_addresses"] = "" // whatever the caller set: the socket is the only door
	settings["unix_socket_directories"] = plan.socket
	settings["port"] = port
	args := []string{"-D", plan.data}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	cmd := exec.Command(filepath.Join(plan.bin.dir, "postgres"), args...) //nolint:gosec,noctx // a path we found; Stop ends it
	cmd.Dir = plan.data
	cmd.Env = childEnv()
	cmd.SysProcAttr = plan.place.account.attributes()
	cmd.Stdout, cmd.Stderr = plan.output, plan.output
	cmd.WaitDelay = stopGrace // a straggler may hold the pipe

	server, err := startProcess(cmd)
	if err != nil {
		return nil, &FailedError{Act: "PostgreSQL", Dir: plan.data, Output: err.Error()}
	}
	if err := awaitReady(ctx, server, plan.url); err != nil {
		_ = server.stop(ctx) // the reason to stop is the one to tell
		if ctx.Err() == nil {
			err = &FailedError{Act: "PostgreSQL", Dir: plan.data, Output: plan.output.tail()}
		}
		return nil, err
	}
	return server, nil
}

// awaitReady returns once a connection succeeds, however long recovery takes.
func awaitReady(ctx context.Context, server *process, url string) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		conn, err := pgconn.Connect(ctx, url)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-server.done:
			return fmt.Errorf("start PostgreSQL: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("start PostgreSQL: %w", context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// awaitFormer waits until the server of a killed supervisor has ended, and clears a pid
// file whose number belongs to another program by now: PostgreSQL would take that program
// for a server.
func awaitFormer(ctx context.Context, data string) error {
	path := filepath.Join(data, "postmaster.pid")
	deadline := time.NewTimer(formerGrace)
	defer deadline.Stop()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		pid, err := formerPID(path)
		if err != nil || pid == 0 {
			return err
		}
		if !runsIn(pid, data) {
			if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
				return fmt.Errorf("clear a stale pid file: %w", err)
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the former server: %w", context.Cause(ctx))
		case <-deadline.C:
			return &InUseError{Dir: data, PID: pid}
		case <-tick.C:
		}
	}
}

// formerPID reads who runs, or ran, on the data; 0 is nobody.
func formerPID(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		if os.IsNotExist(err) {
			return 0, nil
		}
		return 0, fmt.Errorf("look for a former server: %w", err)
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(string(bytes.TrimSpace(first)))
	if err != nil {
		return 0, nil //nolint:nilerr // cut off in writing: the server itself says what to do
	}
	return pid, nil
}
