package mirror

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"jirasync/jira"
)

// initial is what a field held when its issue was created. Text is a list where the field holds
// several things of which each change names one.
type initial struct {
	Value *string `json:"value,omitempty"`
	Text  any     `json:"text,omitempty"`
}

// changeItem is one changed field of a history entry.
type changeItem struct {
	Field      string  `json:"field"`
	FieldID    string  `json:"fieldId"` // Cloud's only
	From       *string `json:"from"`
	FromString *string `json:"fromString"`
	ToString   *string `json:"toString"`
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
func (k *knowledge) fieldID(item *changeItem) string {
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
// what it holds now if it never changed.
func (k *knowledge) initialValues(i *jira.Issue) []byte {
	values := present(i)
	lists := map[string][]string{
		"components": slices.Clone(i.Components), "fixVersions": slices.Clone(i.FixVersions), "versions": slices.Clone(i.AffectsVersions),
	}
	for _, h := range slices.Backward(i.Histories) { // oldest first, so the last to be undone is the first change
		var items []changeItem
		if json.Unmarshal(h.Items, &items) != nil {
			continue // kept raw all the same
		}
		for at := range slices.Backward(items) {
			item := &items[at]
			if slices.Contains(untracked, item.Field) {
				continue
			}
			id := k.fieldID(item)
			if list, several := lists[id]; several {
				lists[id] = undo(list, item)
				continue
			}
			values[id] = initial{Value: filled(item.From), Text: anyText(item.FromString)}
		}
	}
	for id, list := range lists {
		if len(list) > 0 {
			values[id] = initial{Text: list}
		}
	}
	text, err := json.Marshal(values, json.Deterministic(true))
	if err != nil {
		return nil // a text that is not UTF-8 was replaced on the way in
	}
	return text
}

// present are the tracked fields that every issue has, as they are now.
func present(i *jira.Issue) map[string]initial {
	number := func(id int64) *string { return optional(strconv.FormatInt(id, 10)) }
	values := map[string]initial{
		"status":    {number(i.Status.ID), i.Status.Name},
		"issuetype": {number(i.Type.ID), i.Type.Name},
		"project":   {number(i.ProjectID), i.ProjectKey},
		"key":       {nil, i.Key},
	}
	if i.Priority != nil {
		values["priority"] = initial{number(i.Priority.ID), i.Priority.Name}
	}
	for id, user := range map[string]*jira.User{"assignee": i.Assignee, "reporter": i.Reporter} {
		if user != nil && user.ID != "" {
			values[id] = initial{&user.ID, cmp.Or(user.DisplayName, user.ID)}
		}
	}
	for id, text := range map[string]string{"resolution": i.Resolution, "parent": i.ParentKey, "epic": i.EpicKey} {
		if text != "" {
			values[id] = initial{Text: text}
		}
	}
	if len(i.Labels) > 0 {
		values["labels"] = initial{Text: strings.Join(i.Labels, " ")}
	}
	return values
}

// undo takes one change of a list back.
func undo(list []string, item *changeItem) []string {
	if to := filled(item.ToString); to != nil {
		if at := slices.Index(list, *to); at >= 0 {
			list = slices.Delete(list, at, at+1)
		}
	}
	if from := filled(item.FromString); from != nil && !slices.Contains(list, *from) {
		list = append(list, *from)
	}
	return list
}

// filled is nil for a text that is empty: Jira writes both for nothing.
func filled(text *string) *string {
	if text == nil || *text == "" {
		return nil
	}
	return text
}

func anyText(text *string) any {
	if t := filled(text); t != nil {
		return *t
	}
	return nil
}
