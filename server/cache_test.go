package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/db/dbtest/seed"
	"jirasync/server"
)

const oneIssue = `query One($key: String!) { issue(key: $key) { key summary } }`

func (s *site) one(key string) (summary string, hit bool) {
	s.t.Helper()
	got := s.ask(oneIssue, map[string]any{"key": key})
	require.Empty(s.t, got.Errors, "%s", got.raw)
	var data struct{ Issue struct{ Summary string } }
	decode(s.t, string(got.Data), &data)
	return data.Issue.Summary, got.Extensions.Cache.Hit
}

// page is what a page of the sync does that changes an issue's summary: the row, the versions in
// the same transaction, then the news of them.
func (s *site) page(issue int64, instance int, project int64, summary string) {
	s.t.Helper()
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET summary = $2 WHERE issue_id = $1`, issue, summary)
	s.seed.Raise(instance, project)
	s.learn()
}

func TestAnswerIsKeptUntilItsProjectChanges(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	for _, key := range []string{"WEB-1", "OPS-1"} {
		_, hit := s.one(key)
		require.False(t, hit)
		_, hit = s.one(key)
		require.True(t, hit)
	}
	s.page(w.web1.ID(), 1, 10, "changed")
	summary, hit := s.one("WEB-1")
	require.Equal(t, "changed", summary)
	require.False(t, hit)
	_, hit = s.one("OPS-1")
	require.True(t, hit, "an untouched project stays warm")
}

func TestTextThatDiffersOnlyInSpaceIsTheSameQuestion(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	require.False(t, s.ask(`{ issue(key: "WEB-1") { key } }`).Extensions.Cache.Hit)
	require.True(t, s.ask("# a comment\n{issue(key:\"WEB-1\"){key,}}").Extensions.Cache.Hit)
	require.False(t, s.ask(`{ issue(key: "WEB-1") { key summary } }`).Extensions.Cache.Hit)
	require.False(t, s.ask(`{ issue(key: "WEB-2") { key } }`).Extensions.Cache.Hit)
}

func TestListsGoOldWithWhatTheyCouldHold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	lists := map[string]bool{ // whether a change of WEB in alpha concerns it
		`{ issues { nodes { key } } }`:                                             true,
		`{ issues(search: "log") { totalCount } }`:                                 true,
		`{ issues(where: {project: {eq: "WEB"}}) { nodes { key summary } } }`:      true,
		`{ issues(where: {project: {eq: "OPS"}}) { nodes { key } totalCount } }`:   false,
		`{ issueStats(groupBy: [{dimension: STATUS}]) { total } }`:                 true,
		`{ issueStats(where: {project: {eq: "OPS"}}, groupBy: []) { total } }`:     false,
		`{ project(key: "OPS") { issueCount issues(last: 1) { nodes { key } } } }`: false,
		`{ project(key: "WEB", instance: "beta") { issues { nodes { key } } } }`:   false,
		`{ projects { nodes { key } } }`:                                           true,
		`{ issue(key: "NONE-1") { key } }`:                                         true,
		`{ issue(key: "OPS-1") { links { issue { summary } } } }`:                  true, // of WEB
		`{ issue(key: "OPS-1") { links { key } } }`:                                true, // which may move
		`{ instances { name issueCount } }`:                                        true,
	}
	for q := range lists {
		require.False(t, s.ask(q).Extensions.Cache.Hit, q)
		require.True(t, s.ask(q).Extensions.Cache.Hit, q)
	}
	s.page(w.web1.ID(), 1, 10, "changed")
	for q, concerned := range lists {
		require.Equal(t, !concerned, s.ask(q).Extensions.Cache.Hit, q)
	}
}

func TestWhatOnlyThisMomentIsTrueIsNotKept(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.seed.Run(1, "FULL", "SUCCEEDED", "schedule", seed.At(0))
	for _, q := range []string{
		`{ syncStatus { paused } }`, `{ syncConfig { paused } }`, `{ syncRuns { nodes { state } } }`,
		`{ instances { name reachable } }`, `{ issue(key: "WEB-1") { instance { completeAsOf } } }`,
		`{ project(key: "WEB") { key } }`, // an error
		`{ __typename }`,
	} {
		s.ask(q)
		require.False(t, s.ask(q).Extensions.Cache.Hit, q)
	}
}

func TestProjectThatJoinsTheOthersIsNoticed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	lease, err := s.store.AcquireLease(t.Context(), 2, "test", time.Minute)
	require.NoError(t, err)
	commit := func(summary string) {
		row := pageIssue(50, summary, seed.At(9))
		row.InstanceID, row.Key, row.KeyNumber = 2, "OPS-1", 1
		_, err := s.store.CommitPage(t.Context(), lease, db.Page{Issues: []db.IssueRow{row}})
		require.NoError(t, err)
		s.learn()
	}
	questions := map[string]bool{ // whether a second project of the key concerns it
		`{ issues(where: {project: {in: ["OPS", "APP"]}}) { nodes { key } } }`:        true,
		`{ issueStats(where: {project: {eq: "OPS"}}, groupBy: []) { total } }`:        true,
		`{ issues(search: "disk", where: {project: {eq: "OPS"}}) { nodes { key } } }`: true,
		`{ issue(key: "OPS-1") { summary } }`:                                         true,
		`{ project(key: "OPS") { name } }`:                                            true,
		`{ issue(key: "OPS-1", instance: "alpha") { summary } }`:                      false,
		`{ project(key: "OPS", instance: "alpha") { issues { nodes { key } } } }`:     false,
	}
	ask := func() {
		for q := range questions {
			s.ask(q)
			require.True(t, s.ask(q).Extensions.Cache.Hit, q)
		}
	}
	ask()
	commit("joins")
	for q, concerned := range questions {
		require.Equal(t, !concerned, s.ask(q).Extensions.Cache.Hit, q)
	}
	require.Equal(t, "AMBIGUOUS_KEY", s.ask(`{ issue(key: "OPS-1") { summary } }`).code(t))
	require.Equal(t, "AMBIGUOUS_KEY", s.ask(`{ project(key: "OPS") { name } }`).code(t))

	for _, q := range []string{`{ issues(where: {project: {eq: "WEB"}}) { nodes { key } } }`, `{ issue(key: "WEB-1") { key } }`} {
		s.ask(q)
		commit("changes " + q)
		require.True(t, s.ask(q).Extensions.Cache.Hit, "what changes in a project that is known leaves it warm: %s", q)
	}
}

// Both instances have a project WEB, and only one of them an issue WEB-1 at first.
func TestKeyThatAnotherInstanceComesToHaveIsNoticed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	const open, named = `{ issue(key: "WEB-1") { summary } }`, `{ issue(key: "WEB-1", instance: "alpha") { summary } }`
	for _, q := range []string{open, named, `{ issue(key: "OPS-1") { summary } }`} {
		s.ask(q)
		require.True(t, s.ask(q).Extensions.Cache.Hit, q)
	}
	s.seed.Issues(seed.Issue{Instance: 2, Project: 10, Key: "WEB-1"})
	s.seed.Raise(2, 10)
	s.learn()
	require.Equal(t, "AMBIGUOUS_KEY", s.ask(open).code(t))
	for _, q := range []string{named, `{ issue(key: "OPS-1") { summary } }`} {
		require.True(t, s.ask(q).Extensions.Cache.Hit, "what cannot have become ambiguous stays warm: %s", q)
	}
}

func TestIssuesFoundTogetherStayWarmByThemselves(t *testing.T) {
	t.Parallel()
	counted := new(statementCounter)
	s := newSite(t, withTracer(counted))
	w := populate(s)
	s.data(`{ a: issue(key: "WEB-1") { summary } b: issue(key: "OPS-1") { summary } }`)
	s.page(w.web1.ID(), 1, 10, "changed")
	counted.reset()
	s.data(`{ issue(key: "OPS-1") { summary } }`)
	require.Empty(t, counted.texts())
	s.data(`{ issue(key: "WEB-1") { summary } }`)
	require.Len(t, counted.texts(), 1)
}

func TestInstanceThatJoinsTheOthersIsNoticed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	questions := []string{`{ issues { nodes { key } } }`, `{ issue(key: "NONE-1") { key } }`, `{ projects { nodes { key } } }`, `{ issue(key: "OPS-1") { key } }`, `{ instances { name } }`}
	for _, q := range questions {
		s.ask(q)
		require.True(t, s.ask(q).Extensions.Cache.Hit, q)
	}
	s.seed.Instance(3, "gamma")
	s.learn()
	for _, q := range questions {
		require.False(t, s.ask(q).Extensions.Cache.Hit, q)
	}
}

func TestInstanceThatComesBackIsNoticed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	both := []db.InstanceRow{{ID: 1, Name: "alpha", URL: "https://alpha.example.org"}, {ID: 2, Name: "beta", URL: "https://beta.example.org"}}
	require.NoError(t, s.store.ConfigureInstances(t.Context(), both[:1]))
	s.learn()
	const ask = `{ instances { name } }`
	require.JSONEq(t, `{"instances": [{"name": "alpha"}]}`, s.data(ask))
	require.NoError(t, s.store.ConfigureInstances(t.Context(), both))
	s.learn()
	require.JSONEq(t, `{"instances": [{"name": "alpha"}, {"name": "beta"}]}`, s.data(ask))
}

// Whether a word still occurs is a matter of other projects than those that are searched.
func TestSlipThatIsMendedElsewhereIsCorrectedAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	slip := seed.Issue{Instance: 1, Project: 10, Key: "WEB-20", Summary: "Paymnt form"}
	s.seed.Issues(slip, seed.Issue{Instance: 1, Project: 11, Key: "OPS-21", Summary: "Payment list"})
	s.seed.Raise(1, 10)
	s.seed.Raise(1, 11)
	s.learn()
	const ask = `{ issues(search: "paymnt", where: {project: {eq: "OPS"}}) { nodes { key } } }`
	require.JSONEq(t, `{"issues": {"nodes": []}}`, s.data(ask), "it occurs")
	s.seed.Exec(`DELETE FROM jira_sync.jira_issue_search WHERE issue_id = $1`, slip.ID())
	s.page(slip.ID(), 1, 10, "Form")
	require.JSONEq(t, `{"issues": {"nodes": [{"key": "OPS-21"}]}}`, s.data(ask))
}

func TestReplicaThatLagsBehindIsPassedOver(t *testing.T) {
	t.Parallel()
	lagging := dbtest.New(t)
	populate(newSiteOn(t, lagging))
	s := newSite(t, func(o *db.Options, _ *server.Deps) { o.ReadURL = lagging })
	w := populate(s)
	summary, _ := s.one("WEB-1")
	require.Equal(t, "Login page is slow", summary)
	s.page(w.web1.ID(), 1, 10, "changed")
	for _, kept := range []bool{false, true} {
		summary, hit := s.one("WEB-1")
		require.Equal(t, "changed", summary)
		require.Equal(t, kept, hit)
	}
}

// The issue is kept as it is now by whoever asked for it before; what hangs on it is read anew.
func TestWhatHangsOnAnIssueIsNotReadFromAReplicaThatLagsBehind(t *testing.T) {
	t.Parallel()
	lagging := dbtest.New(t)
	populate(newSiteOn(t, lagging))
	s := newSite(t, func(o *db.Options, _ *server.Deps) { o.ReadURL = lagging })
	w := populate(s)
	late := seed.Issue{Instance: 1, Project: 10, Key: "WEB-30"}
	s.seed.Issues(late)
	for jiraID, issue := range map[int64]seed.Issue{1: w.web1, 30: late} {
		s.hangOn(issue, jiraID)
		s.page(issue.ID(), 1, 10, "changed")
	}
	for _, key := range []string{"WEB-1", "WEB-30"} {
		s.one(key)
		for what, want := range map[string]string{
			`comments { nodes { body } }`:                          `"a new comment"`,
			`worklogs { nodes { timeSpentSeconds } }`:              `"timeSpentSeconds":7777`,
			`changelog { nodes { field } }`:                        `"a new field"`,
			`changelog(field: "a new field") { nodes { toText } }`: `"later"`,
			`links { type }`:                                       `"a new link"`,
			`subtasks { summary }`:                                 `"a new subtask"`,
			`sprints { name }`:                                     `"a new sprint"`,
			`attachments { filename }`:                             `"new.txt"`,
			`raw`:                                                  `"new.txt"`,
			`previousKeys`:                                         `"NEW-`,
		} {
			t.Run(key+" "+what, func(t *testing.T) {
				require.Contains(t, s.data(`{ issue(key: "`+key+`") { summary `+what+` } }`), want)
			})
		}
	}
}

// hangOn adds one of each thing that an issue can have.
func (s *site) hangOn(i seed.Issue, jiraID int64) {
	s.t.Helper()
	number := 70 + jiraID
	s.seed.Comment(i, number, "bob", "a new comment", seed.At(6))
	s.seed.Worklog(i, number, "ann", 7777, seed.At(6))
	s.seed.History(i, number, "ann", seed.At(6), `[{"field":"a new field","fromString":"before","toString":"later"}]`)
	s.seed.Link(number, i, seed.Issue{Instance: 1, JiraID: 900, Key: "OPS-1"}, "a new link", "its other end")
	s.seed.Issues(seed.Issue{Instance: 1, Project: 10, Key: fmt.Sprintf("WEB-%d", number), Summary: "a new subtask", ParentID: jiraID})
	s.seed.Exec(`INSERT INTO jira_sync.jira_sprints (instance_id, sprint_id, name, state) VALUES (1, $1, 'a new sprint', 'active')`, number)
	s.seed.Exec(`UPDATE jira_sync.jira_issues SET sprint_ids = ARRAY[$2::bigint] WHERE issue_id = $1`, i.ID(), number)
	s.seed.Exec(`UPDATE jira_sync.jira_issue_raw SET fields = '{"attachment": [{"id": "70", "filename": "new.txt", "created": "2026-01-01T00:00:00.000+0000"}]}'
		WHERE issue_id = $1`, i.ID())
	s.seed.FormerKey(i, fmt.Sprintf("NEW-%d", number), seed.At(6))
}

func TestEqualQuestionsAtOnceAreExecutedOnce(t *testing.T) {
	t.Parallel()
	counted := new(statementCounter)
	s := newSite(t, withTracer(counted))
	populate(s)
	counted.reset()
	release := s.seed.Hold(`LOCK TABLE jira_sync.jira_issues IN ACCESS EXCLUSIVE MODE`)
	var asking sync.WaitGroup
	for range 200 {
		asking.Go(func() { s.ask(`{ issues { nodes { key } } }`) })
	}
	require.Eventually(t, func() bool { return s.seed.Active("jira_issues") > 0 }, patience, tick)
	release()
	asking.Wait()
	require.Equal(t, 1, counted.count(), "%v", counted.texts())
}

func TestFreshnessStandsBesideEachAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.start()
	s.seed.Exec(`UPDATE jira_sync.jira_instances SET complete_as_of = '2026-01-02T03:04:05Z' WHERE instance_id = 1`)
	require.Eventually(t, func() bool {
		fresh := s.ask(`{ issue(key: "WEB-1") { key } }`).Extensions.Freshness
		return len(fresh) == 2 && fresh[0]["instance"] == "alpha" && fresh[0]["completeAsOf"] == "2026-01-02T03:04:05Z"
	}, patience, tick)
	got := s.ask(`{ issue(key: "WEB-1") { key } }`)
	require.True(t, got.Extensions.Cache.Hit, "it is no part of what is kept")
	require.Nil(t, got.Extensions.Freshness[1]["completeAsOf"])
}

func TestAnswerIsCalledNoFresherThanWhatItRead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.start()
	completeAsOf := func(got reply) any { return got.Extensions.Freshness[0]["completeAsOf"] }
	s.seed.Exec(`UPDATE jira_sync.jira_instances SET complete_as_of = '2026-01-02T03:00:00Z' WHERE instance_id = 1`)
	require.Eventually(t, func() bool { return completeAsOf(s.ask(`{ __typename }`)) == "2026-01-02T03:00:00Z" }, patience, tick)
	release := s.seed.Hold(`LOCK TABLE jira_sync.jira_issues IN ACCESS EXCLUSIVE MODE`)
	slow := make(chan reply)
	go func() { slow <- s.ask(`{ issues { nodes { key } } }`) }()
	require.Eventually(t, func() bool { return s.seed.Active("jira_issues") > 0 }, patience, tick)
	s.seed.Exec(`UPDATE jira_sync.jira_instances SET complete_as_of = '2026-01-02T04:00:00Z' WHERE instance_id = 1`)
	require.Eventually(t, func() bool { return completeAsOf(s.ask(`{ __typename }`)) == "2026-01-02T04:00:00Z" }, patience, tick)
	release()
	require.Equal(t, "2026-01-02T03:00:00Z", completeAsOf(<-slow))
}

func TestServerWithoutCacheAnswersTheSame(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Cache = nil }))
	populate(s)
	for range 2 {
		got := s.ask(`{ issue(key: "WEB-1") { key links { issue { key } } } }`)
		require.JSONEq(t, `{"issue": {"key": "WEB-1", "links": [{"issue": {"key": "OPS-1"}}]}}`, string(got.Data))
		require.False(t, got.Extensions.Cache.Hit)
	}
}

func TestStatementsOfAnAnswerAreFew(t *testing.T) {
	t.Parallel()
	counted := new(statementCounter)
	s := newSite(t, withDeps(func(d *server.Deps) { d.Cache = nil }), withTracer(counted))
	populate(s)
	for n := range 20 {
		s.seed.Project(1, int64(100+n), fmt.Sprintf("P%02d", n))
		for i := range 6 {
			s.seed.Issues(seed.Issue{Instance: 1, Project: int64(100 + n), JiraID: int64(10_000 + n*10 + i), Key: fmt.Sprintf("P%02d-%d", n, i+1)})
		}
	}
	for name, tt := range map[string]struct {
		query string
		most  int
	}{
		"Q1": {`{ issue(key: "WEB-1") { key assignee { displayName } reporter { displayName } changelog(last: 10) { nodes { field author { displayName } } } } }`, 1},
		"Q2": {`{ issues(where: {project: {eq: "P01"}}, first: 50) { nodes { key assignee { displayName } reporter { displayName } } } }`, 1},
		"Q3": {`{ issues(search: "log", where: {status: {eq: "Open"}}, first: 25) { totalCount nodes { key } } }`, 1},
		"Q4": {`{ issueStats(where: {project: {eq: "P01"}}, groupBy: [{dimension: STATUS}]) { total groups { keys count } } }`, 1},
		"Q5": {`{ projects(first: 20) { nodes { key issues(first: 5) { nodes { key assignee { displayName } changelog(last: 3) { nodes { field } } } } } } }`, 2},
		"all that hangs on a page": {`{ issues(first: 50) { nodes { key parent { key } subtasks { key } previousKeys raw links { issue { key assignee { displayName } } }
			comments { nodes { author { displayName } } } worklogs { totalCount } a: changelog { totalCount } b: changelog(last: 1, field: "status") { nodes { field } } project { issueCount lead { displayName } } } } }`, 12},
		"runs": {`{ syncRuns { nodes { instance { name } projects { projectKey } metrics { name } errors { totalCount } } } }`, 7},
	} {
		counted.reset()
		s.data(tt.query)
		require.LessOrEqual(t, counted.count(), tt.most, "%s: %s", name, strings.Join(counted.texts(), "\n---\n"))
		require.Zero(t, s.counter("jirasync_graphql_late_batches_total"), name)
	}
}

func TestMetricsNameOperationsWithinBounds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	s.post(`{"query": "query Known { __typename }", "operationName": "Known"}`)
	for n := range 150 {
		s.post(fmt.Sprintf(`{"query": "query N%d { __typename }", "operationName": "N%[1]d"}`, n))
	}
	text := s.get("/metrics")
	require.Contains(t, text, `jirasync_graphql_operations_total{kind="query",operation="Known",outcome="ok"} 1`)
	require.Contains(t, text, `operation="other"`)
	require.Less(t, strings.Count(text, `jirasync_graphql_operations_total{`), 110)
	require.Contains(t, text, "jirasync_db_read_connections ")
}

func (s *site) get(path string) string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	require.NoError(s.t, err)
	return s.do(r).raw
}

func TestWhatAnInstanceIsCalledIsNewAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	const ask = `{ issue(key: "OPS-1") { url instance { name kind } } }`
	require.JSONEq(t, `{"issue": {"url": "https://alpha.example.org/browse/OPS-1", "instance": {"name": "alpha", "kind": "CLOUD"}}}`, s.data(ask))
	require.NoError(t, s.store.SaveContact(t.Context(), db.Contact{InstanceID: 1, Kind: "DATA_CENTER", Reachable: true}))
	s.learn()
	require.JSONEq(t, `{"issue": {"url": "https://alpha.example.org/browse/OPS-1", "instance": {"name": "alpha", "kind": "DATA_CENTER"}}}`, s.data(ask))
	require.NoError(t, s.store.ConfigureInstances(t.Context(), []db.InstanceRow{{ID: 1, Name: "gamma", URL: "https://gamma.example.org"}}))
	s.learn()
	require.JSONEq(t, `{"issue": {"url": "https://gamma.example.org/browse/OPS-1", "instance": {"name": "gamma", "kind": "DATA_CENTER"}}}`, s.data(ask))
}
