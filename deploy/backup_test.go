// Package deploy_test runs the operator's scripts against a database without containers; with
// containers they are run by the tests in the folder test.
package deploy_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// place is a database and a folder for its backups.
type place struct {
	t        *testing.T
	database string
	folder   string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	for _, program := range []string{"pg_dump", "pg_restore", "psql"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not here: install postgresql-client", program)
		}
	}
	p := &place{t: t, database: dbtest.New(t), folder: t.TempDir()}
	p.exec(`INSERT INTO jira_sync.sync_config (key, value) VALUES ('backup_test', '"before"')
ON CONFLICT (key) DO UPDATE SET value = excluded.value`)
	return p
}

func (p *place) connect() *pgx.Conn {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.database)
	require.NoError(p.t, err)
	return conn
}

func (p *place) exec(sql string) {
	p.t.Helper()
	conn := p.connect()
	defer func() { _ = conn.Close(context.WithoutCancel(p.t.Context())) }() // nothing is left to lose
	_, err := conn.Exec(p.t.Context(), sql)
	require.NoError(p.t, err)
}

func (p *place) value() (text string) {
	p.t.Helper()
	conn := p.connect()
	defer func() { _ = conn.Close(context.WithoutCancel(p.t.Context())) }() // nothing is left to lose
	require.NoError(p.t, conn.QueryRow(p.t.Context(),
		`SELECT value #>> '{}' FROM jira_sync.sync_config WHERE key = 'backup_test'`).Scan(&text))
	return text
}

// script runs one of the scripts as `make` does.
func (p *place) script(name string, args []string, env ...string) (string, error) {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), "bin/"+name, args...)
	cmd.Env = append(os.Environ(), "STACK=bare", "DATABASE_URL="+p.database, "BACKUP_DIR="+p.folder,
		"ENV_FILE="+filepath.Join(p.folder, "none"))
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (p *place) backup() (file string) {
	p.t.Helper()
	out, err := p.script("backup", nil)
	require.NoError(p.t, err, out)
	file = regexp.MustCompile(`\S+\.tar`).FindString(out)
	require.FileExists(p.t, file)
	return file
}

func TestBackupComesBackWithEqualChecksums(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	file := p.backup()
	p.exec(`DROP SCHEMA jira_sync CASCADE`)
	out, err := p.script("restore", []string{file})
	require.NoError(t, err, out)
	require.Contains(t, out, "checksums equal")
	require.Equal(t, "before", p.value())
	listed, err := exec.CommandContext(t.Context(), "tar", "-tf", file).Output()
	require.NoError(t, err)
	for _, member := range []string{"database.dump", "checksums", "manifest", "sync_config.json", "field_mappings.json"} {
		require.Contains(t, string(listed), member)
	}
}

func TestRestoreRefusesToGoBehindNewerData(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	file := p.backup()
	p.exec(`UPDATE jira_sync.sync_config SET value = '"after"', updated_at = now() + interval '1 s' WHERE key = 'backup_test'`)

	out, err := p.script("restore", []string{file})
	require.Error(t, err)
	require.Contains(t, out, "newer data")
	require.Contains(t, out, "FORCE=1")
	require.Equal(t, "after", p.value())

	out, err = p.script("restore", []string{file}, "FORCE=1")
	require.NoError(t, err, out)
	require.Equal(t, "before", p.value())
}

func TestDamagedBackupChangesNothing(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	file := p.backup()
	content, err := os.ReadFile(file) // of this test
	require.NoError(t, err)
	p.exec(`UPDATE jira_sync.sync_config SET value = '"after"' WHERE key = 'backup_test'`)

	at := strings.Index(string(content), "PGDMP") + 2000
	content[at] ^= 0xff
	require.NoError(t, os.WriteFile(file, content, 0o600))
	out, err := p.script("restore", []string{file}, "FORCE=1")
	require.Error(t, err)
	require.Contains(t, out, "damaged")

	require.NoError(t, os.WriteFile(file, content[:len(content)/3], 0o600))
	out, err = p.script("restore", []string{file}, "FORCE=1")
	require.Error(t, err)
	require.Contains(t, out, "not a whole backup")
	require.Equal(t, "after", p.value())
}

func TestRestoreWaitsForNobody(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	file := p.backup()
	server := p.connect()
	defer func() { _ = server.Close(context.WithoutCancel(t.Context())) }() // nothing is left to lose
	out, err := p.script("restore", []string{file}, "FORCE=1")
	require.Error(t, err)
	require.Contains(t, out, "stop jirasync")
	require.Equal(t, "before", p.value())
}

func TestBackupWithoutADatabaseSaysHowToNameOne(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	out, err := p.script("backup", nil, "STACK=", "DATABASE_URL=", "DOCKER_HOST=unix:///nowhere")
	require.Error(t, err)
	require.Contains(t, out, "DATABASE_URL")
}
