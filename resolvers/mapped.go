package resolvers

import (
	"context"
	"encoding/json"

	"jirasync/db"
	"jirasync/graph"
	"jirasync/loaders"
	"jirasync/query"
)

// mappedWants are the columns that a field(name:) or fields(names:) of an issue shows. What is
// wrong with a name the field itself will say.
func mappedWants(ctx context.Context, args map[string]any) []query.Column {
	columns, err := loaders.From(ctx).Columns(ctx)
	if err != nil {
		return nil
	}
	if name, one := args["name"].(string); one {
		if column, err := columns.Named(name); err == nil {
			return []query.Column{column}
		}
		return nil
	}
	named, some := args["names"].([]any)
	if !some {
		return columns.All()
	}
	var wanted []query.Column
	for _, name := range named {
		text, _ := name.(string)
		if column, err := columns.Named(text); err == nil {
			wanted = append(wanted, column)
		}
	}
	return wanted
}

func mappedValue(ctx context.Context, issue *db.Issue, name string) (json.RawMessage, error) {
	load := loaders.From(ctx)
	columns, err := load.Columns(ctx)
	if err != nil {
		return nil, err
	}
	load.UsesMappings(ctx)
	if columns.Filling(name) {
		return nil, nil
	}
	column, err := columns.Named(name)
	return issue.Mapped[column.ID], err
}

func mappedValues(ctx context.Context, issue *db.Issue, names []string) ([]graph.FieldValue, error) {
	load := loaders.From(ctx)
	columns, err := load.Columns(ctx)
	if err != nil {
		return nil, err
	}
	load.UsesMappings(ctx)
	shown := columns.All()
	if names != nil {
		shown = nil
		for _, name := range names {
			if columns.Filling(name) {
				continue // as field(name:) does without an error
			}
			column, err := columns.Named(name)
			if err != nil {
				return nil, err
			}
			column.Name = name
			shown = append(shown, column)
		}
	}
	values := make([]graph.FieldValue, len(shown))
	for n, column := range shown {
		values[n] = graph.FieldValue{Name: column.Name, Type: column.Type, Value: issue.Mapped[column.ID]}
	}
	return values, nil
}
