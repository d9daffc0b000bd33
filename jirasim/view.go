package jirasim

import (
	"fmt"
	"strings"
)

// view says what of an issue a document shows.
type view struct {
	key       string // names the view, for documents kept
	want      []bool // by place in world.fields
	none      bool   // no field at all: the document has no `fields`
	light     bool   // nothing but id and key was asked for
	named     int    // how many fields were asked for by name
	adf       bool   // documents, not wiki text
	changelog bool

	cutChangelog, cutComments, cutWorklogs int // entries that embedded lists show at most; 0: all
}

// newView reads `fields` and `expand` as Jira does: names, `*all`, `*navigable`, and
// `-name` takes away.
func (w *world) newView(fields []string, otherwise string, adf, changelog bool, s *Settings) *view {
	if len(fields) == 0 {
		fields = []string{otherwise}
	}
	v := &view{want: make([]bool, len(w.fields)), adf: adf, changelog: changelog}
	v.cutChangelog, v.cutComments, v.cutWorklogs = s.cuts(w.opts.Flavor)
	v.key = fmt.Sprint(fields, otherwise, adf, changelog, v.cutChangelog, v.cutComments, v.cutWorklogs, s.HiddenFields)
	v.light = true
	if strings.HasPrefix(strings.TrimSpace(fields[0]), "-") {
		w.wish(v, otherwise)
	}
	for _, name := range fields {
		w.wish(v, strings.TrimSpace(name))
	}
	for _, id := range s.HiddenFields {
		if at, ok := w.fieldAt[id]; ok {
			v.want[at] = false
		}
	}
	v.none = true
	for at, wanted := range v.want {
		if wanted && w.fields[at].inDocuments() {
			v.none = false
			break
		}
	}
	return v
}

func (w *world) wish(v *view, name string) {
	on := true
	if rest, found := strings.CutPrefix(name, "-"); found {
		on, name = false, rest
	}
	switch name {
	case "*all", "*navigable":
		v.light, v.named = false, v.named+100
		for at, f := range w.fields {
			if name == "*all" || f.navigate {
				v.want[at] = on
			}
		}
	case "", "id", "key", "issuekey":
	default:
		if on {
			v.light = false
			v.named++
		}
		if at, ok := w.fieldAt[name]; ok {
			v.want[at] = on
		}
	}
}

// splitFields reads the parameter form of a list: by commas, in one value or several.
func splitFields(values []string) []string {
	var list []string
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
	}
	return list
}
