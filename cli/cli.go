// Package cli is the composition root: one file a command, and the parts each is built from.
// Nothing imports it but main.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/alecthomas/kong"

	"jirasync/config"
)

// The exit codes of every command.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2 // usage or configuration
	exitPartial = 3
)

// Build says which binary this is.
type Build struct{ Version, Commit string }

// commands is the command line.
type commands struct {
	Serve       serveCommand       `cmd:"" help:"API, dashboard and schedule."`
	Demo        demoCommand        `cmd:"" help:"Everything embedded: PostgreSQL, two simulated Jira instances, server."`
	Sync        syncCommand        `cmd:"" help:"One run of each named instance, in the foreground."`
	Cache       cacheCommand       `cmd:"" help:"The cache of answers."`
	Migrate     migrateCommand     `cmd:"" help:"Schema migrations."`
	Sim         simCommand         `cmd:"" help:"A simulated Jira."`
	Config      configCommand      `cmd:"" help:"The configuration."`
	Healthcheck healthcheckCommand `cmd:"" help:"Exit 0 if the local server is ready."`
	Version     versionCommand     `cmd:"" help:"Version, commit and Go version."`
}

// session is what every command gets.
type session struct {
	build  Build
	stdout io.Writer
	stderr io.Writer
}

// exitError carries an exit code that is not the usual one for its error.
type exitError struct {
	code int
	err  error // nil: all has been said
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// Main runs one command and returns the exit code of the process.
func Main(args []string, build Build) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	s := &session{build: build, stdout: os.Stdout, stderr: os.Stderr}
	var line commands
	exited := -1
	parser, err := kong.New(&line,
		kong.Name("jirasync"), kong.Description("Mirrors the issues of Jira instances into PostgreSQL and serves the mirror."),
		kong.UsageOnError(), kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.stderr, "jirasync:", err)
		return exitFailed
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintln(s.stderr, "jirasync:", err)
		fmt.Fprintln(s.stderr, "jirasync --help lists the commands")
		return exitUsage
	}
	return s.codeOf(command.Run())
}

func (s *session) codeOf(err error) int {
	if err == nil {
		return exitOK
	}
	code := exitFailed
	var problems config.Problems
	var exit *exitError
	switch {
	case errors.As(err, &problems):
		code = exitUsage
	case errors.As(err, &exit):
		code = exit.code
		if exit.err == nil {
			return code
		}
	}
	fmt.Fprintln(s.stderr, "jirasync:", err)
	return code
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(s *session) error {
	_, err := fmt.Fprintf(s.stdout, "jirasync %s (commit %s, %s)\n", s.build.Version, s.build.Commit, runtime.Version())
	return err
}
