package resolvers

import (
	"context"

	"jirasync/auth"
	"jirasync/graph"
)

// asker is the name that stands beside what somebody did.
func asker(ctx context.Context) string {
	p, _ := auth.From(ctx)
	return p.Name
}

// admin is the name of the asker, who must be one to change mappings or to see raw values: those of
// any project stand beside each other there.
func admin(ctx context.Context) (string, error) {
	p, _ := auth.From(ctx)
	if !p.Admin {
		return "", &graph.RefusedError{Code: graph.CodeForbidden, Message: "field mappings and raw values are for administrators"}
	}
	return p.Name, nil
}
