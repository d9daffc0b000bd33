package graph

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Conditions refuses an operation in which null decides whether a field is left out. Validation lets
// a variable with a default stand where null must not, whatever is sent for it; the executor panics.
type Conditions struct{}

// ExtensionName names it for the executor.
func (Conditions) ExtensionName() string { return "Conditions" }

// Validate has nothing to check.
func (Conditions) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext runs once an operation is known to be valid.
func (Conditions) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	nulls := map[string]bool{}
	for _, v := range op.Operation.VariableDefinitions {
		if v.Type.NamedType == "Boolean" && op.Variables[v.Variable] == nil {
			nulls[v.Variable] = true
		}
	}
	if len(nulls) == 0 {
		return nil
	}
	name := (&deciding{nulls, map[string]bool{}}).in(op.Operation.SelectionSet)
	if name == "" {
		return nil
	}
	return gqlerror.Wrap(&RefusedError{CodeBadUserInput, fmt.Sprintf("the variable $%s is null, and a field is left out or not by it: send true or false", name)})
}

// deciding looks for a variable that is null where a condition stands.
type deciding struct {
	nulls  map[string]bool
	spread map[string]bool
}

// in is the name of the first in a selection; empty: there is none.
func (d *deciding) in(set ast.SelectionSet) string {
	for _, sel := range set {
		directives, below := d.parts(sel)
		for _, directive := range directives {
			if name := d.decides(directive); name != "" {
				return name
			}
		}
		if name := d.in(below); name != "" {
			return name
		}
	}
	return ""
}

// parts are what may hold a condition: a fragment is looked through once.
func (d *deciding) parts(sel ast.Selection) (ast.DirectiveList, ast.SelectionSet) {
	switch sel := sel.(type) {
	case *ast.Field:
		return sel.Directives, sel.SelectionSet
	case *ast.InlineFragment:
		return sel.Directives, sel.SelectionSet
	case *ast.FragmentSpread:
		if d.spread[sel.Name] {
			return sel.Directives, nil
		}
		d.spread[sel.Name] = true
		return sel.Directives, sel.Definition.SelectionSet
	}
	return nil, nil
}

func (d *deciding) decides(directive *ast.Directive) string {
	if directive.Name != "skip" && directive.Name != "include" {
		return ""
	}
	condition := directive.Arguments.ForName("if")
	if condition == nil || condition.Value.Kind != ast.Variable || !d.nulls[condition.Value.Raw] {
		return ""
	}
	return condition.Value.Raw
}
