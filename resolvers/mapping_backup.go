package resolvers

import (
	"context"
	"encoding/json"
	"fmt"

	"jirasync/db"
	"jirasync/loaders"
	"jirasync/query"
)

// toldMapping is a mapping of a backup as people and programs read it: instances by name.
type toldMapping struct {
	Name    string          `json:"name"`
	Label   string          `json:"label"`
	Type    query.ValueType `json:"type"`
	Sources []toldSource    `json:"sources"`
	Retired bool            `json:"retired"`
	Aliases []string        `json:"aliases"`
}

type toldSource struct {
	Instance string `json:"instance"`
	FieldID  string `json:"fieldId"`
}

// tellSaved gives a kept mapping the names of its instances. Nil stays nil.
func tellSaved(ctx context.Context, kept json.RawMessage) (json.RawMessage, error) {
	if kept == nil {
		return nil, nil
	}
	var saved db.SavedMapping
	if err := json.Unmarshal(kept, &saved); err != nil {
		return nil, fmt.Errorf("read a kept mapping: %w", err)
	}
	told := toldMapping{Name: saved.Name, Label: saved.Label, Type: saved.Type, Retired: saved.Retired, Aliases: saved.Aliases}
	for _, source := range saved.Sources {
		instance, err := loaders.From(ctx).Instance(ctx, source.InstanceID)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("instance %d", source.InstanceID) // of a Jira that is not configured any more
		if instance != nil {
			name = instance.Name
		}
		told.Sources = append(told.Sources, toldSource{Instance: name, FieldID: source.FieldID})
	}
	return json.Marshal(told)
}
