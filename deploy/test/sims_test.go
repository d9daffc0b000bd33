package compose_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/jirasim"
	"jirasync/mirror/mirrortest"
)

const simIssues = 1200 // of each instance

// sims are two simulated Jiras beside the stack, in its network. Nothing changes in them but by
// touch, so the truth stands still while it is compared.
type sims struct {
	stack *stack
	at    [2]string // addresses
}

// startSims runs them from the server's own image and tells .env about them.
func (s *stack) startSims() *sims {
	s.t.Helper()
	running := &sims{stack: s}
	env := ""
	for i, name := range []string{"north", "south"} {
		flavor := []string{"cloud", "dc"}[i]
		s.run("docker", "run", "-d", "--name", s.project+"-"+name, "--network", s.project+"_default",
			"--network-alias", "jira-"+name, "jira-sync-backend:latest", "sim", "--name", name, "--flavor", flavor,
			"--seed", fmt.Sprint(i+1), "--issues", fmt.Sprint(simIssues), "--addr", "0.0.0.0:8080", "--token", "simulated")
		running.at[i] = net.JoinHostPort(s.inspectContainer(s.project+"-"+name).address(), "8080")
		env += fmt.Sprintf("JIRA_URL_%d=http://jira-%s:8080\nJIRA_NAME_%[1]d=%[2]s\n", i+1, name)
	}
	require.NoError(s.t, os.MkdirAll(filepath.Join(s.dir, "secrets/jira"), 0o755)) // containers read it
	s.write("secrets/jira/north", "simulated")
	s.write("secrets/jira/south", "simulated\n")
	s.write(".env", env+"JIRA_USERNAME_1=test@example.com\nJIRA_PASSWORD_1_FILE=/run/secrets/jira/north\n"+
		"JIRA_TOKEN_2_FILE=/run/secrets/jira/south\nSYNC_INTERVAL=15s\n")
	s.eventually("simulated Jiras answer", time.Minute, func() error {
		for i := range running.at {
			if _, err := running.read(i, "/_sim/info"); err != nil {
				return err
			}
		}
		return nil
	})
	return running
}

func (r *sims) read(i int, path string) ([]byte, error) { return r.ask(http.MethodGet, i, path, "") }

func (r *sims) ask(method string, i int, path, content string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(r.stack.t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, "http://"+r.at[i]+path, strings.NewReader(content))
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // read whole
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: HTTP %d", path, response.StatusCode)
	}
	return body, err
}

// touch changes n issues of each Jira.
func (r *sims) touch(n int) {
	r.stack.t.Helper()
	for i := range r.at {
		_, err := r.ask(http.MethodPost, i, fmt.Sprintf("/_sim/touch?n=%d", n), "")
		require.NoError(r.stack.t, err)
	}
}

// slow makes every answer wait so long more; "" ends it.
func (r *sims) slow(latency string) {
	r.stack.t.Helper()
	body := `{"clear": true}`
	if latency != "" {
		body = fmt.Sprintf(`{"clear": true, "rules": [{"latency": %q}]}`, latency)
	}
	for i := range r.at {
		_, err := r.ask(http.MethodPost, i, "/_sim/faults", body)
		require.NoError(r.stack.t, err)
	}
}

// truth is what the simulated Jira says it shows.
func (r *sims) truth(i int) (iter.Seq[jirasim.Truth], error) {
	body, err := r.read(i, "/_sim/truth")
	if err != nil {
		return nil, err
	}
	var all []jirasim.Truth
	lines := bufio.NewScanner(strings.NewReader(string(body)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			ID                            int64
			Key, Hash                     string
			Changelog, Comments, Worklogs int
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, err
		}
		t := jirasim.Truth{
			ID: line.ID, Key: line.Key, ChangelogIDs: make([]int64, line.Changelog),
			CommentIDs: make([]int64, line.Comments), WorklogIDs: make([]int64, line.Worklogs),
		}
		if n, err := hex.Decode(t.FieldsHash[:], []byte(line.Hash)); err != nil || n != len(t.FieldsHash) {
			return nil, fmt.Errorf("hash %q of %s: %w", line.Hash, line.Key, err)
		}
		all = append(all, t)
	}
	return func(yield func(jirasim.Truth) bool) {
		for _, t := range all {
			if !yield(t) {
				return
			}
		}
	}, lines.Err()
}

// equal says nil once the mirror holds the truth of both; issues is how many that are.
func (r *sims) equal() (issues int, err error) {
	s := r.stack
	password, err := os.ReadFile(filepath.Join(s.dir, "secrets/db_password"))
	if err != nil {
		return 0, err
	}
	address := url.URL{
		Scheme: "postgres", User: url.UserPassword("jira_sync", string(password)), Path: "/jira_sync",
		Host: net.JoinHostPort(s.inspect("postgres").address(), "5432"),
	}
	conn, err := pgx.Connect(s.t.Context(), address.String())
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(s.t.Context())) }() // nothing is left to lose
	for i := range r.at {
		truth, err := r.truth(i)
		if err != nil {
			return issues, err
		}
		difference, err := mirrortest.Compare(s.t.Context(), conn, i+1, truth)
		if err != nil {
			return issues, err
		}
		if !difference.Empty() {
			return issues, errors.New(difference.String())
		}
		issues += difference.Issues
	}
	return issues, nil
}
