package resolvers_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBackupsAndTheirDifferencesNameInstancesAndFields(t *testing.T) {
	t.Parallel()
	ask := mappedSchema(t)
	saved := ask(saveTeam)["saveFieldMapping"].(map[string]any)
	ask(`mutation { backupFieldMappings(note: "good") { id } }`)
	ask(`mutation { retireFieldMapping(id: "` + saved["id"].(string) + `") { id } }`)
	const question = `{ fieldMappingBackups(first: 10) { nodes { note mappings differences { name kind backup now } } } }`
	team := map[string]any{
		"name": "team", "label": "Team", "type": "TEXT", "retired": false, "aliases": []any{},
		"sources": []any{
			map[string]any{"instance": "alpha", "fieldId": "customfield_1"},
			map[string]any{"instance": "beta", "fieldId": "customfield_9"},
		},
	}
	retired := maps.Clone(team)
	retired["retired"] = true
	for _, node := range ask(question)["fieldMappingBackups"].(map[string]any)["nodes"].([]any) {
		backup := node.(map[string]any)
		if backup["note"] != "good" {
			continue
		}
		require.Equal(t, []any{team}, backup["mappings"])
		difference := backup["differences"].([]any)[0].(map[string]any)
		require.Equal(t, team, difference["backup"])
		require.Equal(t, retired, difference["now"])
		return
	}
	t.Fatal("the named backup is not listed")
}
