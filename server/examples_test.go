package server_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db/dbtest/seed"
	"jirasync/server"
)

// example is one question of the docs.
type example struct {
	file, title, query string
	variables          map[string]any
}

var (
	exampleTitle     = regexp.MustCompile(`(?m)\A# \d+\. (.+)$`)
	exampleQuery     = regexp.MustCompile("(?m)^```graphql\n((?s:.*?))^```$")
	exampleVariables = regexp.MustCompile("(?m)^```json\n((?s:.*?))^```$")
)

const examplesFolder = "../docs/queries"

func examples(t *testing.T) []example {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(examplesFolder, "[0-9]*.md"))
	require.NoError(t, err)
	var all []example
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		title, query := exampleTitle.FindSubmatch(text), exampleQuery.FindSubmatch(text)
		require.NotNil(t, title, "%s has no title", file)
		require.NotNil(t, query, "%s has no query", file)
		e := example{file: filepath.Base(file), title: string(title[1]), query: string(query[1])}
		if variables := exampleVariables.FindSubmatch(text); variables != nil {
			require.NoError(t, json.Unmarshal(variables[1], &e.variables), file)
		}
		all = append(all, e)
	}
	return all
}

// told is what must stand in the answers to the examples, and the most statements each may cost.
var told = map[string][]string{
	"01-open-everywhere": {
		`{"total":14,"truncated":false,"groups":[{"keys":["alpha","PAY","TODO"],"count":8},{"keys":["alpha","PAY","IN_PROGRESS"],"count":2},` +
			`{"keys":["beta","PAY","TODO"],"count":2},{"keys":["alpha","OPS","TODO"],"count":1},{"keys":["alpha","PAY","UNKNOWN"],"count":1}]}`,
		`"name":"beta"`,
	},
	"02-board": {
		`"name":"PAY project"`, `"lead":{"displayName":"Ann Archer"}`, `"totalCount":11`, `"status":{"name":"Imported","category":"UNKNOWN"}`,
		`{"key":"PAY-5","summary":"Refund button","type":{"name":"Story"},"status":{"name":"In Progress","category":"IN_PROGRESS"},"priority":{"name":"High"},"assignee":{"displayName":"Ann Archer"}`,
	},
	"03-who-works-on-what": {
		`{"total":2,"truncated":false,"groups":[{"keys":["Ann Archer"],"count":1,"min":"2026-01-03T02:00:00Z"},{"keys":[null],"count":1,"min":"2026-01-03T00:00:00Z"}]}`,
		`"nodes":[{"key":"PAY-5","summary":"Refund button","assignee":{"displayName":"Ann Archer","email":"ann@example.org"},"project":{"key":"PAY","name":"PAY project"},"updatedAt":"2026-01-03T02:00:00Z"}],"pageInfo":{"hasNextPage":false,`,
	},
	"04-throughput-by-week": {
		`{"total":5,"truncated":false,"groups":[{"keys":["2025-12-29","alpha","PAY"],"count":3,"avg":145200},` +
			`{"keys":["2025-12-29","beta","PAY"],"count":1,"avg":86400},{"keys":["2026-01-05","alpha","PAY"],"count":1,"avg":86400}]}`,
	},
	"05-ageing": {
		`"totalCount":14,"nodes":[{"key":"PAY-10"`, `"nodes":[{"at":"2026-01-02T01:00:00Z","fromText":"Open","toText":"In Progress","author":{"displayName":"Ann Archer"}}]`,
		`{"truncated":false,"groups":[{"keys":["2025-11-01"],"count":1},{"keys":["2026-01-01"],"count":13}]}`,
	},
	"06-reopened": {
		`{"key":"PAY-6","summary":"Rounding of cents","status":{"name":"In Progress"},"resolution":null,"changelog":{"totalCount":2,"nodes":[` +
			`{"at":"2026-01-02T00:00:00Z","author":{"displayName":"Ann Archer"},"fromText":null,"toText":"Fixed"},` +
			`{"at":"2026-01-03T00:00:00Z","author":{"displayName":"Bob Baker"},"fromText":"Fixed","toText":null}]}}`,
		`{"key":"PAY-16","summary":"Currency sign","status":{"name":"Done"},"resolution":"Fixed","changelog":{"totalCount":3,"nodes":[` +
			`{"at":"2026-01-02T00:00:00Z","author":{"displayName":"Ann Archer"},"fromText":null,"toText":"Fixed"},` +
			`{"at":"2026-01-03T00:00:00Z","author":{"displayName":"Bob Baker"},"fromText":"Fixed","toText":null},` +
			`{"at":"2026-01-04T00:00:00Z","author":{"displayName":"Ann Archer"},"fromText":null,"toText":"Fixed"}]}}`,
		`"pageInfo":{"hasNextPage":false,`,
	},
	"07-blocked": {
		`"key":"PAY-5"`, `{"type":"is blocked by","direction":"INWARD","key":"OPS-1","issue":{"summary":"OPS-1","status":{"name":"Open","category":"TODO"},"assignee":null}}]},{"key":"PAY-6"`, // beta's PAY-1 would stand between
		`"key":"PAY-17"`, `"pageInfo":{"hasNextPage":false,`,
	},
	"08-sprint": {
		`{"total":3,"truncated":false,"groups":[{"keys":["DONE"],"count":1,"sum":3600},{"keys":["IN_PROGRESS"],"count":1,"sum":3600},{"keys":["TODO"],"count":1,"sum":6600}]}`,
		`"issues":{"nodes":[{"key":"PAY-7"`, `"sprints":[{"name":"Sprint 6","state":"closed"`, `"pageInfo":{"hasNextPage":false,`,
	},
	"09-time-spent": {
		`"truncated":false`, `{"keys":["alpha","PAY",null],"count":12,"sum":null}`,
		`{"keys":["alpha","PAY","Ann Archer"],"count":3,"sum":13800},{"keys":["beta","PAY",null],"count":3,"sum":600}`,
		`{"key":"PAY-7","timeSpentSeconds":6600,"worklogs":{"totalCount":51,"nodes":[{"startedAt":"2025-12-29T13:00:00Z","timeSpentSeconds":60,"author":{"displayName":"Ann Archer"},"comment":null}`,
		`{"startedAt":"2026-01-02T02:00:00Z","timeSpentSeconds":3600,"author":{"displayName":"Bob Baker"},"comment":null}]}}`, `"pageInfo":{"hasNextPage":true,`,
	},
	"10-time-to-resolve": {
		`{"total":5,"truncated":false,"groups":[{"keys":["Task",null],"count":3,"median":86400,"p85":207360,"p95":`,
		`,"longest":259200},{"keys":["Bug",null],"count":1,"median":90000,"p85":90000,"p95":90000,"longest":90000},` +
			`{"keys":["Story",null],"count":1,"median":86400,"p85":86400,"p95":86400,"longest":86400}]}`,
	},
	"11-history-of-an-issue": {
		`"key":"PAY-1","url":"https://alpha.example.org/browse/PAY-1"`,
		`"changelog":{"totalCount":1,"nodes":[{"at":"2026-01-02T01:00:00Z","author":{"displayName":"Ann Archer"},"field":"status","fromText":"Open","toText":"Done"}],"pageInfo":{"hasNextPage":false,`,
		`"comments":{"nodes":[{"createdAt":"2026-01-01T02:00:00Z","author":{"displayName":"Bob Baker"},"body":"checkout fails for me too"}],"pageInfo":{"hasNextPage":false,`,
		`"worklogs":{"nodes":[{"startedAt":"2026-01-02T02:00:00Z","author":{"displayName":"Bob Baker"},"timeSpentSeconds":3600}],"pageInfo":{"hasNextPage":false,`,
	},
	"12-search": {`"totalCount":2`, `"key":"PAY-1","summary":"Checkout fails with two vouchers"`, `"key":"PAY-17","summary":"Checkout failure of old"`},
	"13-mapped-fields": {
		`{"truncated":false,"groups":[{"keys":["alpha","PAY",null],"count":9,"sum":null,"avg":null},{"keys":["alpha","PAY","Blue"],"count":2,"sum":13,"avg":6.5},` +
			`{"keys":["beta","PAY",null],"count":2,"sum":null,"avg":null},{"keys":["alpha","OPS",null],"count":1,"sum":null,"avg":null}]}`,
		`"nodes":[{"key":"PAY-5","summary":"Refund button","points":8,"fields":[{"name":"story_points","type":"NUMBER","value":8},{"name":"team","type":"TEXT","value":"Blue"}]},` +
			`{"key":"PAY-7","summary":"Invoice as PDF","points":5,"fields":[{"name":"story_points","type":"NUMBER","value":5},{"name":"team","type":"TEXT","value":"Blue"}]}],"pageInfo":{"hasNextPage":false,`,
	},
	"14-completeness": {`"key":"PAY","instance":{"name":"alpha"}},"mirrored":16,"jira":17,"missing":1`, `"completeAsOf":"2026-01-04T00:00:00Z"`},
	"15-failed-syncs": {
		`"totalCount":3`, `"state":"FAILED"`, `"state":"PARTIAL"`, `"state":"INTERRUPTED"`,
		`"error":"beta refused the login"`, `"key":"PAY-77","stage":"decode","message":"created is no time"`,
	},
	"16-portfolio": {`"key":"P01"`, `"issueCount":6`, `"assignee":{"displayName":"Bob Baker"}`, `"field":"status","fromText":"Open","toText":"In Progress"`},
	"17-epic": {
		`"issue":{"key":"PAY-10","summary":"Pay by invoice"`, `{"total":2,"truncated":false,"groups":[{"keys":["DONE"],"count":1},{"keys":["TODO"],"count":1}]}`,
		`"nodes":[{"key":"PAY-12","summary":"Credit check","status":{"name":"Open","category":"TODO"},"assignee":null,"subtasks":[{"key":"PAY-13","summary":"Ask the agency","status":{"name":"Open","category":"TODO"}}]},` +
			`{"key":"PAY-18","summary":"Dunning letters","status":{"name":"Done","category":"DONE"},"assignee":null,"subtasks":[]}],"pageInfo":{"hasNextPage":false,`,
	},
	"18-late-or-forgotten": {`"totalCount":4,"nodes":[{"key":"PAY-17"`, `"key":"PAY-8"`, `"key":"PAY-9"`, `"key":"PAY-10"`, `"pageInfo":{"hasNextPage":false,`},
	"19-new-against-done": {
		`"created":{"total":16,"truncated":false,"groups":[{"keys":["2025-11-01"],"count":1},{"keys":["2025-12-01"],"count":14},{"keys":["2026-01-01"],"count":1}]}`,
		`"resolved":{"total":4,"truncated":false,"groups":[{"keys":["2026-01-01"],"count":4}]}`,
	},
	"20-changed-since": {`"key":"PAY-14"`, `"deletedReason":"DELETED","previousKeys":[]`, `"previousKeys":["OLD-4"]`, `"hasNextPage":false`},
}

// mostStatements is what an example may cost, however many issues its answer has.
const mostStatements = 4

func TestExamplesOfTheDocsAnswerWithinFewStatements(t *testing.T) {
	t.Parallel()
	counted := new(statementCounter)
	s := newSite(t, withDeps(func(d *server.Deps) { d.Cache = nil }), withTracer(counted))
	analysts(s)
	all := examples(t)
	require.Len(t, all, len(told))
	for _, e := range all {
		t.Run(e.file, func(t *testing.T) {
			counted.reset()
			got := s.ask(e.query, e.variables)
			require.Empty(t, got.Errors, "%s", got.raw)
			require.LessOrEqual(t, counted.count(), mostStatements, "%s", strings.Join(counted.texts(), "\n---\n"))
			expected := told[strings.TrimSuffix(e.file, ".md")]
			require.NotEmpty(t, expected, "say what must stand in the answer")
			for _, text := range expected {
				require.Contains(t, string(got.Data), text)
			}
		})
	}
	require.Zero(t, s.counter("jirasync_graphql_late_batches_total"))
}

func TestExamplesAreListedUnderTheirTitles(t *testing.T) {
	t.Parallel()
	index, err := os.ReadFile(filepath.Join(examplesFolder, "README.md"))
	require.NoError(t, err)
	for n, e := range examples(t) {
		require.Contains(t, string(index), fmt.Sprintf("%d. [%s](%s)\n", n+1, e.title, e.file))
	}
}

// analysts is a mirror in which each example of the docs has something to find.
func analysts(s *site) {
	s.t.Helper()
	s.seed.Instance(1, "alpha")
	s.seed.Instance(2, "beta")
	s.seed.User(1, "ann", "Ann Archer")
	s.seed.User(1, "bob", "Bob Baker")
	s.seed.Project(1, 10, "PAY")
	s.seed.Project(1, 11, "OPS")
	s.seed.Project(2, 10, "PAY")
	s.seed.Exec(`UPDATE jira_sync.jira_projects SET lead_id = 'ann' WHERE instance_id = 1 AND project_id = 10`)
	payments(s)
	namesakes(s)
	crowd(s)
	s.mapped()
	s.ran()
	s.learn()
}

// payments is the project that most examples are about.
func payments(s *site) {
	s.t.Helper()
	day := func(n float64) float64 { return 24 * n }
	issue := func(n int, i seed.Issue) seed.Issue {
		i.Instance, i.Project, i.Key = 1, 10, fmt.Sprintf("PAY-%d", n)
		if i.Updated.IsZero() {
			i.Updated = seed.At(day(1))
		}
		return i
	}
	done := func(created, resolved float64) seed.Issue {
		return seed.Issue{Status: "Done", Category: "DONE", Resolution: "Fixed", Created: seed.At(created), Resolved: seed.At(resolved), Updated: seed.At(resolved)}
	}
	checkout := issue(1, seed.Issue{Status: "Done", Category: "DONE", Resolution: "Fixed", Type: "Bug", Summary: "Checkout fails with two vouchers", Assignee: "ann", Reporter: "bob", Resolved: seed.At(day(1) + 1), Updated: seed.At(day(1) + 1)})
	refund := issue(5, seed.Issue{Status: "In Progress", Category: "IN_PROGRESS", Type: "Story", Summary: "Refund button", Assignee: "ann", Priority: "High", Rank: 2, Updated: seed.At(day(2) + 2)})
	reopened := issue(6, seed.Issue{Status: "In Progress", Category: "IN_PROGRESS", Summary: "Rounding of cents", Updated: seed.At(day(2))})
	invoice := issue(7, seed.Issue{Summary: "Invoice as PDF", Assignee: "ann"})
	epic := issue(10, seed.Issue{Type: "Epic", Summary: "Pay by invoice", Created: seed.At(-day(40)), Updated: seed.At(-day(35))})
	child := issue(12, seed.Issue{Type: "Story", Summary: "Credit check", ParentID: 10, ParentKey: "PAY-10", EpicKey: "PAY-10"})    // as in Cloud
	linked := issue(18, seed.Issue{Type: "Story", Summary: "Dunning letters", Status: "Done", Category: "DONE", EpicKey: "PAY-10"}) // as in Data Center
	again := issue(16, done(0, day(3)))
	again.Summary = "Currency sign"
	blocker := seed.Issue{Instance: 1, Project: 11, JiraID: 1001, Key: "OPS-1"}
	s.seed.Issues(
		checkout, issue(2, done(0, day(1))), issue(3, done(day(4), day(5))), refund, reopened, invoice,
		issue(8, seed.Issue{Summary: "Certificate runs out", Due: seed.At(day(1))}),
		issue(9, seed.Issue{Summary: "Double charge", Priority: "Highest", Rank: 1}),
		epic, issue(11, seed.Issue{Summary: "Someday", Due: seed.At(0), Labels: []string{"parked"}}), child,
		issue(13, seed.Issue{Type: "Sub-task", Summary: "Ask the agency", ParentID: 12, ParentKey: "PAY-12"}),
		issue(14, seed.Issue{Summary: "Never mind", Deleted: true}), issue(15, seed.Issue{Summary: "Receipt by mail"}),
		again, issue(17, seed.Issue{Summary: "Checkout failure of old", Status: "Imported", Category: "UNKNOWN", Due: seed.At(0)}), linked,
		blocker,
	)
	s.seed.Exec(`INSERT INTO jira_sync.jira_issue_types (instance_id, type_id, name, subtask) VALUES (1, 'Sub-task', 'Sub-task', true)`)
	status := func(i seed.Issue, id int64, at float64, from, to string) {
		s.seed.History(i, id, "ann", seed.At(at), fmt.Sprintf(`[{"field":"status","fieldId":"status","from":"1","fromString":%q,"to":"3","toString":%q}]`, from, to))
	}
	status(checkout, 1, day(1)+1, "Open", "Done")
	status(refund, 2, day(1)+1, "Open", "In Progress")
	const resolved = `[{"field":"resolution","fieldId":"resolution","from":null,"fromString":null,"to":"1","toString":"Fixed"}]`
	for n, i := range []seed.Issue{reopened, again} {
		s.seed.History(i, int64(10*n+3), "ann", seed.At(day(1)), resolved)
		s.seed.History(i, int64(10*n+4), "bob", seed.At(day(2)), `[{"field":"resolution","fieldId":"resolution","from":"1","fromString":"Fixed","to":null,"toString":null}]`)
	}
	s.seed.History(again, 15, "ann", seed.At(day(3)), resolved)
	s.seed.Link(1, blocker, refund, "blocks", "is blocked by")
	s.seed.FormerKey(checkout, "OLD-4", seed.At(1))
	s.seed.Comment(checkout, 1, "bob", "checkout fails for me too", seed.At(2))
	for n, i := range []seed.Issue{checkout, refund, invoice} {
		s.seed.Worklog(i, int64(n+1), "bob", 3600, seed.At(day(1)+2))
		s.seed.Exec(`UPDATE jira_sync.jira_issues SET time_spent_seconds = 3600, sprint_ids = '{6,7}' WHERE issue_id = $1`, i.ID())
	}
	for n := range 50 { // more entries than are asked for, by one
		s.seed.Worklog(invoice, int64(100+n), "ann", 60, seed.At(float64(n-60)))
	}
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET time_spent_seconds = 6600 WHERE issue_id = $1`, invoice.ID())
	s.seed.Exec(`INSERT INTO jira_sync.jira_sprints (instance_id, sprint_id, name, state, start_at) VALUES
		(1, 6, 'Sprint 6', 'closed', '2025-12-15Z'), (1, 7, 'Sprint 7', 'active', '2025-12-29Z')`)
}

// namesakes is a project of another instance, with the keys and the sprint of the first one's.
func namesakes(s *site) {
	s.t.Helper()
	inSprint := seed.Issue{Instance: 2, Project: 10, Key: "PAY-1"}
	s.seed.Issues(
		inSprint,
		seed.Issue{Instance: 2, Project: 10, Key: "PAY-2", Type: "Story", Status: "Done", Category: "DONE", Resolution: "Fixed", Resolved: seed.At(24), Updated: seed.At(24)},
		seed.Issue{Instance: 2, Project: 10, Key: "PAY-12", ParentID: 10, ParentKey: "PAY-10"}, // below another epic of that key
	)
	s.seed.Exec(`INSERT INTO jira_sync.jira_sprints (instance_id, sprint_id, name, state, start_at) VALUES (2, 7, 'Sprint 7', 'active', '2025-12-29Z')`)
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET time_spent_seconds = 600, sprint_ids = '{7}' WHERE issue_id = $1`, inSprint.ID())
}

// crowd is twenty projects more, each with six issues, people and a history.
func crowd(s *site) {
	s.t.Helper()
	for n := range 20 {
		project, key := int64(100+n), fmt.Sprintf("P%02d", n)
		s.seed.Project(1, project, key)
		for i := range 6 {
			issue := seed.Issue{Instance: 1, Project: project, JiraID: int64(10_000 + n*10 + i), Key: fmt.Sprintf("%s-%d", key, i+1), Status: "Done", Category: "DONE", Assignee: "bob", Reporter: "ann"}
			s.seed.Issues(issue)
			s.seed.History(issue, 1, "bob", seed.At(1), `[{"field":"status","fieldId":"status","from":"1","fromString":"Open","to":"3","toString":"In Progress"}]`)
		}
	}
}

// mapped maps two fields, as the worker leaves them once they are filled.
func (s *site) mapped() {
	s.t.Helper()
	s.seed.Exec(`ALTER TABLE jira_sync.jira_issue_fields ADD COLUMN m1_1 numeric, ADD COLUMN m2_2 text`)
	for n, m := range []struct{ name, kind, column string }{{"story_points", "NUMBER", "m1_1"}, {"team", "TEXT", "m2_2"}} {
		s.mapAs(n+1, m.name, m.kind, m.column)
	}
	s.seed.Exec(`INSERT INTO jira_sync.jira_issue_fields (issue_id, m1_1, m2_2)
		SELECT issue_id, CASE issue_key WHEN 'PAY-5' THEN 8 WHEN 'PAY-7' THEN 5 END, CASE WHEN issue_key IN ('PAY-5', 'PAY-7') THEN 'Blue' END
		FROM jira_sync.jira_issues`)
	s.seed.Exec(`UPDATE jira_sync.field_mapping_state SET version = version + 1`)
}

// mapAs maps a field of Jira's to a column that is there.
func (s *site) mapAs(field int, name, kind, column string) {
	s.t.Helper()
	s.seed.Exec(`INSERT INTO jira_sync.field_mappings (name, label, field_type, sources, state, read_column) VALUES ($1, $1, $2, $3, 'READY', $4)`,
		name, kind, fmt.Sprintf(`[{"instance": 1, "field": "customfield_%d"}]`, field), column)
	s.seed.Exec(`INSERT INTO jira_sync.field_mapping_columns (column_id, mapping_id, field_type, sources, state)
		SELECT $2, mapping_id, field_type, sources, 'READY' FROM jira_sync.field_mappings WHERE name = $1`, name, column)
}

// ran is what syncs and a census left behind.
func (s *site) ran() {
	s.t.Helper()
	s.seed.Exec(`UPDATE jira_sync.jira_instances SET configured = true, reachable = instance_id = 1, complete_as_of = $1`, seed.At(72))
	failed := s.seed.Run(2, "INCREMENTAL", "FAILED", "schedule", seed.At(48))
	s.seed.Exec(`UPDATE jira_sync.sync_history SET error = 'beta refused the login' WHERE sync_id = $1`, failed)
	partial := s.seed.Run(1, "RECONCILE", "PARTIAL", "schedule", seed.At(49))
	s.seed.Run(1, "INCREMENTAL", "SUCCEEDED", "schedule", seed.At(50))
	s.seed.Run(1, "INCREMENTAL", "INTERRUPTED", "schedule", seed.At(51))
	s.seed.Exec(`INSERT INTO jira_sync.sync_project_details (sync_id, instance_id, project_key, project_id, state, failed, started_at)
		VALUES ($1, 1, 'PAY', 10, 'PARTIAL', 1, $2)`, partial, seed.At(49))
	s.seed.Exec(`INSERT INTO jira_sync.sync_errors (sync_id, instance_id, jira_id, issue_key, project_key, stage, message, payload, last_at)
		VALUES ($1, 1, 77, 'PAY-77', 'PAY', 'decode', 'created is no time', '{"id":"77"}', $2)`, partial, seed.At(49))
	s.seed.Exec(`INSERT INTO jira_sync.sync_census (instance_id, project_id, checked_at, sync_id, jira_count, shown, missing, extra, stopped)
		VALUES (1, 10, $2, $1, 17, 17, 1, 0, false)`, partial, seed.At(49))
	s.seed.Exec(`INSERT INTO jira_sync.sync_checkpoints (instance_id, project_id, kind, watermark) VALUES (1, 10, 'FULL', $1)`, seed.At(72))
}
