package resolvers

import (
	"context"
	"fmt"

	"jirasync/db"
	"jirasync/graph"
	"jirasync/query"
)

// maxSaves is how many mappings one mutation saves.
const maxSaves = 200

// mappingSave reads an input: instances by name, ids by their form.
func (r *Resolver) mappingSave(ctx context.Context, input graph.FieldMappingInput) (db.MappingSave, error) {
	save := db.MappingSave{MappingSpec: db.MappingSpec{Name: input.Name, Label: or(input.Label, ""), Type: input.Type}, Index: input.Indexed}
	if input.ID != nil {
		id, err := numberOf(*input.ID, db.KindMapping)
		if err != nil {
			return save, err
		}
		if input.Version == nil {
			return save, &query.InputError{Message: "version is needed with id: it is that of the mapping as you read it"}
		}
		save.ID, save.Version = int(id), *input.Version
	}
	for _, source := range input.Sources {
		named, err := r.instancesNamed(ctx, []string{source.Instance})
		if err != nil {
			return save, err
		}
		save.Sources = append(save.Sources, db.FieldSource{InstanceID: named[0].InstanceID, FieldID: source.FieldID})
	}
	return save, nil
}

func (r *Resolver) saveMapping(ctx context.Context, input graph.FieldMappingInput) (*db.FieldMapping, error) {
	by, err := admin(ctx)
	if err != nil {
		return nil, err
	}
	save, err := r.mappingSave(ctx, input)
	if err != nil {
		return nil, err
	}
	if err := db.CheckMapping(save.MappingSpec); err != nil {
		return nil, err
	}
	work, err := r.fieldWork()
	if err != nil {
		return nil, err
	}
	if err := work.Check(ctx, save.MappingSpec); err != nil {
		return nil, err
	}
	mapping, err := r.Store.SaveMapping(ctx, save, by)
	if err != nil {
		return nil, err
	}
	return &mapping, r.followMappings(ctx)
}

// followMappings makes this server speak of what it has just changed.
func (r *Resolver) followMappings(ctx context.Context) error {
	version, err := r.Store.MappingVersion(ctx)
	if err != nil {
		return err
	}
	return r.Store.FollowMappings(ctx, version)
}

func (r *Resolver) saveMappings(ctx context.Context, inputs []graph.FieldMappingInput) ([]graph.FieldMappingResult, error) {
	if _, err := admin(ctx); err != nil {
		return nil, err
	}
	if len(inputs) > maxSaves {
		return nil, &query.InputError{Message: fmt.Sprintf("inputs has %d mappings, at most %d are allowed", len(inputs), maxSaves)}
	}
	results := make([]graph.FieldMappingResult, len(inputs))
	for n, input := range inputs {
		results[n].Name = input.Name
		mapping, err := r.saveMapping(ctx, input)
		if err == nil {
			results[n].Mapping = mapping
			continue
		}
		code, message, ok := graph.Explain(err)
		if !ok {
			return nil, err
		}
		results[n].Code, results[n].Message = &code, &message
	}
	return results, nil
}
