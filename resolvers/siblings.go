package resolvers

import (
	"context"
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"jirasync/db"
	"jirasync/loaders"
)

// counted tells the loaders how many objects will ask the same as the one at hand: one where it
// stands in no list, all where it is an element of the only list. Elsewhere that is not known.
func counted(ctx context.Context) context.Context {
	return countedIn(ctx, func(list any) int {
		if v := reflect.ValueOf(list); v.IsValid() && v.Kind() == reflect.Slice {
			return v.Len()
		}
		return 0
	})
}

// countedIn lets the list say how many of its elements will ask, and for how many different
// objects.
func countedIn(ctx context.Context, askers func(list any) int) context.Context {
	if !hasOneRoot(graphql.GetOperationContext(ctx)) {
		return ctx
	}
	element := graphql.GetFieldContext(ctx).Parent
	if element != nil && element.Index == nil && element.Field.Field != nil &&
		element.Field.Name == "node" && strings.HasSuffix(element.Object, "Edge") {
		element = element.Parent
	}
	for f := element; f != nil; f = f.Parent {
		if f.Index != nil && f != element {
			return ctx // a list around it
		}
	}
	if element == nil || element.Index == nil {
		return loaders.Expect(ctx, 1)
	}
	if element.Parent == nil {
		return ctx
	}
	return loaders.Expect(ctx, askers(element.Parent.Result))
}

func hasOneRoot(op *graphql.OperationContext) bool {
	if len(op.Operation.SelectionSet) != 1 {
		return false
	}
	_, isField := op.Operation.SelectionSet[0].(*ast.Field)
	return isField
}

// parentsIn counts the different parents of a list of issues.
func parentsIn(list any) int {
	different := map[int64]bool{}
	for _, issue := range issuesIn(list) {
		if issue.ParentID != nil {
			different[*issue.ParentID] = true
		}
	}
	return len(different)
}

// issuesIn are the issues of a list or of its edges.
func issuesIn(list any) []*db.Issue {
	var issues []*db.Issue
	switch list := list.(type) {
	case []*db.Issue:
		return list
	case []db.Issue:
		for i := range list {
			issues = append(issues, &list[i])
		}
	case []db.IssueEdge:
		for _, edge := range list {
			issues = append(issues, edge.Node)
		}
	}
	return issues
}

// linkedIn counts the different issues at the other ends of a list of links.
func linkedIn(list any) int {
	links, _ := list.([]db.IssueLink)
	different := map[int64]bool{}
	for _, link := range links {
		if link.OtherID != nil {
			different[*link.OtherID] = true
		}
	}
	return len(different)
}
