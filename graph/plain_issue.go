package graph

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"jirasync/db"
	"jirasync/query"
)

// The plain members of an issue and of what it carries. A field that is missing here is the
// executor's.

func planIssue(p *planner, set ast.SelectionSet) writer[db.Issue] {
	return object(p, set, []string{"Issue", "Node"}, func(f graphql.CollectedField) writer[db.Issue] {
		if write := issueScalar(f.Name); write != nil {
			return write
		}
		switch f.Name {
		case "instance":
			return must(planInstance(p, f.Selections), func(i *db.Issue) *db.Instance { return i.Instance })
		case "project":
			return must(planProject(p, f.Selections), func(i *db.Issue) *db.Project { return i.Project })
		case "type":
			return must(planType(p, f.Selections), func(i *db.Issue) *db.IssueType { return &i.Type })
		case "status":
			return must(planStatus(p, f.Selections), func(i *db.Issue) *db.Status { return &i.Status })
		case "priority":
			return at(planPriority(p, f.Selections), func(i *db.Issue) *db.Priority { return i.Priority })
		case "assignee":
			return at(planUser(p, f.Selections), func(i *db.Issue) *db.User { return i.Assignee })
		case "reporter":
			return at(planUser(p, f.Selections), func(i *db.Issue) *db.User { return i.Reporter })
		case "creator":
			return at(planUser(p, f.Selections), func(i *db.Issue) *db.User { return i.Creator })
		case "changelog":
			return planChanges(p, f)
		}
		return nil
	})
}

func issueScalar(name string) writer[db.Issue] {
	switch name {
	case "id":
		return stringOf((*db.Issue).ID)
	case "jiraId":
		return stringOf((*db.Issue).JiraID)
	case "key":
		return stringOf(func(i *db.Issue) string { return i.Key })
	case "url":
		return stringOf((*db.Issue).URL)
	case "resolution":
		return stringOrNull(func(i *db.Issue) *string { return i.Resolution })
	case "summary":
		return stringOf(func(i *db.Issue) string { return i.Summary })
	case "description":
		return stringOrNull(func(i *db.Issue) *string { return i.Description })
	case "labels":
		return stringsOf(func(i *db.Issue) []string { return i.Labels })
	case "components":
		return stringsOf(func(i *db.Issue) []string { return i.Components })
	case "fixVersions":
		return stringsOf(func(i *db.Issue) []string { return i.FixVersions })
	case "affectsVersions":
		return stringsOf(func(i *db.Issue) []string { return i.AffectsVersions })
	case "createdAt":
		return timeOf(func(i *db.Issue) time.Time { return i.CreatedAt })
	case "updatedAt":
		return timeOf(func(i *db.Issue) time.Time { return i.UpdatedAt })
	case "resolvedAt":
		return timeOrNull(func(i *db.Issue) *time.Time { return i.ResolvedAt })
	case "dueDate":
		return dateOrNull(func(i *db.Issue) *time.Time { return i.DueDate })
	case "timeSpentSeconds":
		return intOrNull(func(i *db.Issue) *int { return i.TimeSpentSeconds })
	case "syncedAt":
		return timeOf(func(i *db.Issue) time.Time { return i.SyncedAt })
	case "deletedAt":
		return timeOrNull(func(i *db.Issue) *time.Time { return i.DeletedAt })
	case "deletedReason":
		return stringOrNull(func(i *db.Issue) *db.DeletedReason { return i.DeletedReason })
	}
	return nil
}

// planChanges takes the page that was read with each issue.
func planChanges(p *planner, f graphql.CollectedField) writer[db.Issue] {
	key, ok := p.plain.ChangesPage(p.op, f)
	if !ok {
		return nil
	}
	p.changes = append(p.changes, key)
	return must(planChangelog(p, f.Selections), func(i *db.Issue) *db.ChangelogConnection {
		page, _ := i.ChangesOf(key)
		return page
	})
}

func planType(p *planner, set ast.SelectionSet) writer[db.IssueType] {
	return object(p, set, []string{"IssueType"}, func(f graphql.CollectedField) writer[db.IssueType] {
		switch f.Name {
		case "name":
			return stringOf(func(t *db.IssueType) string { return t.Name })
		case "subtask":
			return boolOf(func(t *db.IssueType) bool { return t.Subtask })
		case "iconUrl":
			return stringOrNull(func(t *db.IssueType) *string { return t.IconURL })
		}
		return nil
	})
}

func planStatus(p *planner, set ast.SelectionSet) writer[db.Status] {
	return object(p, set, []string{"Status"}, func(f graphql.CollectedField) writer[db.Status] {
		switch f.Name {
		case "name":
			return stringOf(func(s *db.Status) string { return s.Name })
		case "category":
			return stringOf(func(s *db.Status) query.StatusCategory { return s.Category })
		}
		return nil
	})
}

func planPriority(p *planner, set ast.SelectionSet) writer[db.Priority] {
	return object(p, set, []string{"Priority"}, func(f graphql.CollectedField) writer[db.Priority] {
		switch f.Name {
		case "name":
			return stringOf(func(p *db.Priority) string { return p.Name })
		case "rank":
			return intOrNull(func(p *db.Priority) *int { return p.Rank })
		}
		return nil
	})
}

func planUser(p *planner, set ast.SelectionSet) writer[db.User] {
	return object(p, set, []string{"User", "Node"}, func(f graphql.CollectedField) writer[db.User] {
		switch f.Name {
		case "id":
			return stringOf((*db.User).ID)
		case "instance":
			return must(planInstance(p, f.Selections), func(u *db.User) *db.Instance { return u.Instance })
		case "accountId":
			return stringOf(func(u *db.User) string { return u.AccountID })
		case "displayName":
			return stringOf(func(u *db.User) string { return u.DisplayName })
		case "email":
			return stringOrNull(func(u *db.User) *string { return u.Email })
		case "avatarUrl":
			return stringOrNull(func(u *db.User) *string { return u.AvatarURL })
		case "active":
			return boolOf(func(u *db.User) bool { return u.Active })
		}
		return nil
	})
}

func planInstance(p *planner, set ast.SelectionSet) writer[db.Instance] {
	return object(p, set, []string{"Instance", "Node"}, func(f graphql.CollectedField) writer[db.Instance] {
		switch f.Name {
		case "id":
			return stringOf((*db.Instance).ID)
		case "name":
			return stringOf(func(n *db.Instance) string { return n.Name })
		case "url":
			return stringOf(func(n *db.Instance) string { return n.URL })
		case "kind":
			return stringOf(func(n *db.Instance) db.InstanceKind { return n.Kind })
		}
		return nil
	})
}

func planProject(p *planner, set ast.SelectionSet) writer[db.Project] {
	return object(p, set, []string{"Project", "Node"}, func(f graphql.CollectedField) writer[db.Project] {
		switch f.Name {
		case "id":
			return stringOf((*db.Project).ID)
		case "instance":
			return must(planInstance(p, f.Selections), func(r *db.Project) *db.Instance { return r.Instance })
		case "key":
			return stringOf(func(r *db.Project) string { return r.Key })
		case "name":
			return stringOf(func(r *db.Project) string { return r.Name })
		case "lead":
			return at(planUser(p, f.Selections), func(r *db.Project) *db.User { return r.Lead })
		case "category":
			return stringOrNull(func(r *db.Project) *string { return r.Category })
		case "archived":
			return boolOf(func(r *db.Project) bool { return r.Archived })
		case "lastSyncedAt":
			return timeOrNull(func(r *db.Project) *time.Time { return r.LastSyncedAt })
		}
		return nil
	})
}
