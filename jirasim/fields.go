package jirasim

import (
	"strconv"
	"strings"
)

// fieldKind is how a field's value is made and written.
type fieldKind uint8

const (
	fkSystem fieldKind = iota // written by its name
	fkNumber
	fkText
	fkTextarea
	fkSelect
	fkRadio
	fkMultiSelect
	fkCheckboxes
	fkCascading
	fkDate
	fkDateTime
	fkUser
	fkUsers
	fkGroup
	fkGroups
	fkVersion
	fkVersions
	fkLabels
	fkURL
	fkProject
	fkReadonly
	fkSLA
	fkOrganizations
	fkRequestType
	fkDevelopment
	fkSprint
	fkEpicLink
	fkEpicName
	fkRank
	fkParentLink
	fkFlagged
)

const (
	systemTypes   = "com.atlassian.jira.plugin.system.customfieldtypes:"
	greenhopper   = "com.pyxis.greenhopper.jira:"
	minFields     = 90
	maxFields     = 1200
	customFieldAt = "customfield_"
)

// kindSchema is the schema of a custom field as Jira tells it.
type kindSchema struct{ typ, items, custom string }

var kindSchemas = [...]kindSchema{
	fkNumber:        {"number", "", systemTypes + "float"},
	fkText:          {"string", "", systemTypes + "textfield"},
	fkTextarea:      {"string", "", systemTypes + "textarea"},
	fkSelect:        {"option", "", systemTypes + "select"},
	fkRadio:         {"option", "", systemTypes + "radiobuttons"},
	fkMultiSelect:   {"array", "option", systemTypes + "multiselect"},
	fkCheckboxes:    {"array", "option", systemTypes + "multicheckboxes"},
	fkCascading:     {"option-with-child", "", systemTypes + "cascadingselect"},
	fkDate:          {"date", "", systemTypes + "datepicker"},
	fkDateTime:      {"datetime", "", systemTypes + "datetime"},
	fkUser:          {"user", "", systemTypes + "userpicker"},
	fkUsers:         {"array", "user", systemTypes + "multiuserpicker"},
	fkGroup:         {"group", "", systemTypes + "grouppicker"},
	fkGroups:        {"array", "group", systemTypes + "multigrouppicker"},
	fkVersion:       {"version", "", systemTypes + "version"},
	fkVersions:      {"array", "version", systemTypes + "multiversion"},
	fkLabels:        {"array", "string", systemTypes + "labels"},
	fkURL:           {"string", "", systemTypes + "url"},
	fkProject:       {"project", "", systemTypes + "project"},
	fkReadonly:      {"string", "", systemTypes + "readonlyfield"},
	fkSLA:           {"sd-servicelevelagreement", "", "com.atlassian.servicedesk:sd-sla-field"},
	fkOrganizations: {"array", "sd-customerorganization", "com.atlassian.servicedesk:sd-customer-organizations"},
	fkRequestType:   {"sd-customerrequesttype", "", "com.atlassian.servicedesk:vp-origin"},
	fkDevelopment:   {"any", "", "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf"},
	fkSprint:        {"array", "json", greenhopper + "gh-sprint"},
	fkEpicLink:      {"any", "", greenhopper + "gh-epic-link"},
	fkEpicName:      {"string", "", greenhopper + "gh-epic-label"},
	fkRank:          {"any", "", greenhopper + "gh-lexo-rank"},
	fkParentLink:    {"any", "", "com.atlassian.jpo:jpo-custom-field-parent"},
	fkFlagged:       {"array", "option", systemTypes + "multicheckboxes"},
}

// field is one row of Jira's own dictionary of fields.
type field struct {
	id, name string
	number   int64 // of a custom field
	kind     fieldKind
	schema   kindSchema // of a custom field the third is its custom key, else its system name
	options  []option
	salt     uint64
	present  int // of 100 projects whose issues bear it
	filled   int // of 1000 issues where it is not null
	navigate bool
	title    []byte // `"id":` as documents begin the member
}

// option is a choice of a select field; a cascading one has children.
type option struct {
	id       int64
	value    string
	json     []byte
	children []option
}

func (f *field) custom() bool { return f.number != 0 }

// clauseNames are what JQL calls the field.
func (f *field) clauseNames() []string {
	if !f.custom() {
		return []string{f.id}
	}
	return []string{"cf[" + strconv.FormatInt(f.number, 10) + "]", f.name}
}

// systemField is a field that Jira brings along.
type systemField struct{ id, name, typ, items, only string }

var systemFields = []systemField{
	{"statuscategorychangedate", "Status Category Changed", "datetime", "", "cloud"},
	{"issuetype", "Issue Type", "issuetype", "", ""},
	{"parent", "Parent", "", "", "cloud"},
	{"timespent", "Time Spent", "number", "", ""},
	{"project", "Project", "project", "", ""},
	{"fixVersions", "Fix versions", "array", "version", ""},
	{"aggregatetimespent", "Σ Time Spent", "number", "", ""},
	{"statusCategory", "Status Category", "statusCategory", "", "cloud"},
	{"resolution", "Resolution", "resolution", "", ""},
	{"resolutiondate", "Resolved", "datetime", "", ""},
	{"workratio", "Work Ratio", "number", "", ""},
	{"issuerestriction", "Restrict to", "issuerestriction", "", "cloud"},
	{"lastViewed", "Last Viewed", "datetime", "", ""},
	{"watches", "Watchers", "watches", "", ""},
	{"created", "Created", "datetime", "", ""},
	{"priority", "Priority", "priority", "", ""},
	{"labels", "Labels", "array", "string", ""},
	{"timeestimate", "Remaining Estimate", "number", "", ""},
	{"aggregatetimeoriginalestimate", "Σ Original Estimate", "number", "", ""},
	{"versions", "Affects versions", "array", "version", ""},
	{"issuelinks", "Linked Issues", "array", "issuelinks", ""},
	{"assignee", "Assignee", "user", "", ""},
	{"updated", "Updated", "datetime", "", ""},
	{"status", "Status", "status", "", ""},
	{"components", "Components", "array", "component", ""},
	{"issuekey", "Key", "", "", ""},
	{"timeoriginalestimate", "Original Estimate", "number", "", ""},
	{"description", "Description", "string", "", ""},
	{"timetracking", "Time tracking", "timetracking", "", ""},
	{"archiveddate", "Archived", "datetime", "", ""},
	{"archivedby", "Archiver", "user", "", ""},
	{"security", "Security Level", "securitylevel", "", ""},
	{"attachment", "Attachment", "array", "attachment", ""},
	{"aggregatetimeestimate", "Σ Remaining Estimate", "number", "", ""},
	{"summary", "Summary", "string", "", ""},
	{"creator", "Creator", "user", "", ""},
	{"subtasks", "Sub-tasks", "array", "issuelinks", ""},
	{"thumbnail", "Images", "", "", ""},
	{"reporter", "Reporter", "user", "", ""},
	{"aggregateprogress", "Σ Progress", "progress", "", ""},
	{"environment", "Environment", "string", "", ""},
	{"duedate", "Due date", "date", "", ""},
	{"progress", "Progress", "progress", "", ""},
	{"votes", "Votes", "votes", "", ""},
	{"comment", "Comment", "comments-page", "", ""},
	{"worklog", "Log Work", "array", "worklog", ""},
}

// notNavigable fields are left out of `*navigable`, Data Center's default: who wants their
// worklogs must say so.
func notNavigable(id string) bool {
	switch id {
	case "comment", "worklog", "attachment", "timetracking", "parent":
		return true
	}
	return false
}

func systemFieldsOf(f Flavor) []*field {
	var fields []*field
	for _, s := range systemFields {
		if s.only != "" && s.only != string(f) {
			continue
		}
		fields = append(fields, &field{
			id: s.id, name: s.name, schema: kindSchema{s.typ, s.items, s.id}, present: 100,
			navigate: !notNavigable(s.id), title: []byte(`"` + s.id + `":`),
		})
	}
	return fields
}

// makeFields makes the whole dictionary, system fields first.
func makeFields(o Options) []*field {
	fields := systemFieldsOf(o.Flavor)
	if o.Flavor == DataCenter { // shown in documents of subtasks, listed nowhere
		fields = append(fields, &field{id: "parent", schema: kindSchema{"", "", "parent"}, present: 100, title: []byte(`"parent":`)})
		o.FieldCount++
	}
	specs := customFields(o, o.FieldCount-len(fields))
	for i, spec := range specs {
		fields = append(fields, spec.field(o, i, len(specs)))
	}
	return fields
}

// listed tells whether GET field names it.
func (f *field) listed() bool { return f.name != "" }

// inDocuments tells whether documents bear it among their fields.
func (f *field) inDocuments() bool { return f.id != "issuekey" && f.id != "thumbnail" }

// customNumber is the number in a custom field's id. Data Center counts the other way
// round, so that no name has the same id on both instances.
func customNumber(f Flavor, i, count int) int64 {
	if f == Cloud {
		return int64(10014 + 3*i)
	}
	return int64(10015 + 3*(count-1-i))
}

func (spec customField) field(o Options, i, count int) *field {
	number := customNumber(o.Flavor, i, count)
	id := customFieldAt + strconv.FormatInt(number, 10)
	f := &field{
		id: id, name: spec.name, number: number, kind: spec.kind, schema: kindSchemas[spec.kind],
		salt: mix(o.Seed, uint64(number)), present: spec.present, filled: spec.filled,
		navigate: true, title: []byte(`"` + id + `":`),
	}
	if o.Flavor == DataCenter && spec.kind == fkSprint {
		f.schema.items = "string"
	}
	rest := o.baseURL() + "/rest/api/" + apiVersion(o.Flavor) + "/customFieldOption/"
	for n, value := range spec.options {
		f.options = append(f.options, makeOption(rest, number*10+int64(n)*1000000, value))
	}
	return f
}

// makeOption makes a choice of "value", or of "value>child|child" in a cascading select.
func makeOption(rest string, id int64, text string) option {
	value, children, _ := strings.Cut(text, ">")
	o := option{id: id, value: value}
	o.json = append(o.json, `{"self":"`+rest+strconv.FormatInt(id, 10)+`","value":`...)
	o.json = appendString(o.json, value)
	o.json = append(o.json, `,"id":"`+strconv.FormatInt(id, 10)+`"}`...)
	for n, child := range strings.Split(children, "|") {
		if child != "" {
			o.children = append(o.children, makeOption(rest, id+int64(n)+1, child))
		}
	}
	return o
}
