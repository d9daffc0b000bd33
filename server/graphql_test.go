package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/db/dbtest/seed"
)

func TestIssueIsShownWithAllThatHangsOnIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	require.JSONEq(t, `{"issue": {
		"jiraId": "1", "key": "WEB-1", "url": "https://alpha.example.org/browse/WEB-1", "summary": "Login page is slow",
		"description": "Takes ten seconds.", "labels": ["ui", "slow"], "type": {"name": "Task", "subtask": false},
		"status": {"name": "Open", "category": "TODO"}, "priority": {"name": "High", "rank": 2},
		"assignee": {"accountId": "ann", "displayName": "Ann Archer", "email": "ann@example.org", "active": true, "instance": {"name": "alpha"}},
		"project": {"key": "WEB", "name": "WEB project", "lead": null, "issueCount": 2},
		"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T05:00:00Z", "resolvedAt": null, "raw": {"summary": "Login page is slow"},
		"previousKeys": ["OLD-9"], "parent": null, "subtasks": [],
		"changelog": {"totalCount": 3, "nodes": [
			{"field": "assignee", "from": null, "toText": "Ann Archer", "author": {"displayName": "Ann Archer"}},
			{"field": "summary", "from": null, "toText": "Login page is slow", "author": {"displayName": "Bob Baker"}}]},
		"comments": {"totalCount": 1, "nodes": [{"body": "Mine too", "author": {"displayName": "Bob Baker"}}]},
		"worklogs": {"nodes": [{"timeSpentSeconds": 3600, "author": {"displayName": "Ann Archer"}}]},
		"links": [{"type": "is caused by", "direction": "OUTWARD", "key": "OPS-1", "issue": {"summary": "Disk full", "project": {"key": "OPS"}}}]
	}}`, s.data(`{ issue(key: "WEB-1") {
		jiraId key url summary description labels type { name subtask } status { name category } priority { name rank }
		assignee { accountId displayName email active instance { name } } project { key name lead { displayName } issueCount }
		createdAt updatedAt resolvedAt raw previousKeys parent { key } subtasks { key }
		changelog(last: 2) { totalCount nodes { field from toText author { displayName } } }
		comments { totalCount nodes { body author { displayName } } }
		worklogs { nodes { timeSpentSeconds author { displayName } } }
		links { type direction key issue { summary project { key } } } } }`))
}

func TestIssueIsFoundByAKeyItHadBefore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	require.JSONEq(t, `{"old": {"key": "WEB-1"}, "none": null}`,
		s.data(`{ old: issue(key: "OLD-9") { key } none: issue(key: "OLD-10") { key } }`))
}

func TestKeyInSeveralInstancesNamesThem(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	got := s.ask(`{ project(key: "WEB") { name } }`)
	require.Equal(t, "AMBIGUOUS_KEY", got.code(t))
	require.Contains(t, got.Errors[0].Message, "alpha and beta")
	require.JSONEq(t, `{"project": {"instance": {"name": "beta"}}}`,
		s.data(`{ project(key: "WEB", instance: "beta") { instance { name } } }`))
}

// A project was moved to another instance, and deleted where it was.
func TestWhatIsGoneMakesNoKeyAmbiguous(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	twin := seed.Issue{Instance: 2, Project: 10, Key: "WEB-1"}
	s.seed.Issues(twin)
	s.seed.FormerKey(twin, "OLD-9", seed.At(2))
	s.seed.FormerKey(w.twin, "OLD-9", seed.At(3))
	s.learn()
	const ask = `{ present: issue(key: "WEB-1") { instance { name } } former: issue(key: "OLD-9") { instance { name } } project(key: "WEB") { instance { name } } }`
	refused := s.ask(ask)
	require.Len(t, refused.Errors, 3)
	for _, e := range refused.Errors {
		require.Equal(t, "AMBIGUOUS_KEY", e.Extensions["code"])
		require.Regexp(t, `several instances, (alpha and beta|beta and alpha):`, e.Message)
	}
	const found = `{"present": {"instance": {"name": "alpha"}}, "former": {"instance": {"name": "alpha"}}, "project": {"instance": {"name": "alpha"}}}`
	gone := func(set string) {
		s.seed.Exec(set)
		s.seed.Raise(2, 10)
		s.seed.Exec(`UPDATE jira_sync.jira_instances SET listed = listed + 1 WHERE instance_id = 2`)
		s.learn()
	}
	gone(`UPDATE jira_sync.jira_projects SET visible = false WHERE instance_id = 2`)
	require.JSONEq(t, found, s.data(ask))
	gone(`UPDATE jira_sync.jira_issues SET deleted_at = now(), deleted_reason = 'DELETED' WHERE instance_id = 2`)
	require.JSONEq(t, found, s.data(ask))
	require.JSONEq(t, `{"issue": {"instance": {"name": "beta"}}}`, s.data(`{ issue(key: "WEB-7") { instance { name } } }`))
	gone(`UPDATE jira_sync.jira_projects SET visible = true WHERE instance_id = 2`)
	require.JSONEq(t, `{"issue": {"instance": {"name": "alpha"}}}`, s.data(`{ issue(key: "WEB-1") { instance { name } } }`))
	require.Equal(t, "AMBIGUOUS_KEY", s.ask(`{ project(key: "WEB") { name } }`).code(t))
}

func TestNodesAreFoundByTheirIDs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	run := s.seed.Run(1, "FULL", "SUCCEEDED", "schedule", time.Now())
	var ids struct {
		Issue struct {
			ID       string
			Assignee struct{ ID string }
			Project  struct{ ID string }
			Instance struct{ ID string }
		}
		SyncRuns struct{ Nodes []struct{ ID string } }
	}
	decode(t, s.data(`{ issue(key: "WEB-1") { id assignee { id } project { id } instance { id } } syncRuns { nodes { id } } }`), &ids)
	require.NotZero(t, run)
	for id, want := range map[string]string{
		ids.Issue.ID:             `{"node": {"__typename": "Issue", "key": "WEB-1", "id": "%s"}}`,
		ids.Issue.Assignee.ID:    `{"node": {"__typename": "User", "displayName": "Ann Archer", "id": "%s"}}`,
		ids.Issue.Project.ID:     `{"node": {"__typename": "Project", "name": "WEB project", "id": "%s"}}`,
		ids.Issue.Instance.ID:    `{"node": {"__typename": "Instance", "url": "https://alpha.example.org", "id": "%s"}}`,
		ids.SyncRuns.Nodes[0].ID: `{"node": {"__typename": "SyncRun", "state": "SUCCEEDED", "id": "%s"}}`,
	} {
		require.JSONEq(t, fmt.Sprintf(want, id), s.data(`query ($id: ID!) { node(id: $id) { __typename id ... on Issue { key }
			... on User { displayName } ... on Project { name } ... on Instance { url } ... on SyncRun { state } } }`, map[string]any{"id": id}))
	}
	require.JSONEq(t, `{"node": null}`, s.data(`{ node(id: "SXNzdWU6MTo5OTk") { id } }`)) // Issue:1:999
	for _, id := range []string{
		"", "x", "SXNzdWU6MTo5OTk=", "SXNzdWU6MTo5OTkx!", "SXNzdWU6MTotMQ", "Tm9uZToxOjE",
		// Their objects would be found by a number in which these are the same as another's.
		db.GlobalID{Kind: db.KindIssue, Instance: 0, Key: fmt.Sprint(w.web1.ID())}.String(),
		db.GlobalID{Kind: db.KindIssue, Instance: 2, Key: fmt.Sprint(w.twin.ID())}.String(),
		db.GlobalID{Kind: db.KindInstance, Instance: 1, Key: "2"}.String(),
		db.GlobalID{Kind: db.KindRun, Instance: 1, Key: fmt.Sprint(run)}.String(),
	} {
		require.Equal(t, "BAD_USER_INPUT", s.ask(`query ($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": id}).code(t), id)
	}
}

func TestCountsAreGrouped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	require.JSONEq(t, `{
		"byStatus": {"total": 4, "truncated": false, "groups": [{"keys": ["Open"], "count": 3}, {"keys": ["Done"], "count": 1}]},
		"byLabel": {"total": 4, "truncated": false, "groups": [{"keys": [null], "count": 3}, {"keys": ["slow"], "count": 1}, {"keys": ["ui"], "count": 1}]},
		"byWeek": {"total": 2, "truncated": false, "groups": [{"keys": ["2025-12-29", "Bob Baker"], "count": 1}, {"keys": ["2025-12-29", null], "count": 1}]},
		"first": {"total": 4, "truncated": true, "groups": [{"keys": ["WEB", "alpha"], "count": 2}]},
		"only": {"total": 3, "truncated": false, "groups": [{"keys": [], "count": 3}]}
	}`, s.data(`{
		byStatus: issueStats(groupBy: [{dimension: STATUS}]) { total truncated groups { keys count } }
		byLabel: issueStats(groupBy: [{dimension: LABEL}]) { total truncated groups { keys count } }
		byWeek: issueStats(where: {project: {eq: "WEB"}, instance: {eq: "alpha"}}, groupBy: [{dimension: CREATED}, {dimension: REPORTER}]) { total truncated groups { keys count } }
		first: issueStats(groupBy: [{dimension: PROJECT}, {dimension: INSTANCE}], limit: 1) { total truncated groups { keys count } }
		only: issueStats(groupBy: [], where: {project: {eq: "WEB"}}) { total truncated groups { keys count } }
	}`))
}

func TestOfTooManyGroupsOfTimeTheNewestAreKept(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s) // of four issues only one is resolved, in January 2026
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET created_at = created_at - interval '2 months' WHERE issue_id = $1`, w.web1.ID())
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET created_at = created_at - interval '1 month' WHERE issue_id = ANY($1)`,
		[]int64{w.web2.ID(), w.ops1.ID()})
	require.JSONEq(t, `{
		"all": {"total": 4, "truncated": false, "groups": [{"keys": ["2025-11-01"], "count": 1}, {"keys": ["2025-12-01"], "count": 2}, {"keys": ["2026-01-01"], "count": 1}]},
		"some": {"total": 4, "truncated": true, "groups": [{"keys": ["2025-12-01"], "count": 2}, {"keys": ["2026-01-01"], "count": 1}]},
		"ofProjects": {"total": 4, "truncated": true, "groups": [{"keys": ["OPS", "2025-12-01"], "count": 1}, {"keys": ["WEB", "2026-01-01"], "count": 1}]},
		"none": {"total": 4, "truncated": false, "groups": [{"keys": ["2026-01-01"], "count": 1}, {"keys": [null], "count": 3}]},
		"timeless": {"total": 4, "truncated": true, "groups": [{"keys": ["2026-01-01"], "count": 1}]}
	}`, s.data(`{
		all: issueStats(groupBy: [{dimension: CREATED, interval: MONTH}], limit: 3) { ...told }
		some: issueStats(groupBy: [{dimension: CREATED, interval: MONTH}], limit: 2) { ...told }
		ofProjects: issueStats(groupBy: [{dimension: PROJECT}, {dimension: CREATED, interval: MONTH}], limit: 2) { ...told }
		none: issueStats(groupBy: [{dimension: RESOLVED, interval: MONTH}]) { ...told }
		timeless: issueStats(groupBy: [{dimension: RESOLVED, interval: MONTH}], limit: 1) { ...told }
	} fragment told on IssueStats { total truncated groups { keys count } }`))
}

func TestDaysBeginInTheZoneOfTheAsker(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET created_at = '2026-03-28T23:30:00Z' WHERE issue_id = $1`, w.web1.ID())
	for zone, day := range map[string]string{"UTC": "2026-03-28", "Europe/Berlin": "2026-03-29", "America/New_York": "2026-03-28"} {
		require.JSONEq(t, fmt.Sprintf(`{"issueStats": {"groups": [{"keys": ["%s"]}]}}`, day),
			s.data(`query ($z: String!) { issueStats(where: {key: {eq: "WEB-1"}}, groupBy: [{dimension: CREATED, interval: DAY}], timeZone: $z) { groups { keys } } }`,
				map[string]any{"z": zone}))
	}
	for _, zone := range []string{"", "Local", "Europe/Nowhere", "../../etc/passwd", "UTC'; DROP TABLE x"} {
		got := s.ask(`query ($z: String!) { issueStats(groupBy: [{dimension: DUE}], timeZone: $z) { total } }`, map[string]any{"z": zone})
		require.Equal(t, "BAD_USER_INPUT", got.code(t), zone)
	}
	const unknown = "Mars/Olympus" // to the database: Go knows it
	_, err := time.LoadLocation(unknown)
	require.NoError(t, err)
	got := s.ask(`query ($z: String!) { issueStats(groupBy: [{dimension: CREATED}], timeZone: $z) { total } }`, map[string]any{"z": unknown})
	require.Equal(t, "BAD_USER_INPUT", got.code(t))
	require.Contains(t, got.Errors[0].Message, unknown)
}

// PostgreSQL reads some names of zones as abbreviations first, and knows no summer by them.
func TestShortNamesOfZonesMeanWhatTheyMeanElsewhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	names := strings.Fields(seed.Ask[string](s.seed, `
SELECT string_agg(n.name, ' ') FROM pg_timezone_names n JOIN pg_timezone_abbrevs a ON a.abbrev = upper(n.name)`))
	require.Subset(t, names, []string{"CET", "EET", "MET", "WET", "UTC"})
	for _, at := range []string{"2026-01-15T22:30:00Z", "2026-01-15T23:30:00Z", "2026-07-01T21:30:00Z", "2026-07-01T22:30:00Z", "2026-07-01T23:30:00Z", "2026-07-02T05:30:00Z"} {
		s.seed.Exec(`UPDATE jira_sync.jira_issues SET created_at = $2::text::timestamptz WHERE issue_id = $1`, w.web1.ID(), at)
		s.seed.Raise(1, 10)
		s.learn()
		moment, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		for _, name := range names {
			zone, err := time.LoadLocation(name)
			require.NoError(t, err)
			require.JSONEq(t, fmt.Sprintf(`{"issueStats": {"groups": [{"keys": ["%s"]}]}}`, moment.In(zone).Format(time.DateOnly)),
				s.data(`query ($z: String!) { issueStats(where: {key: {eq: "WEB-1"}}, groupBy: [{dimension: CREATED, interval: DAY}], timeZone: $z) { groups { keys } } }`,
					map[string]any{"z": name}), "%s in %s", at, name)
		}
	}
}

func TestDaysAreWrittenAlikeWhateverTheDatabaseIsSetTo(t *testing.T) {
	t.Parallel()
	url := dbtest.New(t)
	seed.Into(t, url).Exec(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET datestyle = ''SQL, DMY''', current_database()); END $$`)
	s := newSiteOn(t, url)
	populate(s)
	require.JSONEq(t, `{"issueStats": {"groups": [{"keys": ["2025-12-29"]}]}}`,
		s.data(`{ issueStats(where: {key: {eq: "WEB-1"}}, groupBy: [{dimension: CREATED}]) { groups { keys } } }`))
}

// Two people of one name are two values of a field, and one member of a group.
func TestEqualMembersOfAListCountAnIssueOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	s.seed.Exec(`ALTER TABLE jira_sync.jira_issue_fields ADD COLUMN m1_1 text[], ADD COLUMN m2_2 numeric[]`)
	s.mapAs(1, "reviewers", "TEXT_LIST", "m1_1")
	s.mapAs(2, "points", "NUMBER_LIST", "m2_2")
	s.seed.Exec(`INSERT INTO jira_sync.jira_issue_fields (issue_id, m1_1, m2_2) VALUES ($1, '{Alex Kim,Alex Kim,Bob Baker}', '{1,1.0,2}'), ($2, '{Alex Kim}', NULL)`,
		w.web1.ID(), w.web2.ID())
	s.seed.Exec(`UPDATE jira_sync.field_mapping_state SET version = version + 1`)
	require.NoError(t, s.store.FollowMappings(t.Context(), seed.Ask[int64](s.seed, `SELECT version FROM jira_sync.field_mapping_state`)))
	require.JSONEq(t, `{
		"reviewers": {"total": 2, "groups": [{"keys": ["Alex Kim"], "count": 2}, {"keys": ["Bob Baker"], "count": 1}]},
		"points": {"total": 2, "groups": [{"keys": [1], "count": 1}, {"keys": [2], "count": 1}, {"keys": [null], "count": 1}]}
	}`, s.data(`{
		reviewers: issueStats(where: {project: {eq: "WEB"}, instance: {eq: "alpha"}}, groupBy: [{field: "reviewers"}]) { total groups { keys count } }
		points: issueStats(where: {project: {eq: "WEB"}, instance: {eq: "alpha"}}, groupBy: [{field: "points"}]) { total groups { keys count } }
	}`))
}

func TestNullStandsForWhatIsAskedWhereNothingIsSaid(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	require.JSONEq(t,
		s.data(`{ issues(orderBy: [{by: CREATED}]) { nodes { key } } issueStats(groupBy: [{dimension: CREATED}]) { total groups { keys count } }
			project(key: "WEB", instance: "alpha") { issues { nodes { key } } } }`),
		s.data(`query ($v: Visibility, $d: OrderDirection, $w: TimeInterval, $z: String, $l: Int) {
			issues(visibility: $v, orderBy: [{by: CREATED, direction: $d}]) { nodes { key } }
			issueStats(visibility: $v, groupBy: [{dimension: CREATED, interval: $w}], timeZone: $z, limit: $l) { total groups { keys count } }
			project(key: "WEB", instance: "alpha") { issues(visibility: $v) { nodes { key } } } }`,
			map[string]any{"v": nil, "d": nil, "w": nil, "z": nil, "l": nil}))
}

// That an issue is gone does not move Jira's own time of its last change.
func TestRemovalIsFoundByWhenItWasStored(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET synced_at = now() - interval '1 day'`)
	lease, err := s.store.AcquireLease(t.Context(), 1, "test", time.Minute)
	require.NoError(t, err)
	gone, err := s.store.Tombstone(t.Context(), lease, 0, []int64{1}, "GONE")
	require.NoError(t, err)
	require.Equal(t, 1, gone)
	s.learn()
	since := map[string]any{"since": time.Now().Add(-10 * time.Minute)}
	require.JSONEq(t, `{"issues": {"nodes": [{"key": "WEB-1", "deletedReason": "GONE"}]}, "updated": {"nodes": []}}`, s.data(`query ($since: Time!) {
		issues(where: {synced: {gte: $since}}, visibility: ALL, orderBy: [{by: UPDATED, direction: ASC}]) { nodes { key deletedReason } }
		updated: issues(where: {updated: {gte: $since}}, visibility: ALL) { nodes { key } } }`, since))
}

func TestInstancesAndProjects(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.seed.Exec(`UPDATE jira_sync.jira_instances SET reachable = true, limit_remaining = 9, limit_total = 10 WHERE instance_id = 1`)
	require.JSONEq(t, `{"instances": [
		{"name": "alpha", "kind": "CLOUD", "reachable": true, "lastError": null, "rateLimit": {"remaining": 9, "limit": 10, "until": null}, "issueCount": 3, "projectCount": 2, "fieldCount": 0},
		{"name": "beta", "kind": "CLOUD", "reachable": null, "lastError": null, "rateLimit": null, "issueCount": 1, "projectCount": 1, "fieldCount": 0}]}`,
		s.data(`{ instances { name kind reachable lastError rateLimit { remaining limit until } issueCount projectCount fieldCount } }`))
	var page struct {
		Projects struct {
			TotalCount int
			Nodes      []struct{ Key string }
			PageInfo   struct {
				HasNextPage bool
				EndCursor   string
			}
		}
	}
	const list = `query ($after: String) { projects(first: 2, after: $after) { totalCount nodes { key } pageInfo { hasNextPage endCursor } } }`
	decode(t, s.data(list), &page)
	require.Equal(t, 3, page.Projects.TotalCount)
	require.Len(t, page.Projects.Nodes, 2)
	require.True(t, page.Projects.PageInfo.HasNextPage)
	decode(t, s.data(list, map[string]any{"after": page.Projects.PageInfo.EndCursor}), &page)
	require.Len(t, page.Projects.Nodes, 1)
	require.False(t, page.Projects.PageInfo.HasNextPage)
	require.JSONEq(t, `{"projects": {"nodes": [{"key": "OPS"}]}}`, s.data(`{ projects(search: "ops PRO") { nodes { key } } }`))
}

func TestProjectTellsItsVersionsAndComponents(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.seed.Exec(`
INSERT INTO jira_sync.jira_versions (instance_id, version_id, project_id, name, description, released, archived, start_date, release_date)
VALUES (1, 3, 10, '2.0', NULL, false, false, '2026-01-01', NULL), (1, 1, 10, '1.0', 'The first', true, true, NULL, '2025-06-30'),
       (1, 2, 10, '1.1', NULL, true, false, NULL, '2025-12-01'), (2, 1, 10, 'other', NULL, false, false, NULL, NULL)`)
	s.seed.Exec(`
INSERT INTO jira_sync.jira_components (instance_id, component_id, project_id, name, description, lead_id)
VALUES (1, 8, 10, 'Search', 'Finds', 'ann'), (1, 9, 10, 'API', NULL, NULL), (1, 7, 11, 'Disks', NULL, 'nobody')`)
	const question = `{ projects(instance: "alpha") { nodes { key
		versions { jiraId name description released archived startDate releaseDate }
		components { jiraId name description lead { displayName } } } } }`
	require.JSONEq(t, `{"projects": {"nodes": [
		{"key": "OPS", "versions": [], "components": [{"jiraId": "7", "name": "Disks", "description": null, "lead": null}]},
		{"key": "WEB", "versions": [
			{"jiraId": "1", "name": "1.0", "description": "The first", "released": true, "archived": true, "startDate": null, "releaseDate": "2025-06-30"},
			{"jiraId": "2", "name": "1.1", "description": null, "released": true, "archived": false, "startDate": null, "releaseDate": "2025-12-01"},
			{"jiraId": "3", "name": "2.0", "description": null, "released": false, "archived": false, "startDate": "2026-01-01", "releaseDate": null}],
		 "components": [
			{"jiraId": "9", "name": "API", "description": null, "lead": null},
			{"jiraId": "8", "name": "Search", "description": "Finds", "lead": {"displayName": "Ann Archer"}}]}]}}`, s.data(question))

	s.seed.Exec(`UPDATE jira_sync.jira_versions SET name = '1.0.1' WHERE instance_id = 1 AND version_id = 1`)
	s.seed.Raise(1, 10)
	s.learn()
	require.Contains(t, s.data(question), `"1.0.1"`, "an answer kept before is not given again")

	s.seed.Exec(`
INSERT INTO jira_sync.jira_versions (instance_id, version_id, project_id, name)
SELECT 1, 100 + n, 10, n::text FROM generate_series(1, 998) n`)
	s.seed.Raise(1, 10)
	s.learn()
	many := s.ask(`{ project(key: "WEB", instance: "alpha") { versions { name } } }`)
	require.Contains(t, many.Errors[0].Message, "more versions of WEB than the first 1000")
	require.Equal(t, 1000, strings.Count(string(many.Data), `"name"`))
}

func TestFiguresOfGroups(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET time_spent_seconds = jira_id * 100 WHERE instance_id = 1`) // 100, 200, 90000
	require.JSONEq(t, `{
		"all": {"total": 4, "groups": [{"keys": [], "count": 4, "sum": 90300, "avg": 30100, "low": 100, "high": 90000, "median": 200, "p90": 72040}]},
		"lead": {"groups": [{"keys": ["Open"], "sum": null, "min": "2026-01-01T00:00:00Z", "max": null},
			{"keys": ["Done"], "sum": 10800, "min": "2026-01-01T00:00:00Z", "max": "2026-01-03"}]},
		"labels": {"total": 2, "groups": [{"keys": ["slow", "WEB"], "sum": 100}, {"keys": ["ui", "WEB"], "sum": 100}, {"keys": [null, "WEB"], "sum": 200}]},
		"none": {"total": 0, "groups": []}
	}`, s.data(`query ($f: String!) {
		all: issueStats(groupBy: []) { total groups { keys count sum(field: $f) avg(field: $f) low: min(field: $f) high: max(field: $f)
			median: percentile(field: $f, p: 50) p90: percentile(field: $f, p: 90) } }
		lead: issueStats(groupBy: [{dimension: STATUS}]) { groups { keys sum(field: "LEAD_SECONDS") min(field: "CREATED") max(field: "DUE") } }
		labels: issueStats(where: {instance: {eq: "alpha"}, project: {eq: "WEB"}}, groupBy: [{dimension: LABEL}, {dimension: PROJECT}]) { total groups { keys sum(field: $f) } }
		none: issueStats(where: {key: {eq: "NO-1"}}, groupBy: []) { total groups { count } }
	}`, map[string]any{"f": "TIME_SPENT_SECONDS"}))
}

func TestFiguresThatCannotBe(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	for field, says := range map[string]string{
		`sum(field: "story_points")`:                         `sum: there is no mapped field "story_points"`,
		`avg(field: "CREATED")`:                              "avg: the field CREATED is TIME, not a number",
		`percentile(field: "LEAD_SECONDS", p: 101)`:          "p is 101, it must be 0 to 100",
		`percentile(field: "LEAD_SECONDS", p: -1)`:           "p is -1, it must be 0 to 100",
		`percentile(field: "DUE", p: 50)`:                    "percentile: the field DUE is DATE, not a number",
		`max(field: "x'); DROP TABLE jira_sync.jira_users")`: "there is no mapped field",
	} {
		got := s.ask(`{ issueStats(groupBy: []) { groups { ` + field + ` } } }`)
		require.Equal(t, "BAD_USER_INPUT", got.code(t), field)
		require.Contains(t, got.Errors[0].Message, says)
	}
}

func TestSprintsEpicsAndAttachments(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	s.seed.Exec(`INSERT INTO jira_sync.jira_sprints (instance_id, sprint_id, name, state, start_at) VALUES
		(1, 5, 'Sprint 5', 'closed', '2026-01-05Z'), (1, 6, 'Sprint 6', 'active', '2026-01-19Z'), (2, 5, 'Elsewhere', 'active', NULL)`)
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET sprint_ids = '{6,5,77}', epic_key = 'OPS-1' WHERE issue_id = $1`, w.web1.ID())
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET sprint_ids = '{6}', epic_key = 'OPS-404' WHERE issue_id = $1`, w.web2.ID())
	s.seed.Exec(`DELETE FROM jira_sync.jira_issue_raw WHERE issue_id = $1`, w.web1.ID())
	s.seed.Exec(`INSERT INTO jira_sync.jira_issue_raw (issue_id, instance_id, jira_id, fields) VALUES ($1, 1, 1, $2)`, w.web1.ID(),
		`{"attachment": [{"id": "8", "filename": "trace.txt", "size": 12, "created": "2026-01-02T10:00:00.000+0200", "author": {"accountId": "ann"}},
			{"id": "7", "filename": "shot.png", "mimeType": "image/png", "created": "2026-01-01T10:00:00.000+0000"}, "nonsense", {"id": 1}]}`)
	require.JSONEq(t, `{"issues": {"nodes": [
		{"key": "WEB-1", "epic": {"key": "OPS-1", "summary": "Disk full"}, "sprints": [{"name": "Sprint 5", "state": "closed"}, {"name": "Sprint 6", "state": "active"}],
			"attachments": [{"jiraId": "7", "filename": "shot.png", "mimeType": "image/png", "sizeBytes": null, "author": null, "createdAt": "2026-01-01T10:00:00Z"},
				{"jiraId": "8", "filename": "trace.txt", "mimeType": null, "sizeBytes": 12, "author": {"displayName": "Ann Archer"}, "createdAt": "2026-01-02T08:00:00Z"}]},
		{"key": "WEB-2", "epic": null, "sprints": [{"name": "Sprint 6", "state": "active"}], "attachments": []}]}}`,
		s.data(`{ issues(where: {project: {eq: "WEB"}, instance: {eq: "alpha"}}) { nodes { key epic { key summary } sprints { name state }
			attachments { jiraId filename mimeType sizeBytes author { displayName } createdAt } } } }`))
	for where, keys := range map[string]string{
		`{sprint: {eq: "Sprint 5"}}`:                                       "WEB-1",
		`{sprint: {in: ["Sprint 5", "Sprint 6"]}}`:                         "WEB-1 WEB-2",
		`{sprint: {ne: "Sprint 5"}, instance: {eq: "alpha"}}`:              "OPS-1 WEB-2",
		`{sprint: {startsWith: "sprint"}, not: {sprint: {contains: "5"}}}`: "WEB-2",
		`{sprint: {eq: "Elsewhere"}}`:                                      "",
		`{sprint: {isNull: true}}`:                                         "OPS-1 WEB-7",
	} {
		require.Equal(t, keys, s.keys(`{ issues(where: `+where+`, orderBy: [{by: KEY, direction: ASC}]) { nodes { key } } }`), where)
	}
	require.JSONEq(t, `{"issueStats": {"total": 4, "groups": [{"keys": ["Sprint 6"], "count": 2}, {"keys": [null], "count": 2}, {"keys": ["Sprint 5"], "count": 1}]}}`,
		s.data(`{ issueStats(groupBy: [{dimension: SPRINT}]) { total groups { keys count } } }`))
}

// keys are those of the issues of an answer, in its order.
func (s *site) keys(query string, variables ...map[string]any) string {
	s.t.Helper()
	var got struct {
		Issues struct{ Nodes []struct{ Key string } }
	}
	decode(s.t, s.data(query, variables...), &got)
	var keys []string
	for _, issue := range got.Issues.Nodes {
		keys = append(keys, issue.Key)
	}
	return strings.Join(keys, " ")
}

func TestListsOfProjectsAreToldApart(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.seed.Issues(
		seed.Issue{Instance: 1, Project: 11, JiraID: 902, Key: "OPS-2", Labels: []string{"x y"}}, seed.Issue{Instance: 1, Project: 11, JiraID: 903, Key: "OPS-3", Labels: []string{"y z"}})
	const fragments = `fragment F on Project { issues(first: 1) { nodes { key } } }
		fragment G on Project { issues(first: 1) { nodes { summary instance { name } } pageInfo { hasNextPage } } }`
	require.JSONEq(t, `{
		"a": {"issues": {"nodes": [{"key": "WEB-1"}]}},
		"b": {"issues": {"nodes": [{"key": "OPS-1", "summary": "Disk full", "instance": {"name": "alpha"}}], "pageInfo": {"hasNextPage": true}}}
	}`, s.data(`{ a: project(key: "WEB", instance: "alpha") { ...F } b: project(key: "OPS") { ...F ...G } } `+fragments))
	require.JSONEq(t, `{"project": {"a": {"nodes": [{"key": "OPS-2"}]}, "b": {"nodes": [{"key": "OPS-3"}]}}}`, s.data(`{ project(key: "OPS") {
		a: issues(where: {label: {in: ["x y", "z"]}}) { nodes { key } } b: issues(where: {label: {in: ["x", "y z"]}}) { nodes { key } } } }`))
	require.JSONEq(t, `{"project": {"a": {"nodes": [{"key": "OPS-1"}], "pageInfo": {"hasNextPage": true}}, "b": {"nodes": [{"key": "OPS-1"}, {"key": "OPS-2"}]}}}`,
		s.data(`{ project(key: "OPS") { a: issues(first: 1) { nodes { key } pageInfo { hasNextPage } } b: issues(first: 2) { nodes { key } } } }`))
}

func TestNothingIsDeferred(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	got := s.ask(`{ issue(key: "WEB-1") { key ... @defer { summary } } }`)
	require.Equal(t, "BAD_USER_INPUT", got.code(t))
	require.Contains(t, got.Errors[0].Message, `"@defer"`)
	require.NotContains(t, s.data(`{ __schema { directives { name } } }`), "defer")
}

func TestIssueIsFoundByTwoFormerKeysAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	s.seed.FormerKey(w.web1, "OLDER-9", seed.At(1))
	s.seed.FormerKey(w.web1, "OLDEST-9", seed.At(0))
	const ask = `{ key changelog { nodes { field } } }`
	const web1 = `{"key": "WEB-1", "changelog": {"nodes": [{"field": "status"}, {"field": "assignee"}, {"field": "summary"}]}}`
	require.JSONEq(t, `{"a": `+web1+`, "b": `+web1+`, "c": `+web1+`, "d": `+web1+`}`, s.data(`{
		a: issue(key: "OLD-9") `+ask+` b: issue(key: "OLDER-9") `+ask+` c: issue(key: "OLDEST-9") `+ask+` d: issue(key: "WEB-1") `+ask+` }`))
}
