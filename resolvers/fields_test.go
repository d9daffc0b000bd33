package resolvers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/auth"
	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/db/dbtest/seed"
	"jirasync/graph"
	"jirasync/query"
	"jirasync/resolvers"
)

func TestMappingsAreChangedByAdministratorsAlone(t *testing.T) {
	t.Parallel()
	url := dbtest.New(t)
	store, err := db.Open(t.Context(), db.Options{URL: url, ReadConns: 2, WriteConns: 2})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	data := seed.Into(t, url)
	populate(data)
	data.Exec(`
INSERT INTO jira_sync.jira_field_cache (instance_id, field_id, name, custom, samples) VALUES (1, 'customfield_1', 'Team', true, '["secret"]')`)
	made, err := store.SaveMapping(t.Context(), db.MappingSave{MappingSpec: db.MappingSpec{
		Name: "team", Type: query.TextField, Sources: []db.FieldSource{{InstanceID: 1, FieldID: "customfield_1"}},
	}}, "ann")
	require.NoError(t, err)
	backup, err := store.BackUpMappings(t.Context(), "good", "ann")
	require.NoError(t, err)

	ask := asking(t, &resolvers.Resolver{Store: store, Limits: query.DefaultLimits()}, auth.Principal{Name: "eve"})
	const input = `{name: "squad", type: TEXT, sources: [{instance: "alpha", fieldId: "customfield_1"}]}`
	for _, text := range []string{
		`mutation { saveFieldMapping(input: ` + input + `) { id } }`,
		`mutation { saveFieldMappings(inputs: [` + input + `]) { code } }`,
		`mutation { retireFieldMapping(id: "` + made.ID() + `") { id } }`,
		`mutation { purgeFieldMapping(id: "` + made.ID() + `", name: "team") }`,
		`mutation { backupFieldMappings(note: "x") { id } }`,
		`mutation { restoreFieldMappings(backupId: "` + backup.ID() + `") { id } }`,
		`mutation { discoverFields { total } }`,
		`{ previewFieldMapping(input: ` + input + `) { filled } }`,
		`{ fieldMappingSuggestions { name } }`,
		`{ fieldMappingBackups { totalCount } }`,
		`{ jiraFields { totalCount } }`,
		`{ fieldMappings { failedValues { value } } }`,
		`{ fieldMappings { failedIssues { value } } }`,
	} {
		response := ask(text)
		require.Len(t, response.Errors, 1, text)
		require.Equal(t, graph.CodeForbidden, response.Errors[0].Extensions["code"], text)
	}
	now, err := store.FieldMappings(t.Context())
	require.NoError(t, err)
	require.Len(t, now, 1)
	require.Equal(t, made.Version, now[0].Version)

	response := ask(`{ fieldMappings { name sources { field { name sample samples } } } }`)
	require.Empty(t, response.Errors)
	require.Contains(t, string(response.Data), `"team"`)
	require.NotContains(t, string(response.Data), "secret", "values are shown to who may see every project")
}
