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
		return json.UnmarshalDecode(r.dec, (*text)(&issue.Summary))
	case "description":
		return json.UnmarshalDecode(r.dec, (*prose)(&issue.Description))
	case "resolution":
		return json.UnmarshalDecode(r.dec, (*named)(&issue.Resolution))
	case "created":
		return json.UnmarshalDecode(r.dec, &times.created)
	case "updated":
		return json.UnmarshalDecode(r.dec, &times.updated)
	case "resolutiondate":
		return json.UnmarshalDecode(r.dec, &times.resolved)
	case "duedate":
		return json.UnmarshalDecode(r.dec, &times.due)
	case "archiveddate":
		var at text
		err := json.UnmarshalDecode(r.dec, &at)
		issue.Archived = issue.Archived || at != ""
		return err
	case "timespent":
		var seconds number
		err := json.UnmarshalDecode(r.dec, &seconds)
		issue.TimeSpentSeconds = nil
		if seconds.OK {
			n := int(seconds.N)
			issue.TimeSpentSeconds = &n
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
	case "labels", "components", "fixVersions", "versions":
		return r.names(issue, string(name))
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
		if err := json.UnmarshalDecode(r.dec, &key); err != nil {
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
	var values list[sprintValue]
	if r.dec.PeekKind() == '[' {
		if err := json.UnmarshalDecode(r.dec, &values); err != nil {
			return err
		}
	} else {
		values = make([]sprintValue, 1)
		if err := json.UnmarshalDecode(r.dec, &values[0]); err != nil {
			return err
		}
	}
	issue.Sprints = nil
	for i := range values {
		if values[i].OK {
			issue.Sprints = append(issue.Sprints, values[i].Sprint)
		}
	}
	return nil
}

func (r *issueReader) user(to **User) error {
	var w object[userWire]
	err := json.UnmarshalDecode(r.dec, &w)
	*to = userOf(&w)
	return err
}

func (r *issueReader) reference(issue *Issue, name string) error {
	switch name {
	case "issuetype":
		var w object[typeWire]
		err := json.UnmarshalDecode(r.dec, &w)
		issue.Type = w.V.issueType()
		return err
	case "status":
		var w object[statusWire]
		err := json.UnmarshalDecode(r.dec, &w)
		issue.Status = w.V.status()
		return err
	case "priority":
		var w object[priorityWire]
		err := json.UnmarshalDecode(r.dec, &w)
		issue.Priority = nil
		if w.OK {
			issue.Priority = &Priority{ID: w.V.ID.N, Name: string(w.V.Name), IconURL: string(w.V.IconURL)}
		}
		return err
	}
	var w object[refWire]
	if err := json.UnmarshalDecode(r.dec, &w); err != nil || !w.OK {
		return err
	}
	if name == "project" {
		issue.ProjectID, issue.ProjectKey, issue.ProjectName = w.V.ID.N, string(w.V.Key), string(w.V.Name)
		issue.Archived = issue.Archived || bool(w.V.Archived)
		return nil
	}
	issue.ParentID, issue.ParentKey = w.V.ID.N, string(w.V.Key)
	if issue.EpicKey == "" && w.V.Fields.V.Type.V.isEpic() {
		issue.EpicKey = issue.ParentKey
	}
	return nil
}

func (r *issueReader) names(issue *Issue, name string) error {
	var values list[named]
	if err := json.UnmarshalDecode(r.dec, &values); err != nil {
		return err
	}
	to := map[string]*[]string{
		"labels": &issue.Labels, "components": &issue.Components,
		"fixVersions": &issue.FixVersions, "versions": &issue.AffectsVersions,
	}
	*to[name] = names(values)
	return nil
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
		var files list[object[attachmentWire]]
		err := json.UnmarshalDecode(r.dec, &files)
		issue.Attachments = nil
		for i := range files {
			if files[i].V.ID.OK {
				issue.Attachments = append(issue.Attachments, files[i].V.attachment())
			}
		}
		return err
	}
	var w object[listWire]
	if err := json.UnmarshalDecode(r.dec, &w); err != nil || !w.OK {
		return err
	}
	if name == "comment" {
		issue.setComments(&w.V)
	} else {
		issue.setWorklogs(&w.V)
	}
	return nil
}
