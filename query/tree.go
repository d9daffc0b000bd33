package query

import "time"

// Cond is a condition that an issue meets or does not; it is never unknown. A value that is
// missing meets no comparison, so it meets the negation of every one.
type Cond interface{ cond() }

// The conditions. An empty AllOf holds always, an empty AnyOf never.
type (
	AllOf []Cond
	AnyOf []Cond
	Not   struct{ Cond Cond }

	// OneOf holds when the field, or any member of a list, equals one of the values.
	OneOf struct {
		Field  Field
		Values []string
	}
	// Like holds when the field, or any member of a list, holds the text, at its start or
	// anywhere, whatever the case.
	Like struct {
		Field Field
		Text  string
		Start bool
	}
	// Empty holds when the field has no value, or a list no member.
	Empty struct{ Field Field }
	// Before holds when the field's moment is earlier than the given one, or the same.
	Before struct {
		Field Field
		At    time.Time
		Same  bool
	}
	// After holds when the field's moment is later than the given one, or the same.
	After struct {
		Field Field
		At    time.Time
		Same  bool
	}
	// Mapped holds when a mapped field compares so with one of the values, which are text as
	// PostgreSQL reads it for the type of the field.
	Mapped struct {
		Column Column
		Op     Compare
		Values []string
	}
	// MappedEmpty holds when a mapped field has no value.
	MappedEmpty struct{ Column Column }
	// Among holds for the named issues.
	Among struct{ IssueIDs []int64 }
	// Words holds when every word stands in key, summary, description or comments. The exact key
	// of an issue, present or past, finds it.
	Words struct {
		Words  []Word
		Key    string           // that the search is; empty: it is none
		others map[int][]string // by place in Words: lexemes that do as well
	}
)

func (AllOf) cond()  {}
func (AnyOf) cond()  {}
func (Not) cond()    {}
func (OneOf) cond()  {}
func (Like) cond()   {}
func (Empty) cond()  {}
func (Before) cond() {}
func (After) cond()  {}
func (Words) cond()  {}
func (Mapped) cond() {}

func (MappedEmpty) cond() {}
func (Among) cond()       {}

// Field is something an issue can be asked about.
type Field int

// The fields.
const (
	FieldInstance Field = iota
	FieldKey
	FieldProject
	FieldType
	FieldStatus
	FieldStatusCategory
	FieldPriority
	FieldResolution
	FieldAssignee
	FieldReporter
	FieldSummary
	FieldLabel
	FieldComponent
	FieldFixVersion
	FieldSprint
	FieldParent
	FieldEpic
	FieldCreated
	FieldUpdated
	FieldResolved
	FieldSynced
	FieldDue
)

type fieldKind int

const (
	textKind     fieldKind = iota // a column of text
	listKind                      // a column of texts
	personKind                    // an account id, known by its names too
	sprintKind                    // a column of ids, known by their names
	projectKind                   // by key
	instanceKind                  // by name
	timeKind                      // an instant
	dateKind                      // a calendar date
)

// fieldInfo is where a field stands in jira_issues.
type fieldInfo struct {
	column   string
	kind     fieldKind
	nullable bool
}

func infoOf(f Field) fieldInfo {
	switch f {
	case FieldInstance:
		return fieldInfo{"instance_id", instanceKind, false}
	case FieldKey:
		return fieldInfo{"issue_key", textKind, false}
	case FieldProject:
		return fieldInfo{"project_id", projectKind, false}
	case FieldType:
		return fieldInfo{"issue_type", textKind, false}
	case FieldStatus:
		return fieldInfo{"status", textKind, false}
	case FieldStatusCategory:
		return fieldInfo{"status_category", textKind, false}
	case FieldPriority:
		return fieldInfo{"priority", textKind, true}
	case FieldResolution:
		return fieldInfo{"resolution", textKind, true}
	case FieldAssignee:
		return fieldInfo{"assignee_id", personKind, true}
	case FieldReporter:
		return fieldInfo{"reporter_id", personKind, true}
	case FieldSummary:
		return fieldInfo{"summary", textKind, false}
	case FieldLabel:
		return fieldInfo{"labels", listKind, false}
	case FieldComponent:
		return fieldInfo{"components", listKind, false}
	case FieldFixVersion:
		return fieldInfo{"fix_versions", listKind, false}
	case FieldSprint:
		return fieldInfo{"sprint_ids", sprintKind, false}
	case FieldParent:
		return fieldInfo{"parent_key", textKind, true}
	case FieldEpic:
		return fieldInfo{"epic_key", textKind, true}
	case FieldCreated:
		return fieldInfo{"created_at", timeKind, false}
	case FieldUpdated:
		return fieldInfo{"updated_at", timeKind, false}
	case FieldResolved:
		return fieldInfo{"resolved_at", timeKind, true}
	case FieldSynced:
		return fieldInfo{"synced_at", timeKind, false}
	case FieldDue:
		return fieldInfo{"due_date", dateKind, true}
	}
	panic("query: unknown field") // the constants above are all there are
}
