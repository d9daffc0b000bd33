package compose_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var services = []string{"postgres", "redis", "backend", "frontend"}

// testProduction walks compose.prod.yaml from a machine that has never seen it to a restored
// backup, in the order of an operator's life.
func testProduction(t *testing.T, r *report) {
	t.Helper()
	s := newStack(t, "compose.prod.yaml", "jira-sync-test")

	s.firstStart(r)
	s.checkInside(r)
	jiras := s.connectJira(r)
	s.mainJob(r, jiras)
	s.killEach(r, jiras)
	s.backupDestroyRestore(r, jiras)
	s.runDocs(r, "prod", "prod jira")
	s.checkEncryptedDatabase(r)
	s.checkTLSInFront(r)
	s.checkImages(r)
}

// firstStart is `make up` without secrets, images or a Jira.
func (s *stack) firstStart(r *report) {
	started := time.Now()
	out := s.run("make", "up")
	r.add("prod: make up on a fresh machine", "%.0f s, images built", time.Since(started).Seconds())
	require.Contains(s.t, out, "Made secrets/db_password")
	require.Contains(s.t, out, "http://127.0.0.1:"+s.port)
	require.Contains(s.t, out, "No Jira is configured yet")

	s.run("docker", "compose", "-f", s.file, "down")
	started = time.Now()
	out = s.run("make", "up")
	r.add("prod: make up again", "%.0f s", time.Since(started).Seconds())
	require.NotContains(s.t, out, "Made ", "secrets stay")
	s.reportHealth(r, "prod")

	status, page := s.get("/")
	require.Equal(s.t, 200, status)
	require.Contains(s.t, page, "<script")
	status, health := s.get("/api/health")
	require.Equal(s.t, 200, status)
	require.JSONEq(s.t, `{"status":"ok","service":"frontend"}`, health)
	backend := s.inspect("backend").NetworkSettings.Ports["8987/tcp"][0]
	health = s.run("curl", "-fsS", "http://"+backend.HostIp+":"+backend.HostPort+"/api/health")
	require.Contains(s.t, health, "TRUST_NETWORK")
	require.Contains(s.t, s.compose("logs", "backend"), "TRUST_NETWORK")
	r.add("prod: health of the server", "%s", strings.TrimSpace(health))
	var answer struct{ Instances []struct{ Name string } }
	require.NoError(s.t, s.graphql(`{ instances { name } }`, &answer))
	require.Empty(s.t, answer.Instances)
	r.add("prod: without a Jira", "page, health and API answer")
}

// reportHealth tells how long each container took from its start to its first good check.
func (s *stack) reportHealth(r *report, prefix string) {
	var parts []string
	for _, service := range services {
		c := s.inspect(service)
		require.Equal(s.t, "healthy", c.State.Health.Status, service)
		seconds, known := s.health.seconds(c)
		require.True(s.t, known, "%s became healthy unseen", service)
		parts = append(parts, fmt.Sprintf("%s %.0f s", service, seconds))
	}
	r.add(prefix+": containers healthy, each after its start", "%s", strings.Join(parts, ", "))
}

// connectJira writes .env and the tokens, and starts again, as the docs say.
func (s *stack) connectJira(r *report) *sims {
	jiras := s.startSims()
	s.run("make", "up")
	started := time.Now()
	s.eventually("the first runs of both Jiras", 10*time.Minute, func() error { return s.idleAndEqual(jiras) })
	r.add("prod: first sync of two Jiras", "%d issues, equal to the truth, after %.0f s", 2*simIssues, time.Since(started).Seconds())
	return jiras
}

// idleAndEqual asks the database only once nothing runs.
func (s *stack) idleAndEqual(jiras *sims) error {
	if err := s.idle(); err != nil {
		return err
	}
	_, err := jiras.equal()
	return err
}

// mainJob is what the product is for, all of it through the dashboard's port.
func (s *stack) mainJob(r *report, jiras *sims) {
	var issues struct{ Issues struct{ TotalCount int } }
	require.NoError(s.t, s.graphql(`{ issues(first: 1) { totalCount } }`, &issues))
	require.Equal(s.t, 2*simIssues, issues.Issues.TotalCount)
	r.add("prod: query through "+s.port, "%d issues", issues.Issues.TotalCount)

	jiras.touch(20)
	s.eventually("nothing runs", 2*time.Minute, s.idle)
	completed := s.subscribe(`subscription { syncCompleted { id state mode instance { name } } }`)
	progress := s.subscribe(`subscription { syncProgress { phase done } }`)
	s.eventually("a run is accepted", time.Minute, func() error { return s.startSync("FULL") })
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Minute)
	defer cancel()
	var moved struct{ SyncProgress struct{ Phase string } }
	require.NoError(s.t, progress.next(ctx, &moved))
	for done := map[string]bool{}; len(done) < 2; {
		var event struct{ SyncCompleted syncRun }
		require.NoError(s.t, completed.next(ctx, &event))
		if event.SyncCompleted.Mode == "FULL" {
			require.Equal(s.t, "SUCCEEDED", event.SyncCompleted.State)
			done[event.SyncCompleted.Instance.Name] = true
		}
	}
	r.add("prod: mutation and subscription through "+s.port, "startSync, syncProgress, syncCompleted of both Jiras over websocket")

	s.run("curl", "-fsS", "-H", "X-Forwarded-For: 203.0.113.7", s.url("/graphql?query=%7B__typename%7D"))
	s.eventually("who is behind a proxy is known", time.Minute, func() error {
		if logs := s.compose("logs", "--tail", "100", "frontend"); !strings.Contains(logs, `"client":"203.0.113.7"`) {
			return errors.New("the address that the proxy names is not in the log of the dashboard")
		}
		return nil
	})

	events, err := s.firstEvent()
	require.NoError(s.t, err)
	r.add("prod: subscription over SSE through "+s.port, "%s", events)
}

// firstEvent opens an SSE subscription and returns its first line that names an event.
func (s *stack) firstEvent() (string, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	curl := exec.CommandContext(ctx, "curl", "-sSN", "-H", "accept: text/event-stream", "-H", "content-type: application/json",
		"-d", `{"query":"subscription { syncCompleted { state } }"}`, s.url("/graphql"))
	out, err := curl.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := curl.Start(); err != nil {
		return "", err
	}
	defer func() { cancel(); _ = curl.Wait() }() // ended by the cancel
	buffer, text := make([]byte, 4096), ""
	for !strings.Contains(text, "SUCCEEDED") { // the schedule runs every 15 s
		n, err := out.Read(buffer)
		if err != nil {
			return text, fmt.Errorf("no event: %w after %q", err, text)
		}
		text += string(buffer[:n])
	}
	return "syncCompleted", nil
}

// killEach kills a service in the middle of a full run, starts it again and waits for the truth.
func (s *stack) killEach(r *report, jiras *sims) {
	for _, service := range services {
		jiras.touch(50)
		s.eventually("nothing runs", 3*time.Minute, s.idle)
		jiras.slow("700ms")
		s.eventually("a run is accepted", time.Minute, func() error { return s.startSync("FULL") })
		var fetched int
		s.eventually("a full run is in the middle", 2*time.Minute, func() (err error) {
			fetched, err = s.fetchedSoFar()
			return err
		})
		s.run("docker", "kill", s.inspect(service).Name)
		if service == "redis" {
			var answer struct{ Issues struct{ TotalCount int } }
			require.NoError(s.t, s.graphql(`{ issues(first: 1) { totalCount } }`, &answer), "reads go on without Redis")
		}
		killed := time.Now()
		s.compose("up", "-d", "--no-build", "--wait", "--wait-timeout", "180")
		healthy := time.Since(killed)
		jiras.slow("")
		s.eventually("truth after a killed "+service, 5*time.Minute, func() error { return s.idleAndEqual(jiras) })
		r.add("prod: "+service+" killed in a sync", "at %d of %d issues; healthy after %.0f s, equal to the truth after %.0f s",
			fetched, 2*simIssues, healthy.Seconds(), time.Since(killed).Seconds())
	}
}

// fetchedSoFar is how far the full runs in progress are; an error unless they are in their middle.
func (s *stack) fetchedSoFar() (fetched int, err error) {
	var status struct {
		SyncStatus struct {
			Running []struct {
				Mode, State   string
				IssuesFetched int
			}
		}
	}
	if err := s.graphql(`{ syncStatus { running { mode state issuesFetched } } }`, &status); err != nil {
		return 0, err
	}
	for _, run := range status.SyncStatus.Running {
		if run.Mode == "FULL" && run.State == "RUNNING" {
			fetched += run.IssuesFetched
		}
	}
	if fetched == 0 || fetched >= 2*simIssues {
		return fetched, fmt.Errorf("%d issues fetched", fetched)
	}
	return fetched, nil
}

// backupDestroyRestore loses everything but the backup, twice refused and once forced.
func (s *stack) backupDestroyRestore(r *report, jiras *sims) {
	out := s.run("make", "backup")
	file := regexp.MustCompile(`backups/\S+\.tar`).FindString(out)
	require.NotEmpty(s.t, file, out)
	sums := s.run("tar", "-xOf", filepath.Join(s.dir, file), "checksums")
	require.Contains(s.t, sums, "jira_sync.jira_issues|"+strconv.Itoa(2*simIssues)+"|")
	r.add("prod: make backup", "%s", strings.TrimSpace(lastLines(out, 1)))

	jiras.touch(5)
	s.eventually("newer data", 3*time.Minute, func() error { return s.idleAndEqual(jiras) })
	out, err := s.try("make", "restore", "FILE="+file)
	require.Error(s.t, err)
	require.Contains(s.t, out, "newer data")
	require.Contains(s.t, out, "FORCE=1")
	r.add("prod: restore over newer data", "refused: %s", firstLine(out))

	s.run("docker", "compose", "-f", s.file, "stop", "backend", "frontend")
	for _, name := range []string{"north", "south"} { // so that nothing is newer when it is compared
		s.run("docker", "pause", s.project+"-"+name)
	}
	s.compose("rm", "-sf")
	s.run("docker", "volume", "rm", s.project+"_postgres-data", s.project+"_redis-data")
	s.run("make", "up")
	out = s.run("make", "restore", "FILE="+file, "FORCE=1")
	require.Contains(s.t, out, "checksums equal")
	r.add("prod: destroyed and restored", "%s", strings.TrimSpace(lastLines(out, 1)))
	for _, name := range []string{"north", "south"} {
		s.run("docker", "unpause", s.project+"-"+name)
	}
	s.eventually("the next sync catches up", 5*time.Minute, func() error { return s.idleAndEqual(jiras) })
	r.add("prod: sync after the restore", "equal to the truth (%d issues)", 2*simIssues)
}

// checkEncryptedDatabase turns on the switch of the docs.
func (s *stack) checkEncryptedDatabase(r *report) {
	env, err := os.ReadFile(filepath.Join(s.dir, ".env"))
	require.NoError(s.t, err)
	s.write(".env", string(env)+"POSTGRES_TLS=on\nDB_SSLMODE=verify-full\n")
	s.run("make", "up")
	encrypted := s.exec("postgres", "psql", "-XAt", "-U", "postgres", "-d", "jira_sync", "-c",
		"SELECT count(*) FILTER (WHERE ssl) || ' of ' || count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'jira_sync'")
	both := strings.Split(encrypted, " of ")
	require.Equal(s.t, both[1], both[0])
	require.NotEqual(s.t, "0", both[0])
	plain, err := s.try("docker", "compose", "-f", s.file, "exec", "-T", "postgres", "psql",
		"postgresql://jira_sync@127.0.0.1/jira_sync?sslmode=disable", "-c", "SELECT 1")
	require.Error(s.t, err)
	require.Contains(s.t, plain, "no encryption")
	r.add("prod: POSTGRES_TLS=on, verify-full", "%s connections of the server encrypted; a plain one is refused", encrypted)
	s.write(".env", string(env))
	s.run("make", "up")
}

// checkTLSInFront starts the profile of the docs with a certificate of Caddy's own authority.
func (s *stack) checkTLSInFront(r *report) {
	env, err := os.ReadFile(filepath.Join(s.dir, ".env"))
	require.NoError(s.t, err)
	s.write(".env", string(env)+"SITE_ADDRESS=localhost\nHTTP_PORT=15680\nHTTPS_PORT=15643\n")
	s.runDocs(r, "prod tls")
	s.eventually("a page over TLS", time.Minute, func() error {
		out, err := s.try("curl", "-fsSk", "https://localhost:15643/api/health")
		if err == nil && !strings.Contains(out, "frontend") {
			err = fmt.Errorf("answered %q", out)
		}
		return err
	})
	proxy := s.inspect("proxy")
	require.NotEqual(s.t, "0", field(s.proc(proxy, "status"), "Uid"))
	require.True(s.t, proxy.HostConfig.ReadonlyRootfs)
	r.add("prod: profile tls", "https answers with a certificate of its own, as user %s", field(s.proc(proxy, "status"), "Uid"))
	s.compose("--profile", "tls", "rm", "-sf", "proxy")
	s.write(".env", string(env))
}

// checkImages reports sizes without the bases and how long a one-line change takes.
func (s *stack) checkImages(r *report) {
	for _, image := range []struct {
		name, base string
		limit      int64
	}{
		{"jira-sync-backend", os.Getenv("RUNTIME_IMAGE"), 40_000_000},
		{"jira-sync-frontend", os.Getenv("NGINX_IMAGE"), 60_000_000},
	} {
		size := s.imageSize(image.name + ":latest")
		if image.base != "" {
			size -= s.imageSize(image.base)
		}
		require.Less(s.t, size, image.limit, image.name)
		r.add("prod: size of "+image.name, "%.1f MB without its base (at most %d)", float64(size)/1e6, image.limit/1_000_000)
	}
	for _, change := range []struct{ service, file, old, replacement string }{
		{"backend", "server/server.go", "package server\n", "package server\n\n// changed\n"},
		{"frontend", "frontend/src/main.tsx", "import", "// changed\nimport"},
	} {
		s.edit(change.file, change.old, change.replacement)
		started := time.Now()
		s.compose("build", change.service)
		r.add("prod: rebuild of "+change.service+" after one changed line", "%.0f s", time.Since(started).Seconds())
	}
}

func (s *stack) imageSize(name string) int64 {
	s.t.Helper()
	size, err := strconv.ParseInt(strings.TrimSpace(s.run("docker", "image", "inspect", "--format", "{{.Size}}", name)), 10, 64)
	require.NoError(s.t, err)
	return size
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
