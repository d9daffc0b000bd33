// Package auth says who asks and what they may see.
//
// Every request carries a principal in its context. Until there are accounts it is one fixed
// local administrator, who may see everything; the places where more than that will matter, the
// scope of a statement and the key of a cached answer, ask this package today.
package auth

import (
	"context"

	"jirasync/query"
)

// Principal is who asks.
type Principal struct {
	Name  string // as it is written beside what they did
	Admin bool
}

// LocalAdmin is whoever reaches the server while there are no accounts.
func LocalAdmin() Principal { return Principal{Name: "admin", Admin: true} }

type principalKey struct{}

// With returns a context whose requests are the principal's.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From returns who asks; ok is false when nobody was named, who then may see nothing.
func From(ctx context.Context) (p Principal, ok bool) {
	p, ok = ctx.Value(principalKey{}).(Principal)
	return p, ok
}

// Scope is what the asker may see. A context without a principal sees nothing.
func Scope(ctx context.Context) query.Scope {
	if p, ok := From(ctx); ok && p.Admin {
		return query.Everything()
	}
	return query.Nothing()
}
