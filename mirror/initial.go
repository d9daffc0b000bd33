package mirror

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"jirasync/jira"
)

// initial is what a field held when its issue was created. It is a list where the field holds
// several things of which each change names one. What is empty was not there.
type initial struct {
	value, text string
	list        []part
}

// part is a version or a component under the name that it had then. Its id outlives its name; it is empty
// where Jira gave none.
type part struct{ id, name string }

func (p part) is(other part) bool {
	if p.id != "" && other.id != "" {
		return p.id == other.id
	}
	return p.name == other.name
}

func partsOf(names []string, ids []int64) []part {
	parts := make([]part, len(names))
	for n, name := range names {
		parts[n].name = name
		if n < len(ids) && ids[n] != 0 {
			parts[n].id = strconv.FormatInt(ids[n], 10)
		}
	}
	return parts
}

// systemFields are the ids of fields whose names in the changelog differ from them.
var systemFields = map[string]string{
	"Fix Version": "fixVersions", "Version": "versions", "Component": "components", "Key": "key",
	"Epic Link": "epic", "Parent": "parent", "IssueParentAssociation": "parent",
}

// untracked are lists of things with histories of their own.
var untracked = []string{"Link", "Attachment", "Comment", "RemoteWorkItemLink", "WorklogId", "RemoteIssueLink"}

// named notes the ids of fields whose names are unique: Data Center's changelog has names alone.
func (k *knowledge) named(fields []jira.Field) {
	ids, often := map[string]string{}, map[string]int{}
	for _, f := range fields {
		ids[f.Name] = f.ID
		often[f.Name]++
	}
	for name, n := range often {
		if n > 1 {
			delete(ids, name)
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ids = ids
}

// fieldID is the id of the field that a change names, or the name where there is none.
func (k *knowledge) fieldID(item *jira.Change) string {
	if id, ok := systemFields[item.Field]; ok {
		return id
	}
	if item.FieldID != "" {
		return item.FieldID
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	return cmp.Or(k.ids[item.Field], item.Field)
}

// initialValues folds an issue's changelog back: a field held what its first change took away, or
// what it holds now if it never changed. Of a changelog that is not whole that would be guesswork: nil.
func (k *knowledge) initialValues(i *jira.Issue) []byte {
	if !isFoldable(i) {
		return nil
	}
	values := present(i)
	lists := map[string][]part{
		"components": partsOf(i.Components, i.ComponentIDs), "fixVersions": partsOf(i.FixVersions, i.FixVersionIDs),
		"versions": partsOf(i.AffectsVersions, i.AffectsVersionIDs),
	}
	for _, h := range slices.Backward(i.Histories) { // oldest first, so the last to be undone is the first change
		for at := range slices.Backward(h.Changes) {
			item := &h.Changes[at]
			if slices.Contains(untracked, item.Field) {
				continue
			}
			id := k.fieldID(item)
			if list, several := lists[id]; several {
				lists[id] = undo(list, item)
				continue
			}
			values[id] = initial{value: item.From, text: item.FromString}
		}
	}
	for id, list := range lists {
		if len(list) > 0 {
			values[id] = initial{list: list}
		}
	}
	return encodeInitial(values)
}

func isFoldable(i *jira.Issue) bool { return i.HistoryTotal >= 0 && !i.HistoriesCut }

// encodeInitial writes {"status": {"value": "1", "text": "To Do"}, "versions": {"text": ["1.0"]}}. It is
// nil for a text that is not UTF-8, which was replaced on the way in.
func encodeInitial(values map[string]initial) []byte {
	out := append(make([]byte, 0, 64*len(values)), '{')
	var errs error
	quote := func(text string) {
		var err error
		out, err = jsontext.AppendQuote(out, text)
		errs = cmp.Or(errs, err)
	}
	for _, id := range sortedKeys(values) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		quote(id)
		out = append(out, ":{"...)
		v := values[id]
		if v.value != "" {
			out = append(out, `"value":`...)
			quote(v.value)
		}
		if v.value != "" && (v.text != "" || v.list != nil) {
			out = append(out, ',')
		}
		switch {
		case v.list != nil:
			out = append(out, `"text":[`...)
			for n, part := range v.list {
				if n > 0 {
					out = append(out, ',')
				}
				quote(part.name)
			}
			out = append(out, ']')
		case v.text != "":
			out = append(out, `"text":`...)
			quote(v.text)
		}
		out = append(out, '}')
	}
	if errs != nil {
		return nil
	}
	return append(out, '}')
}

// present are the tracked fields that every issue has, as they are now.
func present(i *jira.Issue) map[string]initial {
	number := func(id int64) string { return strconv.FormatInt(id, 10) }
	values := map[string]initial{
		"status":    {value: number(i.Status.ID), text: i.Status.Name},
		"issuetype": {value: number(i.Type.ID), text: i.Type.Name},
		"project":   {value: number(i.ProjectID), text: i.ProjectKey},
		"key":       {text: i.Key},
	}
	if i.Priority != nil {
		values["priority"] = initial{value: number(i.Priority.ID), text: i.Priority.Name}
	}
	person := func(id string, user *jira.User) {
		if user != nil && user.ID != "" {
			values[id] = initial{value: user.ID, text: cmp.Or(user.DisplayName, user.ID)}
		}
	}
	person("assignee", i.Assignee)
	person("reporter", i.Reporter)
	text := func(id, text string) {
		if text != "" {
			values[id] = initial{text: text}
		}
	}
	text("resolution", i.Resolution)
	text("parent", i.ParentKey)
	text("epic", i.EpicKey)
	text("labels", strings.Join(i.Labels, " "))
	return values
}

// undo takes one change of a list back.
func undo(list []part, item *jira.Change) []part {
	from, to := part{item.From, item.FromString}, part{item.To, item.ToString}
	if to != (part{}) {
		if at := slices.IndexFunc(list, to.is); at >= 0 {
			list = slices.Delete(list, at, at+1)
		}
	}
	if from.name != "" && !slices.ContainsFunc(list, from.is) {
		list = append(list, from)
	}
	return list
}
