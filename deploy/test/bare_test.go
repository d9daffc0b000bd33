package compose_test

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testBare builds the binary and runs the commands of the docs on a PostgreSQL of its own.
func testBare(t *testing.T, r *report) {
	t.Helper()
	s := newStack(t, "compose.prod.yaml", "jira-sync-bare-test")
	const password = "of this test"
	s.run("docker", "build", "-q", "-t", "jira-sync-postgres:latest", "-f", "deploy/postgres.Dockerfile",
		"--build-arg", "POSTGRES_IMAGE="+image("POSTGRES_IMAGE", "postgres:17.11-bookworm"), ".")
	s.write("password", password)
	name := s.project + "-north" // removed with the stack
	s.run("docker", "run", "-d", "--name", name, "-e", "APP_USER=jira_sync", "-e", "POSTGRES_USER=postgres", "-e", "POSTGRES_DB=jira_sync",
		"-e", "POSTGRES_PASSWORD_FILE=/run/secrets/db_password", "-v", s.dir+"/password:/run/secrets/db_password:ro", "jira-sync-postgres:latest")
	host := s.inspectContainer(name).address()
	s.eventually("PostgreSQL answers", time.Minute, func() error {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(host, "5432"), time.Second)
		if err == nil {
			err = conn.Close()
		}
		return err
	})
	s.write(".env", "DB_HOST="+host+"\nDB_USER=jira_sync\nDB_PASSWORD='"+password+"'\n")
	s.runDocs(r, "bare")
	require.Contains(t, s.run("bin/jirasync", "migrate", "status"), "applied")
	r.add("bare: built, checked, migrated", "as the docs say")
}
