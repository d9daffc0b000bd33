package compose_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stack is one compose project on a copy of the tree.
type stack struct {
	t       *testing.T
	dir     string // the copy's root
	file    string // compose.prod.yaml or compose.dev.yaml
	project string
	port    string       // of the dashboard, as published
	taken   net.Listener // where a test holds that port itself
	health  *healthLog
}

// newStack copies what git has or would take, and gives it an empty .env.
func newStack(t *testing.T, file, project string) *stack {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	s := &stack{t: t, dir: t.TempDir(), file: file, project: project, port: "5648"}
	if port := os.Getenv("FRONTEND_PORT"); port != "" {
		s.port = port
	}
	s.shell("git -C '%s' ls-files -z --cached --others --exclude-standard | (cd '%s' && xargs -0 sh -c 'for f; do [ -e \"$f\" ] && printf \"%%s\\0\" \"$f\"; done' sh) | tar -C '%s' --null -T - -cf - | tar -xf -", root, root, root)
	s.write(".env", "")
	t.Cleanup(func() {
		if !*keep {
			s.remove()
		}
	})
	s.remove()
	s.watchHealth()
	return s
}

// remove ends the stack and its data.
func (s *stack) remove() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	for _, sim := range []string{"north", "south"} {
		_ = exec.CommandContext(ctx, "docker", "rm", "-f", s.project+"-"+sim).Run() // most often there is none
	}
	down := s.command(ctx, "docker", "compose", "-f", s.file, "--profile", "*", "down", "-v", "--remove-orphans", "-t", "10")
	if out, err := down.CombinedOutput(); err != nil {
		s.t.Logf("remove the stack: %v\n%s", err, lastLines(string(out), 5))
	}
}

// command runs in the copy, under the project's name.
func (s *stack) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = s.dir
	for _, entry := range os.Environ() { // no Jira of whoever runs this
		if !strings.HasPrefix(entry, "JIRA_") && !strings.HasPrefix(entry, "DATABASE_") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.Env = append(cmd.Env, "COMPOSE_PROJECT_NAME="+s.project, "ENV_FILE=.env", "COMPOSE_ENV_FILES=.env", "VERSION=test", "COMMIT=test")
	return cmd
}

// try runs a command and returns what it printed, both streams.
func (s *stack) try(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Minute)
	defer cancel()
	out, err := s.command(ctx, name, args...).CombinedOutput()
	return string(out), err
}

// run is try for what must succeed.
func (s *stack) run(name string, args ...string) string {
	s.t.Helper()
	out, err := s.try(name, args...)
	require.NoError(s.t, err, "%s %s\n%s", name, strings.Join(args, " "), lastLines(out, 30))
	return out
}

func (s *stack) shell(script string, args ...any) string {
	s.t.Helper()
	return s.run("bash", "-euo", "pipefail", "-c", fmt.Sprintf(script, args...))
}

// compose speaks to the stack as a user would.
func (s *stack) compose(args ...string) string {
	s.t.Helper()
	return s.run("docker", append([]string{"compose", "-f", s.file}, args...)...)
}

// exec runs a program inside a service and returns what it printed, trimmed.
func (s *stack) exec(service string, args ...string) string {
	s.t.Helper()
	return strings.TrimSpace(s.compose(append([]string{"exec", "-T", service}, args...)...))
}

func (s *stack) write(name, content string) {
	s.t.Helper()
	require.NoError(s.t, os.WriteFile(filepath.Join(s.dir, name), []byte(content), 0o644)) // containers read it
}

// edit changes one line of a source of the copy.
func (s *stack) edit(name, old, replacement string) {
	s.t.Helper()
	content, err := os.ReadFile(filepath.Join(s.dir, name)) // of the copy
	require.NoError(s.t, err)
	require.Contains(s.t, string(content), old, name)
	s.write(name, strings.Replace(string(content), old, replacement, 1))
}

// container is what the engine says of one.
type container struct {
	ID    string `json:"Id"`
	Name  string
	State struct {
		Status    string
		Pid       int
		StartedAt time.Time
		Health    struct {
			Status string
		}
	}
	Config struct {
		Env  []string
		User string
	}
	HostConfig struct {
		Memory         int64
		NanoCPUs       int64 `json:"NanoCpus"`
		ReadonlyRootfs bool
		CapAdd         []string
		SecurityOpt    []string
		LogConfig      struct {
			Type   string
			Config map[string]string
		}
	}
	NetworkSettings struct {
		Ports    map[string][]struct{ HostIp, HostPort string } //nolint:revive,staticcheck // the engine's name
		Networks map[string]struct{ IPAddress string }
	}
}

// address is the container's own, reachable from this machine.
func (c container) address() string {
	for _, network := range c.NetworkSettings.Networks {
		return network.IPAddress
	}
	return ""
}

func (s *stack) inspect(service string) container {
	s.t.Helper()
	id := strings.Fields(s.compose("ps", "--all", "-q", service))
	require.Len(s.t, id, 1, "one container of %s", service)
	return s.inspectContainer(id[0])
}

func (s *stack) inspectContainer(id string) container {
	s.t.Helper()
	var found []container
	require.NoError(s.t, json.NewDecoder(bytes.NewBufferString(s.run("docker", "inspect", id))).Decode(&found))
	require.Len(s.t, found, 1)
	return found[0]
}

// eventually waits for a condition, up to a deadline far beyond what it should take.
func (s *stack) eventually(what string, within time.Duration, condition func() error) {
	s.t.Helper()
	deadline := time.Now().Add(within)
	for {
		err := condition()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: not within %s: %v\n%s", what, within, err, lastLines(s.compose("logs", "--no-color", "--tail", "15"), 60))
		}
		select {
		case <-s.t.Context().Done():
			s.t.FailNow()
		case <-time.After(300 * time.Millisecond):
		}
	}
}
