package resolvers

import (
	"context"

	"jirasync/db"
	"jirasync/graph"
)

// FieldWork is what is known of fields besides rows: it converts values, and asks Jira.
type FieldWork interface {
	Check(ctx context.Context, spec db.MappingSpec) error
	Preview(ctx context.Context, spec db.MappingSpec) (*db.FieldMappingPreview, error)
	Suggest(ctx context.Context, limit int) ([]db.FieldMappingSuggestion, error)
	Discover(ctx context.Context, instances []int) ([]db.FieldDiscovery, error)
}

func (r *Resolver) fieldWork() (FieldWork, error) {
	if r.Fields == nil {
		return nil, &graph.RefusedError{Code: graph.CodeUnavailable, Message: "this server has no way to convert values of fields"}
	}
	return r.Fields, nil
}
