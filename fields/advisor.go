package fields

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"jirasync/db"
	"jirasync/jira"
	"jirasync/query"
)

const (
	// probed is how many issues of an instance tell whether a type can hold a field's values.
	probed = 1000
	// previewFor bounds a preview; what it has not looked at by then it says.
	previewFor = 4 * time.Second
	// shownSamples and shownFailures bound what a preview shows.
	shownSamples, shownFailures = 10, 50
	// usualRate is how many issues a second a fill is taken for before there was one.
	usualRate = 20_000
)

// Describer asks a Jira for its fields; [jira.Client] does.
type Describer interface {
	Fields(ctx context.Context) ([]jira.Field, error)
}

// Advisor answers what an admin asks before a mapping is saved. It changes no mapping.
type Advisor struct {
	store *db.Store
	jiras map[int]Describer // by instance
}

// NewAdvisor makes an advisor that can ask the given Jiras, by instance.
func NewAdvisor(store *db.Store, jiras map[int]Describer) *Advisor {
	return &Advisor{store: store, jiras: jiras}
}

// Check refuses a mapping whose fields are unknown, or whose type cannot hold their values.
// [query.InputError].
func (a *Advisor) Check(ctx context.Context, spec db.MappingSpec) error {
	keys := make([]db.JiraFieldKey, len(spec.Sources))
	for n, s := range spec.Sources {
		keys[n] = db.JiraFieldKey{Instance: s.InstanceID, FieldID: s.FieldID}
	}
	found, err := a.store.JiraFieldsByKey(ctx, keys)
	if err != nil {
		return err
	}
	names, err := a.instanceNames(ctx)
	if err != nil {
		return err
	}
	for n, f := range found {
		where := names[keys[n].Instance]
		if f == nil {
			return refuse("%s has no field %q: take fieldId from jiraFields, or ask Jira again by discoverFields", where, shorten(keys[n].FieldID))
		}
		if !canHold(spec.Type, f) {
			return refuse("%s cannot hold the values of %q (%s) of %s, which are %s", spec.Type, f.Name, f.FieldID, where, describe(f))
		}
		if err := a.probe(ctx, spec.Type, f, where); err != nil {
			return err
		}
	}
	return nil
}

func (a *Advisor) instanceNames(ctx context.Context) (map[int]string, error) {
	instances, err := a.store.Instances(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[int]string, len(instances))
	for _, in := range instances {
		names[in.InstanceID] = in.Name
	}
	return names, nil
}

// probe converts some values: a type that reads none of them is a mistake.
func (a *Advisor) probe(ctx context.Context, t query.ValueType, f *db.JiraField, where string) error {
	issues, err := a.store.ReadRawLive(ctx, []string{f.FieldID}, db.IssueID(f.InstanceID, 0), probed)
	if err != nil {
		return err
	}
	var failed []string
	for n := range issues {
		if issues[n].Instance() != f.InstanceID {
			break
		}
		value, problem := Convert(issues[n].Values[0], t)
		if value != nil {
			return nil
		}
		if text := shorten(string(issues[n].Values[0])); problem != "" && len(failed) < 3 && !slices.Contains(failed, text) {
			failed = append(failed, text)
		}
	}
	if len(failed) > 0 {
		return refuse("no value of %q (%s) of %s can be read as %s: they are such as %s", f.Name, f.FieldID, where, t, strings.Join(failed, ", "))
	}
	return nil
}

// canHold tells from what Jira says of a field whether a type makes any sense of it.
func canHold(t query.ValueType, f *db.JiraField) bool {
	kind := f.Type()
	if kind == "array" && f.Items != nil {
		kind = *f.Items
	}
	loose := slices.Contains([]string{"any", "string", "option", "json"}, kind) // they may say anything
	switch t {
	case query.NumberField, query.NumberListField:
		return loose || slices.Contains([]string{"number", "votes", "watches", "progress"}, kind)
	case query.BooleanField:
		return loose || kind == "number" || kind == "boolean"
	case query.DateField, query.TimeField:
		return loose || slices.Contains([]string{"date", "datetime", "number"}, kind)
	case query.TextField, query.TextListField, query.JSONField:
	}
	return true
}

func describe(f *db.JiraField) string {
	if f.Items != nil {
		return f.Type() + " of " + *f.Items
	}
	return f.Type()
}

func refuse(format string, args ...any) error {
	return &query.InputError{Message: fmt.Sprintf(format, args...)}
}

func shorten(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}

// Preview converts without writing: all live issues of the instances that have a source, or as
// many as there is time for.
func (a *Advisor) Preview(ctx context.Context, spec db.MappingSpec) (*db.FieldMappingPreview, error) {
	p := &preview{FieldMappingPreview: db.FieldMappingPreview{Column: spec.Name, Type: spec.Type, Samples: []db.FieldSample{}, Failures: []db.FailedValue{}}}
	var instances []int
	for _, s := range spec.Sources {
		if !slices.Contains(instances, s.InstanceID) {
			instances = append(instances, s.InstanceID)
		}
	}
	for _, instance := range instances {
		total, err := a.store.CountLive(ctx, instance)
		if err != nil {
			return nil, err
		}
		p.Total += total
		if err := a.previewInstance(ctx, p, spec, instance, previewFor/time.Duration(len(instances))); err != nil {
			return nil, err
		}
	}
	p.finish()
	rate, err := a.store.FillRate(ctx)
	if err != nil {
		return nil, err
	}
	if rate == 0 {
		rate = usualRate
	}
	p.EstimatedSeconds = float64(p.Total)/rate + 0.2
	return &p.FieldMappingPreview, nil
}

func (a *Advisor) previewInstance(ctx context.Context, p *preview, spec db.MappingSpec, instance int, most time.Duration) error {
	columns := db.ColumnsOf(spec)
	fields := fieldsOf(columns)
	until := time.Now().Add(most)
	for after := db.IssueID(instance, 0); time.Now().Before(until); {
		batch, err := a.store.ReadRawLive(ctx, fields, after, fillBatch)
		if err != nil {
			return err
		}
		for n, converted := range rows(columns, fields, batch) {
			if batch[n].Instance() != instance {
				return nil
			}
			p.add(&batch[n], columns[0], fields, converted)
		}
		if len(batch) < fillBatch {
			return nil
		}
		after = batch[len(batch)-1].ID
	}
	return nil
}

// preview gathers what becomes of values.
type preview struct {
	db.FieldMappingPreview
	good   []db.FieldSample
	failed map[string]*db.FailedValue
}

func (p *preview) add(issue *db.RawIssue, column db.MappedColumn, fields []string, converted db.MappedRow) {
	p.Examined++
	sample := func(problem *string) db.FieldSample {
		_, raw := source(column, issue.Instance(), func(field string) []byte {
			at, _ := slices.BinarySearch(fields, field)
			return issue.Values[at]
		})
		return db.FieldSample{IssueKey: issue.Key, Raw: json.RawMessage(raw), Value: converted.Values[0], Problem: problem}
	}
	switch {
	case len(converted.Errors) > 0:
		p.Failed++
		e := converted.Errors[0]
		if len(p.Samples) < shownSamples {
			p.Samples = append(p.Samples, sample(&e.Problem))
		}
		p.fail(e, issue.Key)
	case converted.Values[0] == nil:
		p.Empty++
	default:
		p.Filled++
		if len(p.good) < shownSamples {
			p.good = append(p.good, sample(nil))
		}
	}
}

func (p *preview) fail(e db.ConversionError, key string) {
	const mostValues = 10_000
	if p.failed == nil {
		p.failed = map[string]*db.FailedValue{}
	}
	v := p.failed[e.Value]
	if v == nil {
		if len(p.failed) >= mostValues {
			return // the count of all failures goes on
		}
		v = &db.FailedValue{Value: e.Value, Problem: e.Problem, Keys: []string{}}
		p.failed[e.Value] = v
	}
	v.Count++
	if len(v.Keys) < 5 {
		v.Keys = append(v.Keys, key)
	}
}

func (p *preview) finish() {
	p.Samples = append(p.Samples, p.good...)
	for _, v := range p.failed {
		p.Failures = append(p.Failures, *v)
	}
	slices.SortFunc(p.Failures, func(a, b db.FailedValue) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Value, b.Value)
	})
	p.Failures = p.Failures[:min(len(p.Failures), shownFailures)]
}

// Discover asks Jira for the fields of some instances and records what it says.
func (a *Advisor) Discover(ctx context.Context, instances []int) ([]db.FieldDiscovery, error) {
	found := []db.FieldDiscovery{}
	for _, instance := range instances {
		client, known := a.jiras[instance]
		if !known {
			return nil, refuse("instance %d is not configured on this server", instance)
		}
		described, err := client.Fields(ctx)
		if err != nil {
			return nil, fmt.Errorf("ask instance %d for its fields: %w", instance, err)
		}
		rows := make([]db.FieldRow, len(described))
		for n, f := range described {
			rows[n] = db.FieldRow{
				ID: f.ID, Name: f.Name, Custom: f.Custom, SchemaType: optional(f.SchemaType),
				SchemaItems: optional(f.SchemaItems), SchemaCustom: optional(f.SchemaCustom),
			}
		}
		one, err := a.store.RecordFields(ctx, instance, rows)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
		if err := a.store.SampleFields(ctx, instance); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
