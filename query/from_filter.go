package query

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Tree turns a filter into conditions, within the limits. A nil filter holds always; columns are
// the mapped fields it may speak of.
func (f *IssueFilter) Tree(limits Limits, columns *Columns) (Cond, error) {
	r := filterReader{limits: limits, columns: columns}
	tree := r.filter(f, 1)
	if r.err != nil {
		return nil, r.err
	}
	return tree, nil
}

// filterReader keeps the first thing that is wrong.
type filterReader struct {
	limits  Limits
	columns *Columns
	count   int
	err     error
}

func (r *filterReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *filterReader) filter(f *IssueFilter, depth int) Cond {
	if f == nil || r.err != nil {
		return AllOf{}
	}
	if depth > r.limits.Nesting {
		r.fail(&LimitError{What: "filters nested in a filter", Got: depth, Limit: r.limits.Nesting, Deep: true})
		return AllOf{}
	}
	all := r.members(f)
	for _, each := range f.And {
		all = append(all, r.filter(each, depth+1))
	}
	if f.Or != nil {
		either := AnyOf{}
		for _, each := range f.Or {
			either = append(either, r.filter(each, depth+1))
		}
		all = append(all, either)
	}
	if f.Not != nil {
		all = append(all, Not{r.filter(f.Not, depth+1)})
	}
	if r.count += len(all); r.count > r.limits.Conditions {
		r.fail(&LimitError{What: "conditions in a filter", Got: r.count, Limit: r.limits.Conditions})
	}
	return all
}

func (r *filterReader) members(f *IssueFilter) AllOf {
	var all AllOf
	for _, text := range []struct {
		field  Field
		name   string
		filter *StringFilter
	}{
		{FieldInstance, "instance", f.Instance},
		{FieldKey, "key", f.Key},
		{FieldProject, "project", f.Project},
		{FieldType, "type", f.Type},
		{FieldStatus, "status", f.Status},
		{FieldPriority, "priority", f.Priority},
		{FieldResolution, "resolution", f.Resolution},
		{FieldAssignee, "assignee", f.Assignee},
		{FieldReporter, "reporter", f.Reporter},
		{FieldSummary, "summary", f.Summary},
		{FieldLabel, "label", f.Label},
		{FieldComponent, "component", f.Component},
		{FieldFixVersion, "fixVersion", f.FixVersion},
		{FieldSprint, "sprint", f.Sprint},
		{FieldParent, "parent", f.Parent},
		{FieldEpic, "epic", f.Epic},
	} {
		all = append(all, r.text(text.field, text.name, text.filter)...)
	}
	if f.StatusCategory != nil {
		values := make([]string, len(f.StatusCategory))
		for i, category := range f.StatusCategory {
			values[i] = string(category)
		}
		all = append(all, OneOf{FieldStatusCategory, r.values("statusCategory", values)})
	}
	for _, moment := range []struct {
		field  Field
		filter *TimeFilter
	}{
		{FieldCreated, f.Created},
		{FieldUpdated, f.Updated},
		{FieldResolved, f.Resolved},
		{FieldSynced, f.Synced},
		{FieldDue, (*TimeFilter)(f.Due)},
	} {
		all = append(all, moment.filter.conds(moment.field)...)
	}
	for _, condition := range f.Fields {
		all = append(all, r.mapped(condition)...)
	}
	return all
}

func (r *filterReader) text(field Field, name string, f *StringFilter) []Cond {
	if f == nil {
		return nil
	}
	var all []Cond
	if f.Eq != nil {
		all = append(all, OneOf{field, r.values(name, []string{*f.Eq})})
	}
	if f.Ne != nil {
		all = append(all, Not{OneOf{field, r.values(name, []string{*f.Ne})}})
	}
	if f.In != nil {
		all = append(all, OneOf{field, r.values(name, f.In)})
	}
	if f.NotIn != nil {
		all = append(all, Not{OneOf{field, r.values(name, f.NotIn)}})
	}
	if f.Contains != nil {
		all = append(all, Like{field, r.pattern(name, *f.Contains), false})
	}
	if f.StartsWith != nil {
		all = append(all, Like{field, r.pattern(name, *f.StartsWith), true})
	}
	if f.IsNull != nil {
		all = append(all, negateUnless(*f.IsNull, Empty{field}))
	}
	return all
}

func (f *TimeFilter) conds(field Field) []Cond {
	if f == nil {
		return nil
	}
	var all []Cond
	add := func(at *time.Time, cond func(time.Time) Cond) {
		if at != nil {
			all = append(all, cond(*at))
		}
	}
	add(f.Gt, func(at time.Time) Cond { return After{field, at, false} })
	add(f.Gte, func(at time.Time) Cond { return After{field, at, true} })
	add(f.Lt, func(at time.Time) Cond { return Before{field, at, false} })
	add(f.Lte, func(at time.Time) Cond { return Before{field, at, true} })
	if f.IsNull != nil {
		all = append(all, negateUnless(*f.IsNull, Empty{field}))
	}
	return all
}

func negateUnless(holds bool, c Cond) Cond {
	if holds {
		return c
	}
	return Not{c}
}

func (r *filterReader) values(name string, values []string) []string {
	if len(values) > r.limits.InList {
		r.fail(&LimitError{What: "values in the list of " + name, Got: len(values), Limit: r.limits.InList})
		return nil
	}
	for _, value := range values {
		r.check(name, value)
	}
	return values
}

func (r *filterReader) pattern(name, text string) string {
	if n := utf8.RuneCountInString(text); n > r.limits.SearchText {
		r.fail(&LimitError{What: "characters of a text to look for in " + name, Got: n, Limit: r.limits.SearchText})
	}
	r.check(name, text)
	return text
}

// check refuses what PostgreSQL cannot hold in a text, and which no value can thus equal.
func (r *filterReader) check(name, text string) {
	if err := storable(name, text); err != nil {
		r.fail(err)
	}
}

func storable(name, text string) error {
	if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return inputErrorf("%s: a text must be valid Unicode without NUL characters", name)
	}
	return nil
}
