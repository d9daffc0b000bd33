package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"jirasync/graph"
)

func TestSchemaIsGivenAsItIsServed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	answer, text := s.fetch("/schema.graphql")
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "text/plain; charset=utf-8", answer.Header.Get("Content-Type"))
	given, err := gqlparser.LoadSchema(&ast.Source{Input: text})
	require.NoError(t, err)
	require.NotContains(t, text, "@defer")
	delete(given.Directives, "defer") // the parser brings it along
	require.Equal(t, written(graph.NewSchema()), written(given))

	var told struct {
		Schema struct {
			Types []struct {
				Name        string
				Description string
				Fields      []struct{ Name string }
			}
			Directives []struct{ Name string }
		} `json:"__schema"`
	}
	decode(t, s.data(`{ __schema { types { name description fields(includeDeprecated: true) { name } } directives { name } } }`), &told)
	require.Len(t, told.Schema.Types, len(given.Types))
	for _, served := range told.Schema.Types {
		definition := given.Types[served.Name]
		require.NotNil(t, definition, served.Name)
		require.Equal(t, definition.Description, served.Description, served.Name)
		for _, field := range served.Fields {
			require.NotNil(t, definition.Fields.ForName(field.Name), "%s.%s", served.Name, field.Name)
		}
	}
	for _, served := range told.Schema.Directives {
		require.Contains(t, given.Directives, served.Name)
	}
	require.Len(t, told.Schema.Directives, len(given.Directives))
}

// written is a schema as text.
func written(s *ast.Schema) string {
	var b strings.Builder
	formatter.NewFormatter(&b).FormatSchema(s)
	return b.String()
}
