package resolvers

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"jirasync/auth"
	"jirasync/db"
	"jirasync/events"
	"jirasync/graph"
	"jirasync/loaders"
	"jirasync/query"
)

// FieldWork is what is known of fields besides rows: it converts values, and asks Jira.
type FieldWork interface {
	Check(ctx context.Context, spec db.MappingSpec) error
	Preview(ctx context.Context, spec db.MappingSpec) (*db.FieldMappingPreview, error)
	Suggest(ctx context.Context, limit int) ([]db.FieldMappingSuggestion, error)
	Discover(ctx context.Context, instances []int) ([]db.FieldDiscovery, error)
}

// maxSaves is how many mappings one mutation saves.
const maxSaves = 200

// admin is the name of the asker, who must be one to change mappings or to see raw values: those of
// any project stand beside each other there.
func admin(ctx context.Context) (string, error) {
	p, _ := auth.From(ctx)
	if !p.Admin {
		return "", &graph.RefusedError{Code: graph.CodeForbidden, Message: "field mappings and raw values are for administrators"}
	}
	return p.Name, nil
}

func (r *Resolver) fieldWork() (FieldWork, error) {
	if r.Fields == nil {
		return nil, &graph.RefusedError{Code: graph.CodeUnavailable, Message: "this server has no way to convert values of fields"}
	}
	return r.Fields, nil
}

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

// watchMappings sends how far the fill of a mapping, or of every one (0), is.
func (r *Resolver) watchMappings(ctx context.Context, mapping int) <-chan *db.FieldMappingProgress {
	out := make(chan *db.FieldMappingProgress)
	part := graph.PartOf(ctx)
	if part == graph.PresentPart {
		return filled(ctx, out, func() { r.sendMappings(ctx, out, mapping) })
	}
	news := r.Events.Subscribe(ctx, func(e events.Event) bool { return e.Kind == events.KindMapping }, events.SubscribeOptions{})
	return filled(ctx, out, func() {
		defer news.Close()
		if part == graph.WholeStream && r.sendMappings(ctx, out, mapping) {
			return
		}
		for e := range news.C() {
			if r.sendMappingNews(ctx, out, mapping, e) {
				return
			}
		}
		sayWhy(ctx, news)
	})
}

func (r *Resolver) sendMappingNews(ctx context.Context, out chan<- *db.FieldMappingProgress, mapping int, e events.Event) (ended bool) {
	if e.Kind == events.KindResumed {
		return r.sendMappings(ctx, out, mapping)
	}
	var p db.FieldMappingProgress
	if json.Unmarshal(e.Payload, &p) != nil || mapping != 0 && p.MappingID != mapping {
		return false // of another release, or of another mapping
	}
	if p.Version != 0 { // who hears that it is READY can read it
		if err := r.Store.FollowMappings(ctx, p.Version); err != nil {
			return fail(ctx, err)
		}
	}
	return !send(ctx, out, &p)
}

// sendMappings sends the present state: of one mapping, or of those that are not READY yet.
func (r *Resolver) sendMappings(ctx context.Context, out chan<- *db.FieldMappingProgress, mapping int) (ended bool) {
	list, err := r.Store.FieldMappings(ctx)
	if err != nil {
		return fail(ctx, err)
	}
	under := []db.MappingState{db.MappingPending, db.MappingFilling, db.MappingHasError}
	for _, m := range list {
		if m.MappingID != mapping && (mapping != 0 || !slices.Contains(under, m.State)) {
			continue
		}
		p := &db.FieldMappingProgress{MappingID: m.MappingID, State: m.State, Done: or(m.FillDone, 0), Total: or(m.FillTotal, 0)}
		if !send(ctx, out, p) {
			return true
		}
	}
	return false
}

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
