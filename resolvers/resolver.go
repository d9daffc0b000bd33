// Package resolvers answers the fields of the schema that are no plain members: one file a schema
// file, each method checks, calls and returns.
//
// What a field will need is read ahead from the selection below it ([graphql.CollectFields]), so
// that a list and what hangs on its elements come in one statement. A wish (start, cancel, change)
// is a row that the leader acts on: no resolver runs anything.
package resolvers

import (
	"jirasync/db"
	"jirasync/events"
	"jirasync/query"
)

// Resolver answers fields from its parts.
type Resolver struct {
	Store  *db.Store
	Events *events.Bus
	Limits query.Limits
	Fields FieldWork // nil: this server cannot convert values
	// Projects are the keys that are mirrored of each instance, by its number; none: all.
	Projects map[int][]string

	runs runMemo
}
