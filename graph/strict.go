package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// StrictVariables refuses values of variables that would be refused in the text of an operation, and
// that the library lets pass: a member of an enum in other letters, which would mean another or none,
// a number for a text, and a text for a number. Numbers keep their digits, by which the library takes
// them for texts.
type StrictVariables struct{ Schema *ast.Schema }

// ExtensionName names it for the executor.
func (StrictVariables) ExtensionName() string { return "StrictVariables" }

// Validate has nothing to check.
func (StrictVariables) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext runs once an operation is known to be valid.
func (s StrictVariables) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	for _, v := range op.Operation.VariableDefinitions {
		if place, must := s.wrong(v.Type, op.Variables[v.Variable]); must != "" {
			return gqlerror.Wrap(&RefusedError{CodeBadUserInput, v.Variable + place + " must be " + must})
		}
	}
	return nil
}

// wrong finds a value that may not stand where it does: where that is, and what must be there.
func (s StrictVariables) wrong(of *ast.Type, value any) (place, must string) {
	if value == nil {
		return "", ""
	}
	if of.Elem != nil {
		return s.wrongMember(of.Elem, graphql.CoerceList(value))
	}
	switch def := s.Schema.Types[of.NamedType]; {
	case def.Kind == ast.InputObject:
		object, _ := value.(map[string]any)
		return s.wrongField(def, object)
	case def.Kind == ast.Enum:
		return "", otherMember(def, value)
	case def.Name == "String":
		if _, number := value.(json.Number); number {
			return "", "a String, not a number: write it in quotes"
		}
	case def.Name == "Int", def.Name == "Float":
		if _, text := value.(string); text {
			return "", "a number, not a String: write it without quotes"
		}
	}
	return "", ""
}

func (s StrictVariables) wrongMember(of *ast.Type, list []any) (place, must string) {
	for n, member := range list {
		if within, want := s.wrong(of, member); want != "" {
			return "[" + strconv.Itoa(n) + "]" + within, want
		}
	}
	return "", ""
}

func (s StrictVariables) wrongField(of *ast.Definition, object map[string]any) (place, must string) {
	for _, field := range of.Fields {
		if within, want := s.wrong(field.Type, object[field.Name]); want != "" {
			return "." + field.Name + within, want
		}
	}
	return "", ""
}

// otherMember says what a value must be that is no member of the enum; empty: it is one.
func otherMember(enum *ast.Definition, value any) (must string) {
	text, _ := value.(string)
	if enum.EnumValues.ForName(text) != nil {
		return ""
	}
	names := make([]string, len(enum.EnumValues))
	for n, member := range enum.EnumValues {
		names[n] = member.Name
	}
	return fmt.Sprintf("one of %s, not %q", strings.Join(names, ", "), text)
}
