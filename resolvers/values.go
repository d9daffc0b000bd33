package resolvers

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"jirasync/db"
	"jirasync/graph"
)

func or[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}

func values[T any](pointers []*T) []T {
	list := make([]T, len(pointers))
	for i, p := range pointers {
		list[i] = *p
	}
	return list
}

// unpaged ends a list without pages, and says beside the answer that there is more, and where.
func unpaged[T any](ctx context.Context, list []T, of, otherwise string) []T {
	if len(list) <= db.MaxUnpaged {
		return list
	}
	graphql.AddError(ctx, &graph.RefusedError{
		Code:    graph.CodeTooComplex,
		Message: fmt.Sprintf("there are more %s than the first %d: %s", of, db.MaxUnpaged, otherwise),
	})
	return list[:db.MaxUnpaged]
}
