package db

import (
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"jirasync/query"
)

// IssueFields says which members of an [Issue] are read, besides those that name it: IssueID,
// InstanceID, ProjectID and Key.
type IssueFields uint32

// The members.
const (
	FieldInstance IssueFields = 1 << iota
	FieldProject
	FieldProjectLead
	FieldType
	FieldTypeMore // Subtask and IconURL
	FieldStatus
	FieldPriority
	FieldResolution
	FieldSummary
	FieldDescription
	FieldAssignee
	FieldReporter
	FieldCreator
	FieldPeopleMore // all of the people, not only ids and display names
	FieldLabels
	FieldComponents
	FieldFixVersions
	FieldAffectsVersions
	FieldParent
	FieldEpic
	FieldCreated
	FieldUpdated
	FieldResolved
	FieldDue
	FieldTimeSpent
	FieldSynced
	FieldDeleted
	fieldKeyNumber // for cursors only
	fieldRelevance // the same
)

// issueColumn is one column that a read can fetch and where its value goes.
type issueColumn struct {
	field  IssueFields // 0: always
	column string      // of jira_issues; empty: of a joined table
	expr   string      // what is selected; empty: the column
	target func(*issueRow) any
}

// issueRow is the row at hand: the issue, and what must be put together after the scan. All but the
// issue is scanned into again and again.
type issueRow struct {
	*Issue
	priority                    pgtype.Text
	rank                        pgtype.Int4
	assignee, reporter, creator personRow
	mapped                      []byte // a JSON array
	project                     projectRow
	instance                    instanceRow
}

// Texts that may be null are scanned as values: a pointer for each would be made by reflection.
type personRow struct {
	id, name, email, avatar pgtype.Text
	active                  pgtype.Bool
}

type projectRow struct {
	key, name, category pgtype.Text
	archived            pgtype.Bool
	syncedAt            pgtype.Timestamptz
	lead                personRow
}

type instanceRow struct{ name, url, kind pgtype.Text }

func issueColumns() []issueColumn {
	columns := []issueColumn{
		{0, "issue_id", "", func(r *issueRow) any { return &r.IssueID }},
		{0, "instance_id", "", func(r *issueRow) any { return &r.InstanceID }},
		{0, "project_id", "", func(r *issueRow) any { return &r.ProjectID }},
		{0, "issue_key", "", func(r *issueRow) any { return &r.Key }},
		{FieldType, "issue_type", "", func(r *issueRow) any { return &r.Type.Name }},
		{FieldTypeMore, "type_id", "coalesce(it.subtask, false)", func(r *issueRow) any { return &r.Type.Subtask }},
		{FieldTypeMore, "", "it.icon_url", func(r *issueRow) any { return &r.Type.IconURL }},
		{FieldStatus, "status", "", func(r *issueRow) any { return &r.Status.Name }},
		{FieldStatus, "status_category", "", func(r *issueRow) any { return &r.Status.Category }},
		{FieldPriority, "priority", "", func(r *issueRow) any { return &r.priority }},
		{FieldPriority, "priority_rank", "", func(r *issueRow) any { return &r.rank }},
		{FieldResolution, "resolution", "", func(r *issueRow) any { return &r.Resolution }},
		{FieldSummary, "summary", "", func(r *issueRow) any { return &r.Summary }},
		{FieldDescription, "description", "", func(r *issueRow) any { return &r.Description }},
		{FieldLabels, "labels", "", func(r *issueRow) any { return &r.Labels }},
		{FieldComponents, "components", "", func(r *issueRow) any { return &r.Components }},
		{FieldFixVersions, "fix_versions", "", func(r *issueRow) any { return &r.FixVersions }},
		{FieldAffectsVersions, "affects_versions", "", func(r *issueRow) any { return &r.AffectsVersions }},
		{FieldParent, "parent_id", "", func(r *issueRow) any { return &r.ParentID }},
		{FieldEpic, "epic_key", "", func(r *issueRow) any { return &r.EpicKey }},
		{FieldCreated, "created_at", "", func(r *issueRow) any { return &r.CreatedAt }},
		{FieldUpdated, "updated_at", "", func(r *issueRow) any { return &r.UpdatedAt }},
		{FieldResolved, "resolved_at", "", func(r *issueRow) any { return &r.ResolvedAt }},
		{FieldDue, "due_date", "", func(r *issueRow) any { return &r.DueDate }},
		{FieldTimeSpent, "time_spent_seconds", "", func(r *issueRow) any { return &r.TimeSpentSeconds }},
		{FieldSynced, "synced_at", "", func(r *issueRow) any { return &r.SyncedAt }},
		{FieldDeleted, "deleted_at", "", func(r *issueRow) any { return &r.DeletedAt }},
		{FieldDeleted, "deleted_reason", "", func(r *issueRow) any { return &r.DeletedReason }},
		{fieldKeyNumber, "project_key", "", func(r *issueRow) any { return &r.projectKey }},
		{fieldKeyNumber, "key_number", "", func(r *issueRow) any { return &r.keyNumber }},
		{fieldRelevance, "relevance", "", func(r *issueRow) any { return &r.relevance }},
		{FieldProject, "", "p.project_key", func(r *issueRow) any { return &r.project.key }},
		{FieldProject, "", "p.name", func(r *issueRow) any { return &r.project.name }},
		{FieldProject, "", "p.category", func(r *issueRow) any { return &r.project.category }},
		{FieldProject, "", "p.archived", func(r *issueRow) any { return &r.project.archived }},
		{FieldProject, "", "p.last_synced_at", func(r *issueRow) any { return &r.project.syncedAt }},
		{FieldInstance, "", "n.name", func(r *issueRow) any { return &r.instance.name }},
		{FieldInstance, "", "n.url", func(r *issueRow) any { return &r.instance.url }},
		{FieldInstance, "", "n.kind", func(r *issueRow) any { return &r.instance.kind }},
	}
	columns = append(columns, personColumns(FieldAssignee, "assignee_id", "ua", func(r *issueRow) *personRow { return &r.assignee })...)
	columns = append(columns, personColumns(FieldReporter, "reporter_id", "ur", func(r *issueRow) *personRow { return &r.reporter })...)
	lead := FieldProject | FieldProjectLead
	columns = append(columns,
		issueColumn{lead, "", "p.lead_id", func(r *issueRow) any { return &r.project.lead.id }},
		issueColumn{lead, "", "ul.display_name", func(r *issueRow) any { return &r.project.lead.name }},
		issueColumn{lead, "", "ul.email", func(r *issueRow) any { return &r.project.lead.email }},
		issueColumn{lead, "", "ul.avatar_url", func(r *issueRow) any { return &r.project.lead.avatar }},
		issueColumn{lead, "", "ul.active", func(r *issueRow) any { return &r.project.lead.active }},
	)
	return append(columns, personColumns(FieldCreator, "creator_id", "uc", func(r *issueRow) *personRow { return &r.creator })...)
}

func personColumns(field IssueFields, id, alias string, of func(*issueRow) *personRow) []issueColumn {
	more := field | FieldPeopleMore
	return []issueColumn{
		{field, id, "", func(r *issueRow) any { return &of(r).id }},
		{field, "", alias + ".display_name", func(r *issueRow) any { return &of(r).name }},
		{more, "", alias + ".email", func(r *issueRow) any { return &of(r).email }},
		{more, "", alias + ".avatar_url", func(r *issueRow) any { return &of(r).avatar }},
		{more, "", alias + ".active", func(r *issueRow) any { return &of(r).active }},
	}
}

func issueJoins(fields IssueFields) string {
	var joins strings.Builder
	person := func(field IssueFields, alias, id string) {
		if fields&field != 0 {
			joins.WriteString(" LEFT JOIN jira_sync.jira_users " + alias + " ON " + alias + ".instance_id = i.instance_id AND " +
				alias + ".account_id = i." + id)
		}
	}
	person(FieldAssignee, "ua", "assignee_id")
	person(FieldReporter, "ur", "reporter_id")
	person(FieldCreator, "uc", "creator_id")
	if fields&FieldTypeMore != 0 {
		joins.WriteString(" LEFT JOIN jira_sync.jira_issue_types it ON it.instance_id = i.instance_id AND it.type_id = i.type_id")
	}
	if fields&FieldProject != 0 {
		joins.WriteString(" LEFT JOIN jira_sync.jira_projects p ON p.instance_id = i.instance_id AND p.project_id = i.project_id")
	}
	if fields&FieldProjectLead != 0 {
		joins.WriteString(" LEFT JOIN jira_sync.jira_users ul ON ul.instance_id = p.instance_id AND ul.account_id = p.lead_id")
	}
	if fields&FieldInstance != 0 {
		joins.WriteString(" LEFT JOIN jira_sync.jira_instances n ON n.instance_id = i.instance_id")
	}
	return joins.String()
}

// finish puts the scanned parts together. What a join did not find is shown by its id alone.
func (r *issueRow) finish(fields IssueFields) *Issue {
	issue := r.Issue
	if fields&FieldInstance != 0 {
		issue.Instance = r.instance.instance(issue.InstanceID)
	}
	if r.rank.Valid {
		rank := int(r.rank.Int32)
		issue.priorityRank = &rank
	}
	if r.priority.Valid {
		issue.Priority = &Priority{Name: r.priority.String, Rank: issue.priorityRank}
	}
	issue.Assignee = r.assignee.user(issue.InstanceID, issue.Instance)
	issue.Reporter = r.reporter.user(issue.InstanceID, issue.Instance)
	issue.Creator = r.creator.user(issue.InstanceID, issue.Instance)
	if fields&FieldProject != 0 {
		issue.Project = r.project.project(issue.ProjectRef(), issue.Instance)
	}
	return issue
}

func (p *personRow) user(instance int, in *Instance) *User {
	if !p.id.Valid {
		return nil
	}
	u := &User{InstanceID: instance, AccountID: p.id.String, DisplayName: p.id.String, Active: true, Instance: in}
	if p.name.Valid {
		u.DisplayName = p.name.String
	}
	if p.active.Valid {
		u.Active = p.active.Bool
	}
	u.Email, u.AvatarURL = textOrNil(p.email), textOrNil(p.avatar)
	return u
}

func (p *projectRow) project(ref query.ProjectRef, in *Instance) *Project {
	project := &Project{
		InstanceID: ref.Instance, ProjectID: ref.ProjectID, Key: p.key.String, Name: p.name.String,
		Lead: p.lead.user(ref.Instance, in), Category: textOrNil(p.category), Archived: p.archived.Bool, Instance: in,
	}
	if p.syncedAt.Valid {
		at := p.syncedAt.Time
		project.LastSyncedAt = &at
	}
	return project
}

func (n *instanceRow) instance(id int) *Instance {
	in := &Instance{InstanceID: id, Name: n.name.String, URL: n.url.String, Kind: UnknownKind}
	if n.kind.Valid {
		in.Kind = InstanceKind(n.kind.String)
	}
	return in
}

func textOrNil(t pgtype.Text) *string {
	if !t.Valid {
		return nil
	}
	text := t.String
	return &text
}

func or[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}

// sortValue is the issue's value in a column of an order; mapped says which mapped one.
func (i *Issue) sortValue(c query.SortColumn, mapped string) any {
	switch c {
	case query.SortUpdated:
		return i.UpdatedAt
	case query.SortCreated:
		return i.CreatedAt
	case query.SortResolved:
		return nilOr(i.ResolvedAt)
	case query.SortDue:
		return nilOr(i.DueDate)
	case query.SortPriority:
		return nilOr(i.priorityRank)
	case query.SortCategory:
		return query.CategoryRank(i.Status.Category)
	case query.SortStatus:
		return i.Status.Name
	case query.SortSummary:
		return i.Summary
	case query.SortProjectKey:
		return i.projectKey
	case query.SortKeyNumber:
		return i.keyNumber
	case query.SortIssueID:
		return i.IssueID
	case query.SortRelevance:
		return i.relevance
	case query.SortMapped:
		if value := i.Mapped[mapped]; value != nil {
			return value
		}
	}
	return nil
}

func nilOr[T any](value *T) any {
	if value == nil {
		return nil
	}
	return *value
}

// sortFields are the members that the columns of an order are made from.
func sortFields(o query.Order) IssueFields {
	fields := fieldKeyNumber
	for _, c := range o.Columns() {
		switch c {
		case query.SortUpdated:
			fields |= FieldUpdated
		case query.SortCreated:
			fields |= FieldCreated
		case query.SortResolved:
			fields |= FieldResolved
		case query.SortDue:
			fields |= FieldDue
		case query.SortPriority:
			fields |= FieldPriority
		case query.SortCategory, query.SortStatus:
			fields |= FieldStatus
		case query.SortSummary:
			fields |= FieldSummary
		case query.SortRelevance:
			fields |= fieldRelevance
		case query.SortProjectKey, query.SortKeyNumber, query.SortIssueID, query.SortMapped:
		}
	}
	return fields
}
