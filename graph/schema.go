package graph

import (
	"maps"

	"github.com/vektah/gqlparser/v2/ast"
)

// NewSchema is what clients may speak of: all but @defer, which the library brings along. An answer
// is one piece here.
func NewSchema() *ast.Schema {
	schema := *parsedSchema
	schema.Directives = maps.Clone(schema.Directives)
	delete(schema.Directives, "defer")
	return &schema
}
