package jira

import (
	"bytes"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// specialFields are the custom fields that mean the same everywhere, under ids that each
// instance gives them.
type specialFields struct {
	sprint, epicLink map[string]bool
}

const (
	sprintSchema   = "com.pyxis.greenhopper.jira:gh-sprint"
	epicLinkSchema = "com.pyxis.greenhopper.jira:gh-epic-link"
)

func specialOf(fields []Field) *specialFields {
	s := &specialFields{sprint: map[string]bool{}, epicLink: map[string]bool{}}
	for _, f := range fields {
		switch f.SchemaCustom {
		case sprintSchema:
			s.sprint[f.ID] = true
		case epicLinkSchema:
			s.epicLink[f.ID] = true
		}
	}
	return s
}

var customPrefix = []byte("customfield_")

// field reads the value of one field, or skips it: Fields keeps its text anyhow.
func (r *issueReader) field(issue *Issue, times *issueTimes, name jsontext.Value) error {
	if bytes.HasPrefix(name, customPrefix) {
		return r.customField(issue, name)
	}
	switch string(name) {
	case "summary":
		return (*text)(&issue.Summary).UnmarshalJSONFrom(r.dec)
	case "description":
		return (*prose)(&issue.Description).UnmarshalJSONFrom(r.dec)
	case "resolution":
		return (*named)(&issue.Resolution).UnmarshalJSONFrom(r.dec)
	case "created":
		return times.created.UnmarshalJSONFrom(r.dec)
	case "updated":
		return times.updated.UnmarshalJSONFrom(r.dec)
	case "resolutiondate":
		return times.resolved.UnmarshalJSONFrom(r.dec)
	case "duedate":
		return times.due.UnmarshalJSONFrom(r.dec)
	case "archiveddate":
		var at text
		err := at.UnmarshalJSONFrom(r.dec)
		issue.Archived = issue.Archived || at != ""
		return err
	case "timespent":
		var seconds number
		err := seconds.UnmarshalJSONFrom(r.dec)
		issue.TimeSpentSeconds = nil
		if seconds.OK {
			issue.TimeSpentSeconds = new(seconds.seconds())
		}
		return err
	case "project", "issuetype", "status", "priority", "parent":
		return r.reference(issue, string(name))
	case "assignee":
		return r.user(&issue.Assignee)
	case "reporter":
		return r.user(&issue.Reporter)
	case "creator":
		return r.user(&issue.Creator)
	case "labels":
		return r.labels(issue)
	case "components":
		return r.parts(&issue.Components, &issue.ComponentIDs)
	case "fixVersions":
		return r.parts(&issue.FixVersions, &issue.FixVersionIDs)
	case "versions":
		return r.parts(&issue.AffectsVersions, &issue.AffectsVersionIDs)
	case "issuelinks", "attachment", "comment", "worklog":
		return r.embedded(issue, string(name))
	}
	return r.dec.SkipValue()
}

func (r *issueReader) customField(issue *Issue, name jsontext.Value) error {
	switch {
	case r.special == nil:
	case r.special.sprint[string(name)]:
		return r.sprints(issue)
	case r.special.epicLink[string(name)]:
		var key text
		if err := key.UnmarshalJSONFrom(r.dec); err != nil {
			return err
		}
		if key != "" {
			issue.EpicKey = string(key)
		}
		return nil
	}
	return r.dec.SkipValue()
}

// sprints come as an array, or as a single one.
func (r *issueReader) sprints(issue *Issue) error {
	issue.Sprints = nil
	one := func() error {
		s, err := once(r, r.met.sprints, decodeAs[sprintValue])
		if err == nil && s.OK {
			issue.Sprints = append(issue.Sprints, s.Sprint)
		}
		return err
	}
	if r.dec.PeekKind() == '[' {
		return r.array(one)
	}
	return one()
}

func (r *issueReader) user(to **User) (err error) {
	*to, err = once(r, r.met.users, func(value jsontext.Value) *User {
		w := decodeAs[object[userWire]](value)
		return userOf(&w)
	})
	return err
}

func (r *issueReader) reference(issue *Issue, name string) (err error) {
	switch name {
	case "issuetype":
		issue.Type, err = once(r, r.met.types, func(value jsontext.Value) IssueType {
			w := decodeAs[object[typeWire]](value)
			return w.V.issueType()
		})
		return err
	case "status":
		issue.Status, err = once(r, r.met.statuses, func(value jsontext.Value) Status {
			w := decodeAs[object[statusWire]](value)
			return w.V.status()
		})
		return err
	case "priority":
		issue.Priority, err = once(r, r.met.priorities, func(value jsontext.Value) *Priority {
			w := decodeAs[object[priorityWire]](value)
			if !w.OK {
				return nil
			}
			return &Priority{ID: w.V.ID.N, Name: string(w.V.Name), IconURL: string(w.V.IconURL)}
		})
		return err
	case "project":
		w, err := once(r, r.met.projects, decodeAs[object[refWire]])
		if err == nil && w.OK {
			issue.ProjectID, issue.ProjectKey, issue.ProjectName = w.V.ID.N, string(w.V.Key), string(w.V.Name)
			issue.Archived = issue.Archived || bool(w.V.Archived)
		}
		return err
	}
	var w object[refWire]
	if err := json.UnmarshalDecode(r.dec, &w); err != nil || !w.OK {
		return err
	}
	issue.ParentID, issue.ParentKey = w.V.ID.N, string(w.V.Key)
	if issue.EpicKey == "" && w.V.Fields.V.Type.V.isEpic() {
		issue.EpicKey = issue.ParentKey
	}
	return nil
}

func (r *issueReader) labels(issue *Issue) error {
	var values []named
	err := r.array(func() error {
		var value named
		err := value.UnmarshalJSONFrom(r.dec)
		values = append(values, value)
		return err
	})
	issue.Labels = names(values)
	return err
}

// parts reads versions or components: their names, and their ids beside them.
func (r *issueReader) parts(names *[]string, ids *[]int64) error {
	*names, *ids = nil, nil
	return r.array(func() error {
		var part namedPart
		err := part.UnmarshalJSONFrom(r.dec)
		if part.name != "" {
			*names, *ids = append(*names, string(part.name)), append(*ids, part.id)
		}
		return err
	})
}

func (r *issueReader) embedded(issue *Issue, name string) error {
	switch name {
	case "issuelinks":
		var links list[object[linkWire]]
		err := json.UnmarshalDecode(r.dec, &links)
		issue.Links = nil
		for i := range links {
			if l, ok := links[i].V.link(); ok {
				issue.Links = append(issue.Links, l)
			}
		}
		return err
	case "attachment":
		var err error
		issue.Attachments, _, err = elements(r, r.attachment)
		return err
	}
	if r.dec.PeekKind() != '{' {
		return r.dec.SkipValue()
	}
	list, err := r.list()
	if name == "comment" {
		issue.setComments(&list)
	} else {
		issue.setWorklogs(&list)
	}
	return err
}
