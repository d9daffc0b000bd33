// Command testdb runs a command beside a PostgreSQL cluster that ends with it:
//
//	testdb go test ./...
//
// The command finds the cluster in TEST_DATABASE_URL, as package dbtest expects it. Where
// that is set already, testdb starts none. It exits as the command does.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"jirasync/db/dbtest"
	"jirasync/localpg"
)

// stopTimeout bounds how long the end of the tests waits for the cluster.
const stopTimeout = time.Minute

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: testdb COMMAND [ARGUMENT]...")
		os.Exit(2)
	}
	// Ctrl-C reaches the command from the terminal itself; it is what we wait for.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code, err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "testdb:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context, command []string) (code int, err error) {
	environment := os.Environ()
	if os.Getenv("TEST_DATABASE_URL") == "" {
		dir, err := os.MkdirTemp("", "jirasync-dbtest-")
		if err != nil {
			return 1, err
		}
		defer os.RemoveAll(dir)
		if err := os.Chmod(dir, 0o711); err != nil { // the server's account has to pass
			return 1, err
		}
		cluster, err := localpg.Start(ctx, localpg.Options{Dir: dir, Settings: dbtest.Settings()})
		if err != nil {
			return 1, err
		}
		defer func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
			defer cancel()
			if stopErr := cluster.Stop(ctx); stopErr != nil {
				code, err = 1, errors.Join(err, stopErr)
			}
			if cluster.Dir() != dir {
				_ = os.RemoveAll(cluster.Dir())
			}
		}()
		environment = append(environment, "TEST_DATABASE_URL="+cluster.URL("postgres"), dbtest.DataVariable+"="+cluster.Dir())
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) // running it is the purpose
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTimeout
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = os.Stdin, os.Stdout, os.Stderr, environment
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
