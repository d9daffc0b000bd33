package compose_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testDevelopment starts compose.dev.yaml with its simulated Jiras and changes code under it.
func testDevelopment(t *testing.T, r *report) {
	t.Helper()
	s := newStack(t, "compose.dev.yaml", "jira-sync-dev-test")
	for _, name := range []string{"jira-sync-postgres", "jira-sync-backend"} {
		out, err := s.try("docker", "container", "inspect", name)
		require.Error(t, err, "a development stack runs already: make down-dev first\n%s", lastLines(out, 1))
	}

	started := time.Now()
	s.run("make", "up-dev")
	r.add("dev: make up-dev", "%.0f s, images and modules built", time.Since(started).Seconds())
	s.reportHealth(r, "dev")
	status, health := s.get("/api/health")
	require.Equal(t, 200, status)
	require.JSONEq(t, `{"status":"ok","service":"frontend"}`, health)
	s.eventually("both simulated Jiras are mirrored", 10*time.Minute, func() error {
		var answer struct {
			Instances []struct {
				Name       string
				IssueCount int
			}
		}
		if err := s.graphql(`{ instances { name issueCount } }`, &answer); err != nil {
			return err
		}
		if len(answer.Instances) != 2 || answer.Instances[0].IssueCount == 0 || answer.Instances[1].IssueCount == 0 {
			return fmt.Errorf("%+v", answer.Instances)
		}
		return nil
	})
	r.add("dev: main job through "+s.port, "issues of two simulated Jiras, no account needed")

	s.runDocs(r, "dev")
	s.reloadServer(r)
	s.reloadDashboard(r)
	s.checkPorts(r)
	s.backupAndBack(r)
}

// reloadServer changes the answer of the running server by editing its source.
func (s *stack) reloadServer(r *report) {
	started := time.Now()
	s.edit("main.go", "func main() {", "func main() {\n\tprintln(\"reloaded by its source\")\n")
	s.eventually("the changed server runs", 5*time.Minute, func() error {
		if logs := s.compose("logs", "--no-color", "--tail", "200", "backend"); !strings.Contains(logs, "reloaded by its source") {
			return fmt.Errorf("not yet")
		}
		return s.answers()
	})
	r.add("dev: hot reload of a changed Go file", "%.0f s", time.Since(started).Seconds())
}

// answers says nil when the API answers at all.
func (s *stack) answers() error {
	var answer struct{ SyncConfig struct{ IntervalSeconds int } }
	return s.graphql(`{ syncConfig { intervalSeconds } }`, &answer)
}

// reloadDashboard reads a changed component from the running Vite.
func (s *stack) reloadDashboard(r *report) {
	const file = "frontend/src/main.tsx"
	s.get("/src/main.tsx") // Vite watches what it has served
	s.edit(file, "import", "console.info(\"changed while it ran\");\nimport")
	started := time.Now()
	s.eventually("the changed component is served", time.Minute, func() error {
		if _, source := s.get("/src/main.tsx"); !strings.Contains(source, "changed while it ran") {
			return fmt.Errorf("not yet")
		}
		return nil
	})
	r.add("dev: hot reload of a changed TSX file", "%.1f s", time.Since(started).Seconds())
}

func (s *stack) checkPorts(r *report) {
	var published []string
	for _, service := range services {
		c := s.inspect(service)
		require.Equal(s.t, "/jira-sync-"+service, c.Name)
		for port, bindings := range c.NetworkSettings.Ports {
			for _, b := range bindings {
				require.Equal(s.t, "127.0.0.1", b.HostIp, service)
				published = append(published, strings.TrimSuffix(port, "/tcp"))
			}
		}
	}
	subnet := strings.TrimSpace(s.run("docker", "network", "inspect", s.project+"_default", "--format", "{{(index .IPAM.Config 0).Subnet}}"))
	if want := os.Getenv("NETWORK_SUBNET"); want != "" {
		require.Equal(s.t, want, subnet)
	} else {
		require.Equal(s.t, "172.25.0.0/16", subnet)
	}
	r.add("dev: ports on 127.0.0.1, network", "%s; %s", strings.Join(published, ", "), subnet)
}

// backupAndBack restores a backup over the running stack, whose simulated Jiras never stand still.
// The stack is named, because a test's project name hides which file it came from.
func (s *stack) backupAndBack(r *report) {
	file := regexp.MustCompile(`backups/\S+\.tar`).FindString(s.run("make", "backup", "STACK=dev"))
	out := s.run("make", "restore", "STACK=dev", "FILE="+file, "FORCE=1")
	require.Contains(s.t, out, "checksums equal")
	r.add("dev: backup and restore", "%s", lastLines(out, 1))
}
