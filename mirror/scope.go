package mirror

import (
	"cmp"
	"context"
	"slices"

	"jirasync/db"
	"jirasync/jira"
)

// scope is what is to be mirrored of an instance, whatever a run keeps to.
type scope struct {
	configured []db.ProjectRow // all in scope
	visible    []db.ProjectRow // all that the last listing showed
	unlisted   []db.ProjectRow // known, but not shown by it
}

func (r *runner) learnScope(ctx context.Context) (err error) {
	if r.scope.visible, err = r.store.VisibleProjects(ctx, r.Instance.ID); err != nil {
		return err
	}
	if r.scope.unlisted, err = r.store.UnlistedProjects(ctx, r.Instance.ID); err != nil {
		return err
	}
	r.scope.configured = r.Instance.Reach(r.scope.visible, r.Settings).Of()
	return nil
}

// The reasons for which an issue that Jira still shows leaves the live set.
const (
	archived = "ARCHIVED"
	movedOut = "MOVED_OUT"
)

// reasonOf says why an issue that Jira still shows by id leaves the live set; empty: it stays. Of a
// project that the listing lacks, the next run finds out more.
func (r *runner) reasonOf(issue jira.Issue) string {
	switch {
	case issue.Archived, r.scope.isArchived(issue.ProjectID):
		return archived
	case holds(r.scope.configured, issue.ProjectID):
		return ""
	case r.overlooked(issue):
		r.known.forget()
		return ""
	}
	return movedOut
}

// overlooked tells an issue in scope whose project the last listing did not show: it was made
// since, or fell between two pages.
func (r *runner) overlooked(issue jira.Issue) bool {
	if holds(r.scope.visible, issue.ProjectID) {
		return false
	}
	project := db.ProjectRow{ID: issue.ProjectID, Key: cmp.Or(issue.ProjectKey, projectOf(issue.Key))}
	for _, known := range r.scope.unlisted {
		if known.ID == project.ID {
			project.Previous = append(slices.Clone(known.Previous), known.Key)
		}
	}
	all := append(slices.Clone(r.scope.visible), project)
	return holds(db.InScope(all, r.Instance.Projects, r.Settings.Projects), project.ID)
}

// stays splits issues that Jira shows into those of projects in scope and those that were moved out
// of it: an index that runs late, a worklog or a sprint leads to these too, and nothing would look at
// them again.
func (r *runner) stays(issues []jira.Issue) (staying []jira.Issue, left []int64) {
	for _, issue := range issues {
		if !issue.Archived && r.reasonOf(issue) == movedOut {
			left = append(left, issue.ID)
		} else {
			staying = append(staying, issue)
		}
	}
	return staying, left
}

func (s scope) isArchived(project int64) bool {
	return slices.ContainsFunc(s.configured, func(c db.ProjectRow) bool { return c.ID == project && c.Archived })
}

func holds(projects []db.ProjectRow, id int64) bool {
	return slices.ContainsFunc(projects, func(p db.ProjectRow) bool { return p.ID == id })
}
