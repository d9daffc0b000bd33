package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/chaos/chaostest"
	"jirasync/cli"
	"jirasync/db/dbtest"
	"jirasync/jirasim"
	"jirasync/mirror/mirrortest"
)

// deadline is ten times what anything here should take.
const deadline = 3 * time.Minute

// runAs makes the test binary the program itself: what is tested is the same Main.
const runAs = "JIRASYNC_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(runAs) != "" {
		os.Exit(cli.Main(os.Args[1:], cli.Build{Version: "test", Commit: "test"}))
	}
	dbtest.Main(m)
}

// process is a running jirasync.
type process struct {
	t       *testing.T
	command *exec.Cmd
	mu      sync.Mutex
	output  bytes.Buffer // of both streams
	stdout  bytes.Buffer
	lines   chan string
	ended   chan struct{}
}

// start runs jirasync with these arguments and this environment alone.
func start(t *testing.T, env map[string]string, args ...string) *process {
	t.Helper()
	p := &process{t: t, command: exec.Command(os.Args[0], args...), lines: make(chan string, 10_000), ended: make(chan struct{})}
	p.command.Dir = t.TempDir()
	p.command.Env = []string{runAs + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + p.command.Dir, "GORACE=" + os.Getenv("GORACE")}
	for name, value := range env {
		p.command.Env = append(p.command.Env, name+"="+value)
	}
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := p.command.StdoutPipe()
	require.NoError(t, err)
	stderr, err := p.command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, p.command.Start())
	var readers sync.WaitGroup
	readers.Go(func() { p.read(stdout, &p.stdout) })
	readers.Go(func() { p.read(stderr, io.Discard) })
	go func() {
		readers.Wait()
		_ = p.command.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.signal(syscall.SIGKILL)
		<-p.ended
		if t.Failed() {
			t.Logf("jirasync %s printed:\n%s", strings.Join(args, " "), p.printed())
		}
	})
	return p
}

func (p *process) read(from io.Reader, also io.Writer) {
	scanner := bufio.NewScanner(from)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		p.mu.Lock()
		fmt.Fprintln(&p.output, scanner.Text())
		fmt.Fprintln(also, scanner.Text())
		p.mu.Unlock()
		select {
		case p.lines <- scanner.Text():
		default: // nobody waits for it
		}
	}
}

func (p *process) printed() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

func (p *process) signal(s syscall.Signal) {
	_ = p.command.Process.Signal(s) // it may have ended
}

// waitFor returns once it has printed a line with this text.
func (p *process) waitFor(text string) string {
	p.t.Helper()
	timeout := time.After(deadline)
	for {
		select {
		case line := <-p.lines:
			if strings.Contains(line, text) {
				return line
			}
		case <-p.ended:
			require.Contains(p.t, p.printed(), text, "it ended before")
			return text
		case <-timeout:
			require.Contains(p.t, p.printed(), text)
		}
	}
}

// wait returns the exit code.
func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(deadline):
		p.t.Fatal("it does not end; it printed:\n" + p.printed())
	}
	return p.command.ProcessState.ExitCode()
}

// run runs a command to its end.
func run(t *testing.T, env map[string]string, args ...string) (code int, p *process) {
	t.Helper()
	p = start(t, env, args...)
	return p.wait(), p
}

// site is two simulated Jiras, and a database to mirror them in.
type site struct {
	*testing.T
	url     string
	sims    [2]*jirasim.Sim
	servers [2]*httptest.Server
}

const secret = "pl4nted-s3cret"

func newSite(t *testing.T, issues int) *site {
	t.Helper()
	t.Parallel()
	s := &site{T: t, url: dbtest.New(t)}
	for i, o := range []jirasim.Options{
		{Flavor: jirasim.Cloud, Name: "north", Username: "sync@example.com"}, {Flavor: jirasim.DataCenter, Name: "south"},
	} {
		o.Issues, o.Token, o.Seed = issues, secret, uint64(i)
		var err error
		s.sims[i], err = jirasim.New(o)
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.sims[i].Close() })
		s.servers[i] = httptest.NewServer(s.sims[i].Handler())
		t.Cleanup(s.servers[i].Close)
	}
	return s
}

// env is the environment of a server of the site, on a free port, with more names after it.
func (s *site) env(more ...string) map[string]string {
	s.Helper()
	env := map[string]string{
		"DATABASE_URL": s.url, "PORT": freePort(s.T), "LOG_FORMAT": "json", "LOG_LEVEL": "info", "SYNC_INTERVAL": "1h",
		"JIRA_URL_1": s.servers[0].URL, "JIRA_NAME_1": "north", "JIRA_USERNAME_1": "sync@example.com", "JIRA_PASSWORD_1": secret,
		"JIRA_URL_2": s.servers[1].URL, "JIRA_NAME_2": "south", "JIRA_TOKEN_2": secret,
	}
	for i := 0; i < len(more); i += 2 {
		env[more[i]] = more[i+1]
		if more[i+1] == "" {
			delete(env, more[i])
		}
	}
	return env
}

// requireTruth holds both mirrors against their truth.
func (s *site) requireTruth() {
	s.Helper()
	conn, err := pgx.Connect(s.Context(), s.url)
	require.NoError(s, err)
	defer func() { _ = conn.Close(context.WithoutCancel(s.Context())) }()
	for i, sim := range s.sims {
		difference, err := mirrortest.Compare(s.Context(), conn, i+1, sim.Truth)
		require.NoError(s, err)
		require.True(s, difference.Empty(), difference.String())
		require.Positive(s, difference.Issues)
	}
}

// report holds both mirrors against their truth, which took this long to come, and keeps it in the ledger.
func (s *site) report(outcome *chaostest.Outcome, since time.Time) {
	s.Helper()
	recovery := time.Since(since)
	conn, err := pgx.Connect(s.Context(), s.url)
	require.NoError(s, err)
	defer func() { _ = conn.Close(context.WithoutCancel(s.Context())) }()
	for i, sim := range s.sims {
		difference, err := mirrortest.Compare(s.Context(), conn, i+1, sim.Truth)
		require.NoError(s, err)
		outcome.Add(0, difference, recovery)
	}
	chaostest.Report(s, *outcome)
	require.Zero(s, outcome.Lost(), outcome.Fault)
}

// ask reads one value by SQL.
func ask[V any](s *site, query string, args ...any) (value V) {
	s.Helper()
	conn, err := pgx.Connect(s.Context(), s.url)
	require.NoError(s, err)
	defer func() { _ = conn.Close(context.WithoutCancel(s.Context())) }()
	require.NoError(s, conn.QueryRow(s.Context(), query, args...).Scan(&value), query)
	return value
}

// until waits for a condition that SQL can tell.
func (s *site) until(query string, args ...any) {
	s.Helper()
	require.Eventually(s, func() bool { return ask[bool](s, query, args...) }, deadline, 50*time.Millisecond, query)
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// query asks the server at the environment's port, as an analyst would.
func query(t *testing.T, env map[string]string, text string) map[string]any {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": text})
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:"+env["PORT"]+"/graphql", bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	var result struct {
		Data   map[string]any `json:"data"`
		Errors []any          `json:"errors"`
	}
	require.NoError(t, json.Unmarshal(content, &result), string(content))
	require.Empty(t, result.Errors, string(content))
	return result.Data
}

// serve starts a server and waits until it is ready.
func serve(t *testing.T, env map[string]string) *process {
	t.Helper()
	p := start(t, env, "serve")
	require.Eventually(t, func() bool {
		select {
		case <-p.ended:
			return true
		default:
		}
		answer, err := http.Get("http://127.0.0.1:" + env["PORT"] + "/readyz")
		if err != nil {
			return false
		}
		defer func() { _ = answer.Body.Close() }()
		return answer.StatusCode == http.StatusOK
	}, deadline, 50*time.Millisecond)
	require.False(t, slices.Contains([]bool{p.command.ProcessState != nil}, true), "the server ended: "+p.printed())
	return p
}
