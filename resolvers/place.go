package resolvers

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// place is where a list of issues stands in the operation: a field with all that is selected of it.
// Another fragment may select more of the same field elsewhere.
type place struct {
	field    *ast.Field
	selected *ast.Selection // the first
	number   int
}

func placeOf(f graphql.CollectedField) place {
	return place{f.Field, &f.Selections[0], len(f.Selections)}
}
