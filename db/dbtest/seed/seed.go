// Package seed puts rows into a test's database, in the words of a mirror: an instance, its
// projects and people, issues with what hangs on them. What is not said has a plain value.
package seed

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/db"
)

// At is a moment of the seeds: so many hours after their beginning.
func At(hours float64) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(hours * float64(time.Hour)))
}

// Database is a test's database.
type Database struct {
	t    testing.TB
	conn *pgx.Conn
}

// Into connects to the database until the test ends.
func Into(t testing.TB, url string) *Database {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return &Database{t, conn}
}

// Exec runs a statement.
func (d *Database) Exec(sql string, args ...any) {
	d.t.Helper()
	_, err := d.conn.Exec(d.t.Context(), sql, args...)
	require.NoError(d.t, err, "%s", sql)
}

// Ask reads one value by SQL.
func Ask[V any](d *Database, sql string, args ...any) (value V) {
	d.t.Helper()
	require.NoError(d.t, d.conn.QueryRow(d.t.Context(), sql, args...).Scan(&value), "%s", sql)
	return value
}

// Hold runs a statement in a transaction of its own, which stays open until release is called.
func (d *Database) Hold(sql string) (release func()) {
	d.t.Helper()
	conn, err := pgx.ConnectConfig(d.t.Context(), d.conn.Config())
	require.NoError(d.t, err)
	d.t.Cleanup(func() { _ = conn.Close(d.t.Context()) })
	tx, err := conn.Begin(d.t.Context())
	require.NoError(d.t, err)
	_, err = tx.Exec(d.t.Context(), sql)
	require.NoError(d.t, err)
	return func() { require.NoError(d.t, tx.Rollback(d.t.Context())) }
}

// Active counts the statements that name a table and are running now, in other sessions.
func (d *Database) Active(table string) (n int) {
	d.t.Helper()
	require.NoError(d.t, d.conn.QueryRow(d.t.Context(), `
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%' || $1 || '%'`, table).Scan(&n))
	return n
}

// Instance adds an instance, whose address is made of its name.
func (d *Database) Instance(id int, name string) {
	d.t.Helper()
	d.Exec(`INSERT INTO jira_sync.jira_instances (instance_id, name, url, kind) VALUES ($1, $2, 'https://' || $2 || '.example.org', 'CLOUD')`, id, name)
}

// Project adds a project.
func (d *Database) Project(instance int, id int64, key string) {
	d.t.Helper()
	d.Exec(`INSERT INTO jira_sync.jira_projects (instance_id, project_id, project_key, name) VALUES ($1, $2, $3, $3 || ' project')`, instance, id, key)
}

// User adds a person, whose email is made of their account.
func (d *Database) User(instance int, account, name string) {
	d.t.Helper()
	d.Exec(`INSERT INTO jira_sync.jira_users (instance_id, account_id, display_name, email) VALUES ($1, $2, $3, $2 || '@example.org')`, instance, account, name)
}

// Raise raises the versions that a page which touched the project would raise.
func (d *Database) Raise(instance int, project int64) {
	d.t.Helper()
	d.Exec(`UPDATE jira_sync.jira_instances SET version = version + 1 WHERE instance_id = $1`, instance)
	d.Exec(`UPDATE jira_sync.jira_projects SET version = version + 1 WHERE instance_id = $1 AND project_id = $2`, instance, project)
}

// Version is the version of a project.
func (d *Database) Version(instance int, project int64) (version int64) {
	d.t.Helper()
	require.NoError(d.t, d.conn.QueryRow(d.t.Context(),
		`SELECT version FROM jira_sync.jira_projects WHERE instance_id = $1 AND project_id = $2`, instance, project).Scan(&version))
	return version
}

// Issue is an issue to add. Instance, Project and Key must be said.
type Issue struct {
	Instance    int
	JiraID      int64 // 0: the number in the key
	Project     int64
	Key         string
	Type        string // Task
	Status      string // Open
	Category    string // TODO
	Priority    string // none
	Rank        int    // of the priority; 0: none
	Resolution  string // none
	Summary     string // the key
	Description string // none
	Assignee    string // account, none
	Reporter    string // account, none
	Labels      []string
	Components  []string
	FixVersions []string
	ParentID    int64     // Jira's, 0: none
	ParentKey   string    // none
	EpicKey     string    // none
	Created     time.Time // At(0)
	Updated     time.Time // At(0)
	Resolved    time.Time // none
	Due         time.Time // none
	Deleted     bool
}

// ID is the issue's key in every table.
func (i Issue) ID() int64 { return int64(i.Instance)<<48 | i.jiraID() }

func (i Issue) jiraID() int64 {
	if i.JiraID != 0 {
		return i.JiraID
	}
	return int64(i.number())
}

func (i Issue) number() int {
	n, _ := strconv.Atoi(i.Key[strings.LastIndexByte(i.Key, '-')+1:])
	return n
}

const addWords = `INSERT INTO jira_sync.jira_words (word) SELECT word FROM unnest($1::text[]) AS w (word) ON CONFLICT DO NOTHING`

// Issues adds issues, with the words by which they are found.
func (d *Database) Issues(issues ...Issue) {
	d.t.Helper()
	batch := &pgx.Batch{}
	for _, i := range issues {
		projectKey := i.Key[:strings.LastIndexByte(i.Key, '-')]
		batch.Queue(`
INSERT INTO jira_sync.jira_issues (issue_id, instance_id, jira_id, issue_key, key_number, project_id, project_key, type_id, issue_type,
    status_id, status, status_category, priority_id, priority, priority_rank, resolution, summary, description, assignee_id,
    reporter_id, labels, components, fix_versions, parent_id, parent_key, epic_key, created_at, updated_at, resolved_at, due_date,
    content_hash, synced_at, deleted_at, deleted_reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $9, $10, $11, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
    $26, $27, '', $25, $28, $29)`,
			i.ID(), i.Instance, i.jiraID(), i.Key, i.number(), i.Project, projectKey, or(i.Type, "Task"), or(i.Status, "Open"),
			or(i.Category, "TODO"), some(i.Priority), some(i.Rank), some(i.Resolution), or(i.Summary, i.Key), some(i.Description),
			some(i.Assignee), some(i.Reporter), list(i.Labels), list(i.Components), list(i.FixVersions), i.parent(), some(i.ParentKey), some(i.EpicKey),
			orTime(i.Created), orTime(i.Updated), some(i.Resolved), some(i.Due), deletedAt(i), deletedReason(i))
		var met []string
		description := i.Description
		vector := db.SearchedText{Key: i.Key, Summary: or(i.Summary, i.Key), Description: &description}.Vector(func(word []byte) {
			met = append(met, string(word))
		})
		batch.Queue(`INSERT INTO jira_sync.jira_issue_search (issue_id, words, form) VALUES ($1, $2, 2)`, i.ID(), vector)
		batch.Queue(addWords, met)
		batch.Queue(`INSERT INTO jira_sync.jira_issue_raw (issue_id, instance_id, jira_id, fields) VALUES ($1, $2, $3, $4)`,
			i.ID(), i.Instance, i.jiraID(), `{"summary": `+quoted(or(i.Summary, i.Key))+`}`)
	}
	require.NoError(d.t, d.conn.SendBatch(d.t.Context(), batch).Close())
}

// History adds a history entry; items is JSON as Jira writes it.
func (d *Database) History(issue Issue, id int64, author string, at time.Time, items string) {
	d.t.Helper()
	d.Exec(`INSERT INTO jira_sync.jira_changelog (issue_id, instance_id, jira_id, author_id, created_at, items) VALUES ($1, $2, $3, $4, $5, $6)`,
		issue.ID(), issue.Instance, id, some(author), at, items)
}

// Comment adds a comment, with the words by which it is found.
func (d *Database) Comment(issue Issue, id int64, author, body string, at time.Time) {
	d.t.Helper()
	d.Exec(`INSERT INTO jira_sync.jira_comments (issue_id, instance_id, jira_id, author_id, body, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)`,
		issue.ID(), issue.Instance, id, some(author), body, at)
	var met []string
	vector := db.SearchedText{Comments: []string{body}}.Vector(func(word []byte) { met = append(met, string(word)) })
	d.Exec(`UPDATE jira_sync.jira_issue_search SET words = words || $2 WHERE issue_id = $1`, issue.ID(), vector)
	d.Exec(addWords, met)
}

// Worklog adds work done.
func (d *Database) Worklog(issue Issue, id int64, author string, seconds int, at time.Time) {
	d.t.Helper()
	d.Exec(`INSERT INTO jira_sync.jira_worklogs (issue_id, instance_id, jira_id, author_id, started_at, time_spent_seconds, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $5, $5)`,
		issue.ID(), issue.Instance, id, some(author), at, seconds)
}

// Link adds both ends of a link.
func (d *Database) Link(id int64, from, to Issue, outward, inward string) {
	d.t.Helper()
	const sql = `INSERT INTO jira_sync.jira_issue_links (issue_id, instance_id, jira_id, type, direction, other_id, other_key) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	d.Exec(sql, from.ID(), from.Instance, id, outward, "OUTWARD", to.ID(), to.Key)
	d.Exec(sql, to.ID(), to.Instance, id, inward, "INWARD", from.ID(), from.Key)
}

// FormerKey adds a key that the issue had until then.
func (d *Database) FormerKey(issue Issue, key string, until time.Time) {
	d.t.Helper()
	d.Exec(`INSERT INTO jira_sync.jira_issue_keys (instance_id, issue_key, issue_id, until) VALUES ($1, $2, $3, $4)`,
		issue.Instance, key, issue.ID(), until)
}

// Run adds a run and returns its number.
func (d *Database) Run(instance int, mode, state, by string, began time.Time) (id int64) {
	d.t.Helper()
	require.NoError(d.t, d.conn.QueryRow(d.t.Context(), `
INSERT INTO jira_sync.sync_history (instance_id, triggered_by, mode, state, phase, started_at, finished_at)
VALUES ($1, $2, $3, $4::text, CASE WHEN $4::text IN ('QUEUED', 'RUNNING') THEN 'FETCHING' ELSE 'FINISHED' END, $5::timestamptz,
    CASE WHEN $4::text IN ('QUEUED', 'RUNNING') THEN NULL ELSE $5::timestamptz + interval '1 minute' END)
RETURNING sync_id`, instance, by, mode, state, began).Scan(&id))
	return id
}

func (i Issue) parent() any {
	if i.ParentID == 0 {
		return nil
	}
	return int64(i.Instance)<<48 | i.ParentID
}

// quoted is a text in JSON.
func quoted(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always can
	}
	return string(raw)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func orTime(at time.Time) time.Time {
	if at.IsZero() {
		return At(0)
	}
	return at
}

func some[T comparable](value T) any {
	var zero T
	if value == zero {
		return nil
	}
	return value
}

func list(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}

func deletedAt(i Issue) any {
	if !i.Deleted {
		return nil
	}
	return At(100)
}

func deletedReason(i Issue) any {
	if !i.Deleted {
		return nil
	}
	return "DELETED"
}
