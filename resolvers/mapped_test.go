package resolvers_test

import (
	"context"
	"encoding/json"
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

// noWork finds nothing wrong with a mapping.
type noWork struct{ resolvers.FieldWork }

func (noWork) Check(context.Context, db.MappingSpec) error { return nil }

// mappedSchema asks as an administrator. No worker runs: what is mapped stays in its first fill.
func mappedSchema(t *testing.T) (ask func(text string) map[string]any) {
	t.Helper()
	url := dbtest.New(t)
	store, err := db.Open(t.Context(), db.Options{URL: url, ReadConns: 2, WriteConns: 2})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	data := seed.Into(t, url)
	populate(data)
	data.Exec(`
INSERT INTO jira_sync.jira_field_cache (instance_id, field_id, name, custom) VALUES
  (1, 'customfield_1', 'Team', true), (2, 'customfield_9', 'Squad', true)`)
	asked := asking(t, &resolvers.Resolver{Store: store, Limits: query.DefaultLimits(), Fields: noWork{}}, auth.LocalAdmin())
	return func(text string) map[string]any {
		t.Helper()
		response := asked(text)
		require.Empty(t, response.Errors, text)
		var told map[string]any
		require.NoError(t, json.Unmarshal(response.Data, &told))
		return told
	}
}

// asking answers what the principal asks.
func asking(t *testing.T, root *resolvers.Resolver, by auth.Principal) func(text string) *graphql.Response {
	t.Helper()
	schema := executor.New(graph.NewExecutableSchema(graph.Config{Resolvers: root}))
	schema.SetErrorPresenter(graph.Presenter{}.Present)
	schema.Use(perResponse{loaders.Source{Store: root.Store}})
	return func(text string) *graphql.Response {
		t.Helper()
		ctx := graphql.StartOperationTrace(auth.With(t.Context(), by))
		op, list := schema.CreateOperationContext(ctx, &graphql.RawParams{Query: text})
		require.Empty(t, list, text)
		handle, ctx := schema.DispatchOperation(ctx, op)
		return handle(ctx)
	}
}

const saveTeam = `mutation { saveFieldMapping(input: {name: "team", label: "Team", type: TEXT, sources: [
	{instance: "alpha", fieldId: "customfield_1"}, {instance: "beta", fieldId: "customfield_9"}]}) { id version state } }`

func TestFieldInItsFirstFillIsLeftOutOfAList(t *testing.T) {
	t.Parallel()
	ask := mappedSchema(t)
	saved := ask(saveTeam)["saveFieldMapping"].(map[string]any)
	require.Equal(t, "PENDING", saved["state"])
	nodes := ask(`{ issues(first: 10) { nodes { key fields(names: ["team"]) { name } field(name: "team") } } }`)["issues"].(map[string]any)["nodes"].([]any)
	require.NotEmpty(t, nodes)
	for _, node := range nodes {
		issue := node.(map[string]any)
		require.Empty(t, issue["fields"], issue["key"])
		require.Nil(t, issue["field"], issue["key"])
	}
}
