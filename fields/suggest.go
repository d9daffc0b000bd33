package fields

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"jirasync/db"
	"jirasync/query"
)

// alike is how similar two names must at least be.
const alike = 0.6

// Suggest finds mappings that equal or similar names, types and values of fields of different
// instances speak for, the best first. Fields that a mapping reads already are left alone.
func (a *Advisor) Suggest(ctx context.Context, limit int) ([]db.FieldMappingSuggestion, error) {
	fields, err := a.store.AllJiraFields(ctx)
	if err != nil {
		return nil, err
	}
	mappings, err := a.store.FieldMappings(ctx)
	if err != nil {
		return nil, err
	}
	names, err := a.instanceNames(ctx)
	if err != nil {
		return nil, err
	}
	s := suggester{instances: names, taken: map[string]bool{}, used: map[db.JiraFieldKey]bool{}}
	for _, m := range mappings {
		s.taken[m.Name] = true
	}
	for _, f := range fields {
		if f.Custom && f.MappingID == nil {
			s.fields = append(s.fields, newNamed(f))
		}
	}
	s.sameNames()
	s.similarNames()
	slices.SortStableFunc(s.found, func(x, y db.FieldMappingSuggestion) int {
		if x.Score != y.Score {
			return int((y.Score - x.Score) * 1e6)
		}
		return strings.Compare(x.Name, y.Name)
	})
	return s.found[:min(len(s.found), limit)], nil
}

// named is a field with its name taken apart.
type named struct {
	db.JiraField
	plain    string          // letters and digits, small
	trigrams map[string]bool // of plain
	values   map[string]bool // of its samples, as text
}

func newNamed(f db.JiraField) *named {
	n := &named{JiraField: f, trigrams: map[string]bool{}, values: map[string]bool{}}
	n.plain = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, f.Name)
	runes := []rune("  " + n.plain + " ")
	for i := 0; i+3 <= len(runes); i++ {
		n.trigrams[string(runes[i:i+3])] = true
	}
	for _, sample := range f.Samples() {
		n.values[textOf(sample)] = true
	}
	return n
}

func (n *named) key() db.JiraFieldKey {
	return db.JiraFieldKey{Instance: n.InstanceID, FieldID: n.FieldID}
}

func (n *named) usage() float64 {
	if n.Usage == nil {
		return 0
	}
	return *n.Usage
}

type suggester struct {
	instances map[int]string
	fields    []*named
	taken     map[string]bool // names
	used      map[db.JiraFieldKey]bool
	found     []db.FieldMappingSuggestion
}

// sameNames groups fields by name; of namesakes in one instance the most used one counts.
func (s *suggester) sameNames() {
	groups := map[string]map[int]*named{}
	for _, f := range s.fields {
		if f.plain == "" {
			continue
		}
		group := groups[f.plain]
		if group == nil {
			group = map[int]*named{}
			groups[f.plain] = group
		}
		if other := group[f.InstanceID]; other == nil || f.usage() > other.usage() {
			group[f.InstanceID] = f
		}
	}
	for _, group := range groups {
		if len(group) > 1 {
			s.suggest(values(group), 1)
		}
	}
}

// similarNames pairs what is left, each field with the one most like it.
func (s *suggester) similarNames() {
	type pair struct {
		a, b  *named
		score float64
	}
	var pairs []pair
	for i, a := range s.fields {
		for _, b := range s.fields[i+1:] {
			if a.InstanceID == b.InstanceID || s.used[a.key()] || s.used[b.key()] {
				continue
			}
			if score := similarity(a.trigrams, b.trigrams); score >= alike && typeOf(&a.JiraField) == typeOf(&b.JiraField) {
				pairs = append(pairs, pair{a, b, score})
			}
		}
	}
	slices.SortStableFunc(pairs, func(x, y pair) int { return int((y.score - x.score) * 1e6) })
	for _, p := range pairs {
		if !s.used[p.a.key()] && !s.used[p.b.key()] {
			s.suggest([]*named{p.a, p.b}, p.score)
		}
	}
}

// suggest adds a mapping of fields whose names are alike to the given degree.
func (s *suggester) suggest(group []*named, names float64) {
	slices.SortFunc(group, func(a, b *named) int { return a.InstanceID - b.InstanceID })
	spec := db.MappingSpec{Name: s.name(group[0].Name), Label: group[0].Name, Type: commonType(group)}
	if spec.Name == "" {
		return
	}
	reasons := []string{"the name is the same"}
	if names < 1 {
		reasons = []string{fmt.Sprintf("the names %q and %q are alike (%.0f %%)", group[0].Name, group[1].Name, names*100)}
	}
	score := 0.6 * names
	first := typeOf(&group[0].JiraField)
	if !slices.ContainsFunc(group, func(f *named) bool { return typeOf(&f.JiraField) != first }) {
		score += 0.25
		reasons = append(reasons, fmt.Sprintf("all are %s in Jira", describe(&group[0].JiraField)))
	} else {
		score += 0.1
		reasons = append(reasons, fmt.Sprintf("their types differ and can all be read as %s", spec.Type))
	}
	if share := similarity(group[0].values, group[1].values); share > 0 {
		score += 0.15 * min(1, 2*share)
		reasons = append(reasons, "some of their values are the same")
	}
	for _, f := range group {
		s.used[f.key()] = true
		spec.Sources = append(spec.Sources, db.FieldSource{InstanceID: f.InstanceID, FieldID: f.FieldID})
		if f.Namesakes > 0 {
			score -= 0.1
			reasons = append(reasons, fmt.Sprintf("%s has %d more of that name, this is the most used", s.instances[f.InstanceID], f.Namesakes))
		}
		if f.Usage != nil && *f.Usage == 0 {
			score -= 0.05
			reasons = append(reasons, "it has no value in "+s.instances[f.InstanceID])
		}
	}
	s.taken[spec.Name] = true
	s.found = append(s.found, db.FieldMappingSuggestion{MappingSpec: spec, Score: max(0, min(1, score)), Reason: strings.Join(reasons, "; ")})
}

// name makes the name of a mapping from that of a field; empty when all that fit are taken.
func (s *suggester) name(label string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(label) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	name := strings.Trim(b.String(), "_")
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = strings.TrimSuffix("field_"+name, "_")
	}
	name = strings.TrimRight(name[:min(len(name), 50)], "_")
	for _, candidate := range []string{name, name + "_field", name + "_2", name + "_3"} {
		if !s.taken[candidate] {
			return candidate
		}
	}
	return ""
}

// similarity is the share of what two sets have in common.
func similarity(a, b map[string]bool) float64 {
	common := 0
	for member := range a {
		if b[member] {
			common++
		}
	}
	all := len(a) + len(b) - common
	if all == 0 {
		return 0
	}
	return float64(common) / float64(all)
}

// typeOf is the type that holds a field's values best.
func typeOf(f *db.JiraField) query.ValueType {
	switch f.Type() {
	case "number":
		return query.NumberField
	case "date":
		return query.DateField
	case "datetime":
		return query.TimeField
	case "array":
		if f.Items != nil && *f.Items == "number" {
			return query.NumberListField
		}
		return query.TextListField
	case "sd-servicelevelagreement":
		return query.JSONField
	}
	return query.TextField
}

// commonType is the type that holds the values of all.
func commonType(group []*named) query.ValueType {
	common := typeOf(&group[0].JiraField)
	for _, f := range group[1:] {
		switch t := typeOf(&f.JiraField); {
		case t == common:
		case isMoment(t) && isMoment(common):
			common = query.DateField
		case t == query.JSONField || common == query.JSONField:
			common = query.JSONField
		case t.List() || common.List():
			common = query.TextListField
		default:
			common = query.TextField
		}
	}
	return common
}

func isMoment(t query.ValueType) bool { return t == query.DateField || t == query.TimeField }

func values(group map[int]*named) []*named {
	var list []*named
	for _, f := range group {
		list = append(list, f)
	}
	return list
}
