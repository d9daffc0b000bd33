package resolvers_test

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/stretchr/testify/require"

	"jirasync/auth"
	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/db/dbtest/seed"
	"jirasync/graph"
	"jirasync/loaders"
	"jirasync/query"
	"jirasync/resolvers"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// written counts the fields that were written without the executor.
type written struct {
	graph.PlainLists
	n atomic.Int64
}

func (w *written) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	res, err := w.PlainLists.InterceptField(ctx, next)
	if _, ready := res.(graphql.Marshaler); ready {
		w.n.Add(1)
	}
	return res, err
}

// perResponse is what the server does for each answer.
type perResponse struct{ loaders.Source }

func (perResponse) ExtensionName() string                   { return "PerResponse" }
func (perResponse) Validate(graphql.ExecutableSchema) error { return nil }
func (p perResponse) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	return next(loaders.With(ctx, p.New(auth.Scope(ctx))))
}

func TestPlainListsAreWrittenAsTheExecutorWouldWriteThem(t *testing.T) {
	t.Parallel()
	url := dbtest.New(t)
	store, err := db.Open(t.Context(), db.Options{URL: url, ReadConns: 2, WriteConns: 2})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	populate(seed.Into(t, url))

	root := &resolvers.Resolver{Store: store, Limits: query.DefaultLimits()}
	schema := graph.NewExecutableSchema(graph.Config{Resolvers: root})
	slow, quick := executor.New(schema), executor.New(schema)
	plain := &written{PlainLists: graph.PlainLists{ChangesPage: root.ChangesPage}}
	quick.Use(plain)
	for _, e := range []*executor.Executor{slow, quick} {
		e.Use(perResponse{loaders.Source{Store: store}})
	}
	const person = `{ __typename id accountId displayName email avatarUrl active instance { name } }`
	const issue = `__typename id jiraId key url resolution summary description labels components fixVersions affectsVersions
		createdAt updatedAt resolvedAt dueDate timeSpentSeconds syncedAt deletedAt deletedReason
		instance { __typename id name url kind } type { __typename name subtask iconUrl } status { __typename name category }
		priority { name rank } assignee ` + person + ` reporter { displayName } creator { displayName }
		project { __typename id key name category archived lastSyncedAt lead ` + person + ` instance { name } }`
	const change = `{ __typename author ` + person + ` at field fieldId from fromText to toText }`
	for name, tt := range map[string]struct {
		query string
		plain int // places written in one pass
	}{
		"all plain members of an issue":  {`{ issue(key: "WEB-1") { ` + issue + ` } }`, 1},
		"an issue with its changelog":    {`{ issue(key: "WEB-1") { key changelog(last: 2) { nodes ` + change + ` pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { field } } } } }`, 1},
		"a page of issues":               {`{ issues { __typename nodes { ` + issue + ` } edges { __typename cursor node { key } } totalCount pageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor } } }`, 1},
		"a page with changelogs":         {`{ issues { nodes { key changelog(first: 1) { __typename nodes { field author { displayName } } } } } }`, 1},
		"an empty page":                  {`{ issues(where: {key: {eq: "NONE-1"}}) { nodes { key } pageInfo { startCursor } } }`, 1},
		"fragments and aliases":          {`{ issues { nodes { ...F k: key ... on Issue { s: summary } ... on Node { id } } } } fragment F on Issue { key status { name } status { category } }`, 1},
		"members that are left out":      {`query ($no: Boolean = false) { issues { nodes { key summary @include(if: $no) labels @skip(if: true) } } }`, 1},
		"a resolver among plain members": {`{ issues { nodes { key previousKeys assignee { displayName } } } }`, 0},
		"two pages of one changelog":     {`{ issue(key: "WEB-1") { a: changelog(last: 1) { nodes { field } } b: changelog(first: 1) { nodes { field } } } }`, 2},
		"a changelog with its length":    {`{ issue(key: "WEB-1") { changelog { totalCount nodes { field } } } }`, 1},
		"comments and worklogs":          {`{ issue(key: "WEB-1") { comments { totalCount nodes { jiraId body createdAt updatedAt author ` + person + ` } pageInfo { endCursor } } worklogs { nodes { jiraId startedAt timeSpentSeconds comment author { displayName } } } } }`, 2},
		"comments as edges":              {`{ issue(key: "WEB-1") { comments { edges { cursor node { body } } } } }`, 0},
		"the issues of projects":         {`{ projects { nodes { key lead { displayName } issues(first: 2) { nodes { key assignee { displayName } } } } } }`, 3},
		"groups":                         {`{ issueStats(groupBy: [{dimension: LABEL}, {dimension: CREATED}]) { __typename total truncated groups { __typename keys count sum(field: "LEAD_SECONDS") avg(field: "TIME_SPENT_SECONDS") min(field: "CREATED") max(field: "DUE") percentile(field: "LEAD_SECONDS", p: 25) } } }`, 1},
		"subtasks and parents":           {`{ issue(key: "WEB-2") { parent { key summary } } issues { nodes { subtasks { key } } } }`, 1},
		"no such issue":                  {`{ issue(key: "NONE-1") { key } }`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			want, errs := run(t, slow, tt.query)
			require.Empty(t, errs)
			plain.n.Store(0)
			got, errs := run(t, quick, tt.query)
			require.Empty(t, errs)
			require.Equal(t, want, got)
			require.EqualValues(t, tt.plain, plain.n.Load())
		})
	}
}

func run(t *testing.T, e *executor.Executor, text string) (data string, errs any) {
	t.Helper()
	ctx := graphql.StartOperationTrace(auth.With(t.Context(), auth.LocalAdmin()))
	op, list := e.CreateOperationContext(ctx, &graphql.RawParams{Query: text})
	require.Empty(t, list)
	handle, ctx := e.DispatchOperation(ctx, op)
	response := handle(ctx)
	require.True(t, json.Valid(response.Data), "%s", response.Data)
	return string(response.Data), response.Errors
}

func populate(s *seed.Database) {
	s.Instance(1, "alpha")
	s.Instance(2, "beta")
	s.Project(1, 10, "WEB")
	s.Project(1, 11, "OPS")
	s.Project(2, 10, "WEB")
	s.User(1, "ann", "Ann \"the\" Archer\\\n\t\x01é")
	s.Exec(`UPDATE jira_sync.jira_projects SET lead_id = 'ann', category = 'c' WHERE project_id = 11`)
	first := seed.Issue{
		Instance: 1, Project: 10, Key: "WEB-1", Summary: "Tab\there, quote \" and <angle> \u2028", Description: "line\nline", Assignee: "ann",
		Reporter: "gone", Priority: "High", Rank: 1, Labels: []string{"a\"b", "c"}, Updated: seed.At(5.00001), Due: seed.At(48),
	}
	s.Issues(first,
		seed.Issue{Instance: 1, Project: 10, Key: "WEB-2", ParentID: 1, ParentKey: "WEB-1", Resolution: "Fixed", Resolved: seed.At(3)},
		seed.Issue{Instance: 1, Project: 11, JiraID: 90, Key: "OPS-1", Components: []string{"x"}, FixVersions: []string{"1"}},
		seed.Issue{Instance: 2, Project: 10, JiraID: 7, Key: "WEB-7"})
	s.History(first, 1, "ann", seed.At(1), `[{"field":"status","fieldId":"status","from":"1","fromString":"Open","to":"3","toString":"In \"P\""},{"field":"x"}]`)
	s.History(first, 2, "", seed.At(2), `[{"field":"summary","fromString":null,"toString":"s"}]`)
	s.Comment(first, 1, "ann", "a \"quoted\" body", seed.At(2))
	s.Worklog(first, 1, "", 60, seed.At(2))
}
