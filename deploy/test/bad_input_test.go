package compose_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// testBadInput shows what an operator gets wrong, and that each has its sentence with the cure.
func testBadInput(t *testing.T, r *report) {
	t.Helper()
	s := newStack(t, "compose.prod.yaml", "jira-sync-test")
	s.run("make", "up")
	for _, bad := range []struct {
		name   string
		spoil  func()
		says   string
		repair func()
	}{
		{"missing secret", func() { s.removeFile("secrets/db_password") }, "secrets/db_password is missing", func() { s.run("deploy/bin/new-password") }},
		{"wrong password", s.spoilPassword, "refuses the password", func() { s.run("deploy/bin/new-password") }},
		{"taken port", s.takePort, "Port " + s.port + " on 127.0.0.1 is taken", s.freePort},
		{"published beyond loopback", func() { s.addEnv("BIND_ADDRESS=0.0.0.0") }, "BIND_ADDRESS=0.0.0.0 would publish", nil},
		{"misspelt variable", func() { s.addEnv("JIRA_USRNAME_1=x") }, "did you mean JIRA_USERNAME_1", nil},
		{"volume of a newer Jira Sync", s.newerSchema, "newer version of Jira Sync", nil},
		{"volume of another PostgreSQL", s.otherPostgres, "The volume was written by PostgreSQL 99", nil},
		{"full disk", s.fullDisk, "The disk is full", nil},
	} {
		env, err := os.ReadFile(filepath.Join(s.dir, ".env"))
		require.NoError(t, err)
		bad.spoil()
		out, err := s.try("env", "UP_TIMEOUT=90", "make", "up")
		require.Error(t, err, bad.name)
		require.Contains(t, lastLines(out, 12), bad.says, bad.name)
		r.add("bad input: "+bad.name, "%s", sentence(lastLines(out, 12), bad.says))
		s.write(".env", string(env))
		if bad.repair != nil {
			bad.repair()
			s.run("make", "up")
		}
	}
}

// sentence is what the output says from the words on, up to make's own last word.
func sentence(out, words string) string {
	prefix := regexp.MustCompile(`^\S+-1\s+\| `)
	var said []string
	for _, line := range strings.Split(out, "\n") {
		if len(said) == 0 && !strings.Contains(line, words) {
			continue
		}
		if strings.HasPrefix(line, "make") {
			break
		}
		said = append(said, strings.TrimSpace(prefix.ReplaceAllString(line, "")))
	}
	return strings.TrimSpace(strings.Join(said, " "))
}

func (s *stack) removeFile(name string) {
	s.t.Helper()
	require.NoError(s.t, os.Remove(filepath.Join(s.dir, name)))
}

func (s *stack) addEnv(line string) {
	s.t.Helper()
	env, err := os.ReadFile(filepath.Join(s.dir, ".env"))
	require.NoError(s.t, err)
	s.write(".env", string(env)+line+"\n")
}

func (s *stack) spoilPassword() {
	s.removeFile("secrets/db_password")
	s.write("secrets/db_password", "wrong")
	s.compose("rm", "-sf", "backend")
}

// takePort listens where the dashboard wants to, until freePort.
func (s *stack) takePort() {
	s.compose("down")
	listener, err := net.Listen("tcp", "127.0.0.1:"+s.port)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = listener.Close() })
	s.taken = listener
}

func (s *stack) freePort() { require.NoError(s.t, s.taken.Close()) }

func (s *stack) newerSchema() {
	s.exec("postgres", "psql", "-XAt", "-U", "postgres", "-d", "jira_sync", "-c",
		"INSERT INTO jira_sync.schema_migrations (version_id, is_applied) VALUES (99999, true)")
	s.compose("rm", "-sf", "backend")
}

// inVolume runs a shell over the data of PostgreSQL.
func (s *stack) inVolume(script string) {
	s.t.Helper()
	s.run("docker", "run", "--rm", "--user", "0", "--entrypoint", "sh", "-v", s.project+"_postgres-data:/volume",
		"jira-sync-postgres:latest", "-ec", script)
}

func (s *stack) otherPostgres() {
	s.compose("down")
	s.inVolume("echo 99 >/volume/PG_VERSION")
}

// fullDisk puts the volume on a file system with less room than an empty cluster takes.
func (s *stack) fullDisk() {
	s.compose("down", "-v")
	uid := strings.TrimSpace(s.run("docker", "run", "--rm", "--entrypoint", "id", "jira-sync-postgres:latest", "-u"))
	s.run("docker", "volume", "create", "--driver", "local", "--opt", "type=tmpfs", "--opt", "device=tmpfs",
		"--opt", fmt.Sprintf("o=size=20m,uid=%s,mode=0700", uid), s.project+"_postgres-data")
}
