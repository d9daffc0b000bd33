// Package redistest starts a real redis-server for a test: on a unix socket of its own, without
// persistence unless asked for, gone when the test ends or its process dies.
package redistest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Start runs a server until the test ends and returns its URL, as REDIS_URL would name it.
func Start(t testing.TB) string {
	t.Helper()
	return New(t).URL
}

// Server is a redis-server that a test can stop and start again.
type Server struct {
	URL string // unix:///...

	t      testing.TB
	dir    string
	listen []string // where, as arguments
	args   []string

	mu    sync.Mutex
	cmd   *exec.Cmd
	stdin io.Closer
	log   *bytes.Buffer
}

// New runs a server with further arguments of redis-server, such as "--appendonly", "yes".
func New(t testing.TB, args ...string) *Server {
	t.Helper()
	s := prepare(t, args)
	s.listen = []string{"--port", "0"}
	s.Start()
	return s
}

// Cluster runs a cluster of one node, which holds all slots, and returns its URL.
func Cluster(t testing.TB) string {
	t.Helper()
	s := prepare(t, []string{"--cluster-enabled", "yes"})
	port := freePort(t)
	s.listen = []string{"--port", port, "--cluster-port", freePort(t), "--bind", "127.0.0.1"}
	s.URL = "redis+cluster://127.0.0.1:" + port
	s.Start()
	s.ownAllSlots()
	return s.URL
}

func freePort(t testing.TB) string {
	t.Helper()
	var config net.ListenConfig
	free, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer free.Close()
	_, port, err := net.SplitHostPort(free.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func prepare(t testing.TB, args []string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("this test needs redis-server on the PATH: `make deps` installs it")
	}
	dir, err := os.MkdirTemp("", "redis") // not t.TempDir: the path of a socket may have 100 bytes
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{URL: "unix://" + filepath.Join(dir, "s"), t: t, dir: dir, args: args}
	t.Cleanup(func() {
		s.Stop()
		_ = os.RemoveAll(dir)
	})
	return s
}

func (s *Server) ownAllSlots() {
	s.t.Helper()
	client := s.client()
	defer client.Close()
	if err := client.ClusterAddSlotsRange(s.t.Context(), 0, 16383).Err(); err != nil {
		s.t.Fatalf("give the cluster its slots: %v", err)
	}
	s.await("the cluster is not ready", func() error {
		info, err := client.ClusterInfo(s.t.Context()).Result()
		if err == nil && !strings.Contains(info, "cluster_state:ok") {
			err = errors.New(info)
		}
		return err
	})
}

func (s *Server) client() *redis.Client {
	return redis.NewClient(&redis.Options{Network: "unix", Addr: filepath.Join(s.dir, "s")})
}

// supervise ends the server when its standard input does: when Stop closes it, and when the test's
// process dies without a word.
const supervise = `redis-server "$@" & server=$!; read -r _; kill $server; wait $server`

// Start starts a stopped server again, with the data that its persistence kept.
func (s *Server) Start() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	args := slices.Concat([]string{
		"-c", supervise, "sh", "--unixsocket", filepath.Join(s.dir, "s"),
		"--dir", s.dir, "--pidfile", s.pidFile(), "--save", "",
	}, s.listen, s.args)
	s.log = new(bytes.Buffer)
	s.cmd = exec.Command("sh", args...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.stdin = stdin
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("start redis-server: %v", err)
	}
	s.awaitAnswer()
}

func (s *Server) awaitAnswer() {
	s.t.Helper()
	client := s.client()
	defer client.Close()
	s.await("redis-server does not answer", func() error { return client.Ping(s.t.Context()).Err() })
}

func (s *Server) await(complaint string, ready func() error) {
	s.t.Helper()
	var err error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err = ready(); err == nil {
			return
		}
	}
	s.t.Fatalf("%s: %v", complaint, err)
}

// Pause makes the server hang, as a machine does that swaps; Resume ends that.
func (s *Server) Pause() {
	s.t.Helper()
	if err := s.signal(syscall.SIGSTOP); err != nil {
		s.t.Fatalf("pause redis-server: %v", err)
	}
}

// Resume lets a paused server go on.
func (s *Server) Resume() {
	s.t.Helper()
	if err := s.signal(syscall.SIGCONT); err != nil {
		s.t.Fatalf("resume redis-server: %v", err)
	}
}

func (s *Server) signal(which syscall.Signal) error {
	raw, err := os.ReadFile(s.pidFile())
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		return err
	}
	return syscall.Kill(pid, which)
}

func (s *Server) pidFile() string { return filepath.Join(s.dir, "pid") }

// Stop ends the server and waits for it. A stopped server stays stopped.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	_ = s.signal(syscall.SIGCONT) // a paused server would not hear that it is to end
	_ = s.stdin.Close()
	_ = s.cmd.Wait() // it ends by a signal, which is what we want
	if s.t.Failed() {
		s.t.Logf("redis-server:\n%s", s.log)
	}
	s.cmd = nil
}

// Silent takes connections and never answers, as a host does whose Redis hangs. It returns its URL.
func Silent(t testing.TB) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				_, _ = io.Copy(io.Discard, conn) // until the client gives up
				_ = conn.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})
	return "redis://" + listener.Addr().String()
}
