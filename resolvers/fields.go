package resolvers

import (
	"context"
	"encoding/json"
	"errors"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/graph"
	"jirasync/loaders"
	"jirasync/query"
)

func (r *fieldDiscoveryResolver) Instance(ctx context.Context, obj *db.FieldDiscovery) (*db.Instance, error) {
	return loaders.From(ctx).Instance(ctx, obj.InstanceID)
}

func (r *fieldMappingResolver) Filled(ctx context.Context, obj *db.FieldMapping) (int, error) {
	fill, err := loaders.From(ctx).MappingFill(ctx, obj)
	return fill.Filled, err
}

func (r *fieldMappingResolver) ConversionErrors(ctx context.Context, obj *db.FieldMapping) (int, error) {
	fill, err := loaders.From(ctx).MappingFill(ctx, obj)
	return fill.Failed, err
}

func (r *fieldMappingResolver) Completeness(ctx context.Context, obj *db.FieldMapping) (*float64, error) {
	fill, err := loaders.From(ctx).MappingFill(ctx, obj)
	return fill.Completeness(), err
}

func (r *fieldMappingResolver) FailedValues(ctx context.Context, obj *db.FieldMapping, first int) ([]db.FailedValue, error) {
	if _, err := admin(ctx); err != nil {
		return nil, err
	}
	page, err := query.PageArgs{First: &first}.Page(r.Limits)
	if err != nil {
		return nil, err
	}
	return r.Store.FailedValues(ctx, *obj, page.Limit)
}

func (r *fieldMappingResolver) FailedIssues(ctx context.Context, obj *db.FieldMapping, first int, after *string) ([]db.FailedIssue, error) {
	if _, err := admin(ctx); err != nil {
		return nil, err
	}
	page, err := query.PageArgs{First: &first}.Page(r.Limits)
	if err != nil {
		return nil, err
	}
	var last int64
	if after != nil {
		if last, err = issueNumber(*after); err != nil {
			return nil, err
		}
	}
	return r.Store.FailedIssues(ctx, *obj, last, page.Limit)
}

func (r *fieldMappingResolver) UsedBy(ctx context.Context, obj *db.FieldMapping) ([]string, error) {
	return r.Store.MappingUsers(ctx, *obj)
}

func (r *fieldMappingBackupResolver) Mappings(ctx context.Context, obj *db.MappingBackup) ([]json.RawMessage, error) {
	mappings := obj.Mappings()
	for n := range mappings {
		var err error
		if mappings[n], err = tellSaved(ctx, mappings[n]); err != nil {
			return nil, err
		}
	}
	return mappings, nil
}

func (r *fieldMappingBackupResolver) Differences(ctx context.Context, obj *db.MappingBackup) ([]db.MappingDifference, error) {
	differences, err := r.Store.MappingDifferences(ctx, *obj)
	if err != nil {
		return nil, err
	}
	for n := range differences {
		d := &differences[n]
		if d.Backup, err = tellSaved(ctx, d.Backup); err != nil {
			return nil, err
		}
		if d.Now, err = tellSaved(ctx, d.Now); err != nil {
			return nil, err
		}
	}
	return differences, nil
}

func (r *fieldMappingProgressResolver) Mapping(ctx context.Context, obj *db.FieldMappingProgress) (*db.FieldMapping, error) {
	mapping, err := r.Store.FieldMapping(ctx, obj.MappingID)
	return &mapping, err
}

func (r *fieldSourceResolver) Instance(ctx context.Context, obj *db.FieldSource) (*db.Instance, error) {
	return loaders.From(ctx).Instance(ctx, obj.InstanceID)
}

func (r *fieldSourceResolver) Field(ctx context.Context, obj *db.FieldSource) (*db.JiraField, error) {
	field, err := loaders.From(ctx).JiraField(ctx, db.JiraFieldKey{Instance: obj.InstanceID, FieldID: obj.FieldID})
	if _, refused := admin(ctx); refused != nil && field != nil {
		plain := *field
		plain.SampleList = nil
		return &plain, err
	}
	return field, err
}

func (r *issueResolver) Field(ctx context.Context, obj *db.Issue, name string) (json.RawMessage, error) {
	return mappedValue(ctx, obj, name)
}

func (r *issueResolver) Fields(ctx context.Context, obj *db.Issue, names []string) ([]graph.FieldValue, error) {
	return mappedValues(ctx, obj, names)
}

func (r *jiraFieldResolver) Instance(ctx context.Context, obj *db.JiraField) (*db.Instance, error) {
	return loaders.From(ctx).Instance(ctx, obj.InstanceID)
}

func (r *jiraFieldResolver) Mapping(ctx context.Context, obj *db.JiraField) (*db.FieldMapping, error) {
	if obj.MappingID == nil {
		return nil, nil
	}
	return loaders.From(ctx).Mapping(ctx, *obj.MappingID)
}

func (r *jiraFieldResolver) Changes(ctx context.Context, obj *db.JiraField) ([]db.FieldChange, error) {
	return r.Store.FieldChanges(ctx, db.JiraFieldKey{Instance: obj.InstanceID, FieldID: obj.FieldID})
}

func (r *mutationResolver) DiscoverFields(ctx context.Context, instance *string) ([]db.FieldDiscovery, error) {
	if _, err := admin(ctx); err != nil {
		return nil, err
	}
	var names []string
	if instance != nil {
		names = []string{*instance}
	}
	named, err := r.instancesNamed(ctx, names)
	if err != nil {
		return nil, err
	}
	work, err := r.fieldWork()
	if err != nil {
		return nil, err
	}
	numbers := make([]int, len(named))
	for n, in := range named {
		numbers[n] = in.InstanceID
	}
	return work.Discover(ctx, numbers)
}

func (r *mutationResolver) SaveFieldMapping(ctx context.Context, input graph.FieldMappingInput) (*db.FieldMapping, error) {
	return r.saveMapping(ctx, input)
}

func (r *mutationResolver) SaveFieldMappings(ctx context.Context, inputs []graph.FieldMappingInput) ([]graph.FieldMappingResult, error) {
	return r.saveMappings(ctx, inputs)
}

func (r *mutationResolver) RetireFieldMapping(ctx context.Context, id string) (*db.FieldMapping, error) {
	by, err := admin(ctx)
	if err != nil {
		return nil, err
	}
	number, err := numberOf(id, db.KindMapping)
	if err != nil {
		return nil, err
	}
	mapping, err := r.Store.RetireMapping(ctx, int(number), by)
	return &mapping, errors.Join(err, r.followMappings(ctx))
}

func (r *mutationResolver) PurgeFieldMapping(ctx context.Context, id string, name string) (string, error) {
	by, err := admin(ctx)
	if err != nil {
		return "", err
	}
	number, err := numberOf(id, db.KindMapping)
	if err != nil {
		return "", err
	}
	if err := r.Store.PurgeMapping(ctx, int(number), name, by); err != nil {
		return "", err
	}
	return id, r.followMappings(ctx)
}

func (r *mutationResolver) BackupFieldMappings(ctx context.Context, note *string) (*db.MappingBackup, error) {
	by, err := admin(ctx)
	if err != nil {
		return nil, err
	}
	backup, err := r.Store.BackUpMappings(ctx, or(note, ""), by)
	return &backup, err
}

func (r *mutationResolver) RestoreFieldMappings(ctx context.Context, backupID string, names []string) ([]db.FieldMapping, error) {
	by, err := admin(ctx)
	if err != nil {
		return nil, err
	}
	number, err := numberOf(backupID, db.KindBackup)
	if err != nil {
		return nil, err
	}
	restored, err := r.Store.RestoreMappings(ctx, number, names, by)
	if err != nil {
		return nil, err
	}
	return restored, r.followMappings(ctx)
}

func (r *queryResolver) JiraFields(ctx context.Context, instance *string, search *string, custom *bool, mapped *bool, first *int, after *string) (*db.JiraFieldConnection, error) {
	if _, err := admin(ctx); err != nil {
		return nil, err
	}
	cache.NoStore(ctx)
	page, err := query.PageArgs{First: first, After: after}.Page(r.Limits)
	if err != nil {
		return nil, err
	}
	if err := query.CheckText("search", or(search, ""), r.Limits); err != nil {
		return nil, err
	}
	filter := db.JiraFieldFilter{Search: or(search, ""), Custom: custom, Mapped: mapped}
	if instance != nil {
		named, err := r.instancesNamed(ctx, []string{*instance})
		if err != nil {
			return nil, err
		}
		filter.Instance = &named[0].InstanceID
	}
	return r.Store.JiraFields(ctx, filter, page)
}

func (r *queryResolver) FieldMappings(ctx context.Context) ([]db.FieldMapping, error) {
	cache.NoStore(ctx)
	mappings, err := r.Store.FieldMappings(ctx)
	return unpaged(ctx, mappings, "mappings", "purge some that are retired"), err
}

func (r *queryResolver) PreviewFieldMapping(ctx context.Context, input graph.FieldMappingInput) (*db.FieldMappingPreview, error) {
	if _, err := admin(ctx); err != nil {
		return nil, err
	}
	cache.NoStore(ctx)
	save, err := r.mappingSave(ctx, input)
	if err != nil {
		return nil, err
	}
	if err := r.Store.CheckMappingName(ctx, save); err != nil {
		return nil, err
	}
	work, err := r.fieldWork()
	if err != nil {
		return nil, err
	}
	return work.Preview(ctx, save.MappingSpec)
}

func (r *queryResolver) FieldMappingSuggestions(ctx context.Context, first int) ([]db.FieldMappingSuggestion, error) {
	if _, err := admin(ctx); err != nil {
		return nil, err
	}
	cache.NoStore(ctx)
	page, err := query.PageArgs{First: &first}.Page(r.Limits)
	if err != nil {
		return nil, err
	}
	work, err := r.fieldWork()
	if err != nil {
		return nil, err
	}
	return work.Suggest(ctx, page.Limit)
}

func (r *queryResolver) FieldMappingBackups(ctx context.Context, first *int, after *string) (*db.FieldMappingBackupConnection, error) {
	if _, err := admin(ctx); err != nil {
		return nil, err
	}
	cache.NoStore(ctx)
	page, err := query.PageArgs{First: first, After: after}.Page(r.Limits)
	if err != nil {
		return nil, err
	}
	return r.Store.MappingBackups(ctx, page)
}

func (r *subscriptionResolver) FieldMappingProgress(ctx context.Context, id *string) (<-chan *db.FieldMappingProgress, error) {
	mapping := int64(0)
	if id != nil {
		var err error
		if mapping, err = numberOf(*id, db.KindMapping); err != nil {
			return nil, err
		}
		if _, err := r.Store.FieldMapping(ctx, int(mapping)); err != nil {
			return nil, err
		}
	}
	return r.watchMappings(ctx, int(mapping)), nil
}

func (r *Resolver) FieldDiscovery() graph.FieldDiscoveryResolver { return &fieldDiscoveryResolver{r} }

func (r *Resolver) FieldMapping() graph.FieldMappingResolver { return &fieldMappingResolver{r} }

func (r *Resolver) FieldMappingBackup() graph.FieldMappingBackupResolver {
	return &fieldMappingBackupResolver{r}
}

func (r *Resolver) FieldMappingProgress() graph.FieldMappingProgressResolver {
	return &fieldMappingProgressResolver{r}
}

func (r *Resolver) FieldSource() graph.FieldSourceResolver { return &fieldSourceResolver{r} }

func (r *Resolver) JiraField() graph.JiraFieldResolver { return &jiraFieldResolver{r} }

type (
	fieldDiscoveryResolver       struct{ *Resolver }
	fieldMappingResolver         struct{ *Resolver }
	fieldMappingBackupResolver   struct{ *Resolver }
	fieldMappingProgressResolver struct{ *Resolver }
	fieldSourceResolver          struct{ *Resolver }
	jiraFieldResolver            struct{ *Resolver }
)
