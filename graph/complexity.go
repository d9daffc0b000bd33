package graph

import (
	"iter"

	"github.com/vektah/gqlparser/v2/ast"

	"jirasync/db"
	"jirasync/query"
)

// unpagedCost is what a list without pages counts for: it may be long, and seldom is.
const unpagedCost = 10

// SetCosts says what a field costs: 1 and its children, a list its page size times its children.
// The page is what the arguments ask for, whether or not the resolver would allow it.
func SetCosts(c *ComplexityRoot, limits query.Limits) {
	page := func(child int, sizes ...*int) int {
		n := min(50, limits.Page)
		for _, size := range sizes {
			if size != nil {
				n = max(*size, 1)
			}
		}
		return 1 + saturate(n, child)
	}
	list := func(child int) int { return 1 + saturate(unpagedCost, child) }

	c.Query.Issues = func(child int, _ *query.IssueFilter, _ *string, _ *query.Visibility, _ []query.IssueOrder, first *int, _ *string, last *int, _ *string) int {
		return page(child, first, last)
	}
	c.Project.Issues = func(child int, _ *query.IssueFilter, _ *query.Visibility, _ []query.IssueOrder, first *int, _ *string, last *int, _ *string) int {
		return page(child, first, last)
	}
	c.Query.Projects = func(child int, _, _ *string, first *int, _ *string) int { return page(child, first) }
	c.Query.SyncRuns = func(child int, _ *db.RunFilter, first *int, _ *string) int { return page(child, first) }
	c.SyncRun.Errors = func(child int, first *int, _ *string) int { return page(child, first) }
	c.Issue.Comments = func(child int, first *int, _ *string, last *int, _ *string) int { return page(child, first, last) }
	c.Issue.Worklogs = func(child int, first *int, _ *string, last *int, _ *string) int { return page(child, first, last) }
	c.Issue.Changelog = func(child int, first *int, _ *string, last *int, _ *string, _ *string) int {
		return page(child, first, last)
	}
	c.Query.IssueStats = func(child int, _ *query.IssueFilter, _ *string, _ *query.Visibility, _ []query.IssueGroupBy, _ *string, limit *int) int {
		return groupsCost(limit) + child
	}
	c.Query.JiraFields = func(child int, _, _ *string, _, _ *bool, first *int, _ *string) int { return page(child, first) }
	c.Query.FieldMappingBackups = func(child int, first *int, _ *string) int { return page(child, first) }
	c.Query.FieldMappingSuggestions = func(child int, first int) int { return page(child, &first) }
	c.FieldMapping.FailedValues = func(child int, first int) int { return page(child, &first) }
	c.FieldMapping.FailedIssues = func(child int, first int, _ *string) int { return page(child, &first) }
	c.Issue.Fields = func(child int, names []string) int { return 1 + child + max(len(names), unpagedCost) }
	c.Query.Completeness = func(child int, _ *string) int { return list(child) }
	c.Query.FieldMappings = list
	c.Query.Instances = list
	c.Project.Versions = list
	c.Project.Components = list
	c.Issue.Subtasks = list
	c.Issue.Links = list
	c.Issue.Sprints = list
	c.Issue.Attachments = list
	c.SyncRun.Projects = list
	c.SyncRun.Metrics = list
}

// groupsCost is that of one statement, and of rows of a few columns.
func groupsCost(limit *int) int {
	groups := 100 // as the schema has it
	if limit != nil {
		groups = *limit
	}
	return 10 + groups/10
}

// introspected are lists of the schema by what they count for. A type has few of each, and reading
// them asks nobody: there are more types than that.
var introspected = map[string]int{"types": 10, "directives": 5, "fields": 5, "inputFields": 2, "enumValues": 2}

// IntrospectionCost is what an operation asks of the schema: a field costs 1, a list its number times
// its fields.
func IntrospectionCost(op ast.SelectionSet) (cost int) {
	for f := range fieldsOf(op) {
		if f.Name == "__schema" || f.Name == "__type" {
			cost += 1 + schemaCost(f.SelectionSet)
		}
	}
	return cost
}

func schemaCost(set ast.SelectionSet) (cost int) {
	for f := range fieldsOf(set) {
		cost += 1 + saturate(max(introspected[f.Name], 1), schemaCost(f.SelectionSet))
	}
	return cost
}

// fieldsOf are the fields of a selection, those of its fragments too.
func fieldsOf(set ast.SelectionSet) iter.Seq[*ast.Field] {
	return func(yield func(*ast.Field) bool) { eachField(set, yield) }
}

func eachField(set ast.SelectionSet, yield func(*ast.Field) bool) (on bool) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			on = yield(sel)
		case *ast.InlineFragment:
			on = eachField(sel.SelectionSet, yield)
		case *ast.FragmentSpread:
			on = eachField(sel.Definition.SelectionSet, yield)
		}
		if !on {
			return false
		}
	}
	return true
}

// saturate multiplies without running over.
func saturate(n, child int) int {
	const most = 1 << 30
	if child > 0 && n > most/child {
		return most
	}
	return n * child
}
