package jirasim

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// changelog appends the embedded history: whole and oldest first on Data Center, newest
// first and cut on Cloud.
func (x *writer) changelog(b []byte) []byte {
	list := x.st.histories
	shown := list
	if x.v.cutChangelog > 0 && len(list) > x.v.cutChangelog {
		shown = list[len(list)-x.v.cutChangelog:]
	}
	page := len(shown)
	b = append(b, `{"startAt":0,"maxResults":`+strconv.Itoa(page)+`,"total":`+strconv.Itoa(len(list))+`,"histories":[`...)
	for i := range shown {
		if i > 0 {
			b = append(b, ',')
		}
		h := &shown[i]
		if x.w.opts.Flavor == Cloud {
			h = &shown[len(shown)-1-i]
		}
		b = x.history(b, h, nil)
	}
	return append(b, `]}`...)
}

// history appends one entry; only, unless nil, names the ids of fields to be shown.
func (x *writer) history(b []byte, h *history, only []string) []byte {
	b = append(b, `{"id":`...)
	b = appendQuotedInt(b, h.id)
	b = append(b, `,"author":`...)
	b = append(b, x.w.people[h.author].json...)
	b = append(b, `,"created":`...)
	b = appendTime(b, h.at, x.w.zone)
	b = append(b, `,"items":[`...)
	first := len(b)
	for i := range h.items[:h.count] {
		t := x.tell(&h.items[i])
		if only != nil && !slices.Contains(only, t.id) {
			continue
		}
		if len(b) > first {
			b = append(b, ',')
		}
		b = t.append(b, x.w.opts.Flavor)
	}
	return append(b, `]}`...)
}

// told is an item of a history as Jira tells it. Empty from and to are null.
type told struct {
	field, id, fieldtype           string
	from, fromString, to, toString string
	emptyFrom, emptyTo             bool // an empty string, not null
}

func (t *told) append(b []byte, f Flavor) []byte {
	b = append(b, `{"field":`...)
	b = appendString(b, t.field)
	b = append(b, `,"fieldtype":"`+t.fieldtype+`"`...)
	if f == Cloud && t.id != "" {
		b = append(b, `,"fieldId":"`+t.id+`"`...)
	}
	b = appendNullable(append(b, `,"from":`...), t.from, t.emptyFrom)
	b = appendNullable(append(b, `,"fromString":`...), t.fromString, t.emptyFrom)
	b = appendNullable(append(b, `,"to":`...), t.to, t.emptyTo)
	b = appendNullable(append(b, `,"toString":`...), t.toString, t.emptyTo)
	return append(b, '}')
}

func appendNullable(b []byte, s string, empty bool) []byte {
	if s == "" && !empty {
		return append(b, "null"...)
	}
	return appendString(b, s)
}

func (x *writer) tell(i *item) told {
	w := x.w
	t := told{fieldtype: "jira"}
	switch i.kind {
	case itStatus:
		t.field, t.id = "status", "status"
		t.from, t.fromString = entryText(w.dict.statuses, i.from)
		t.to, t.toString = entryText(w.dict.statuses, i.to)
	case itResolution:
		t.field, t.id = "resolution", "resolution"
		t.from, t.fromString = entryText(w.dict.resolutions, i.from)
		t.to, t.toString = entryText(w.dict.resolutions, i.to)
	case itPriority:
		t.field, t.id = "priority", "priority"
		t.from, t.fromString = entryText(w.dict.priorities, i.from)
		t.to, t.toString = entryText(w.dict.priorities, i.to)
	case itAssignee:
		t.field, t.id = "assignee", "assignee"
		t.from, t.fromString = x.personText(i.from)
		t.to, t.toString = x.personText(i.to)
	case itSprint:
		x.tellSprint(&t, i)
	case itCustom:
		f := w.fields[i.field]
		t.field, t.id, t.fieldtype = f.name, f.id, "custom"
		t.from, t.fromString = w.cellText(f, i.from, x.st.home)
		t.to, t.toString = w.cellText(f, i.to, x.st.home)
	case itKey, itProject, itLink, itRank, itTimeSpent, itRaw:
		x.tellPlain(&t, i)
	default:
		x.tellText(&t, i)
	}
	return t
}

func entryText(list []entry, at int64) (id, text string) {
	if at < 0 {
		return "", ""
	}
	return strconv.FormatInt(list[at].id, 10), list[at].name
}

func (x *writer) personText(at int64) (id, text string) {
	if at < 0 {
		return "", ""
	}
	p := &x.w.people[at]
	return p.id(x.w.opts.Flavor), p.display
}

// tellSprint tells the whole list of sprints before and after, as Jira does.
func (x *writer) tellSprint(t *told, i *item) {
	t.field, t.fieldtype, t.emptyFrom = "Sprint", "custom", true
	for _, f := range x.w.fields {
		if f.kind == fkSprint {
			t.id = f.id
		}
	}
	p := x.w.projects[x.st.home]
	var ids, names []string
	for n := range min(int(i.to), len(x.st.sprints)) {
		if n == int(i.to)-1 {
			t.from, t.fromString = strings.Join(ids, ", "), strings.Join(names, ", ")
		}
		ids = append(ids, strconv.FormatInt(x.w.sprintID(p, x.st.sprints[n]), 10))
		names = append(names, x.w.sprintName(p, x.st.sprints[n]))
	}
	t.to, t.toString = strings.Join(ids, ", "), strings.Join(names, ", ")
}

func (x *writer) tellPlain(t *told, i *item) {
	w := x.w
	switch i.kind {
	case itKey:
		t.field, t.fromString, t.toString = "Key", i.fromText, i.toText
	case itProject:
		t.field, t.id = "project", "project"
		from, _ := strconv.Atoi(i.fromText)
		to, _ := strconv.Atoi(i.toText)
		t.from, t.fromString = strconv.FormatInt(w.projects[from].id, 10), w.projects[from].name
		t.to, t.toString = strconv.FormatInt(w.projects[to].id, 10), w.projects[to].name
	case itLink:
		partner := int32(i.to)
		rec := w.birth(partner)
		t.field, t.id, t.to = "Link", "issuelinks", w.keyOf(&rec)
		t.toString = "This issue " + linkTypeOf(min(partner, x.st.idx)).outward + " " + t.to
	case itRank:
		t.field, t.fieldtype, t.emptyFrom, t.emptyTo, t.toString = "Rank", "custom", true, true, "Ranked higher"
	case itTimeSpent:
		t.field, t.id = "timespent", "timespent"
		t.from, t.to = strconv.FormatInt(i.from, 10), strconv.FormatInt(i.to, 10)
		t.fromString, t.toString = t.from, t.to
	case itRaw:
		f := w.fields[i.field]
		t.field, t.id = f.name, f.id
		if f.custom() {
			t.fieldtype = "custom"
		}
		t.fromString, t.toString = strings.Trim(i.fromText, `"`), strings.Trim(i.toText, `"`)
	}
}

func (x *writer) tellText(t *told, i *item) {
	switch i.kind {
	case itSummary:
		t.field, t.id = "summary", "summary"
		t.fromString, t.toString = summary(uint64(i.from)), summary(uint64(i.to))
	case itDescription:
		t.field, t.id = "description", "description"
		t.fromString, t.toString = summary(uint64(i.from))+".", summary(uint64(i.to))+"."
	case itLabels:
		t.field, t.id, t.emptyFrom, t.emptyTo = "labels", "labels", true, true
		t.fromString, t.toString = labelText(uint64(i.from)), labelText(uint64(i.to))
	case itDueDate:
		t.field, t.id = "duedate", "duedate"
		t.from, t.to = dateText(i.from), dateText(i.to)
		t.fromString, t.toString = t.from, t.to
	}
}

func labelText(salt uint64) string {
	d := dice(salt)
	b := appendLabels(nil, &d, d.weighted([]int{45, 25, 20, 10}))
	return strings.NewReplacer(`"`, "", ",", " ", "[", "", "]", "").Replace(string(b))
}

func dateText(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).UTC().Format(time.DateOnly)
}
