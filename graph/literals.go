package graph

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// Rules are those of GraphQL, and that a number within JSON means what is written.
func Rules() *rules.Rules {
	all := rules.NewDefaultRules()
	all.AddRule("ExactNumbers", exactNumbers)
	return all
}

// exactNumbers refuses numbers that the library rounds, or cannot read, in the text of an operation.
// In quotes, and in variables, they keep their digits.
func exactNumbers(seen *core.Events, fail core.AddErrFunc) {
	seen.OnValue(func(_ *core.Walker, value *ast.Value) {
		if value.Definition == nil || value.Definition.Name != "JSON" {
			return
		}
		if number := inexact(value); number != nil {
			fail(core.Message("%s has more digits than a number in the text of an operation keeps: write it in quotes, or send it in a variable", shortened(number.Raw)),
				core.At(number.Position))
		}
	})
}

// inexact finds a number that is not what is written. Members with a type of their own are seen by themselves.
func inexact(value *ast.Value) *ast.Value {
	switch value.Kind {
	case ast.IntValue:
		if _, err := strconv.ParseInt(value.Raw, 10, 64); err != nil {
			return value
		}
	case ast.FloatValue:
		if !keepsDigits(value.Raw) {
			return value
		}
	case ast.ListValue, ast.ObjectValue:
		for _, member := range value.Children {
			if member.Value.Definition != nil {
				continue
			}
			if found := inexact(member.Value); found != nil {
				return found
			}
		}
	case ast.Variable, ast.StringValue, ast.BlockValue, ast.BooleanValue, ast.NullValue, ast.EnumValue:
	}
	return nil
}

// floatDigits is how many digits a number of 64 bits keeps, whichever they are.
const floatDigits = 15

// smallestFloat is the least number that has them.
const smallestFloat = 0x1p-1022

func keepsDigits(literal string) bool {
	number, err := strconv.ParseFloat(literal, 64)
	digits, _, _ := strings.Cut(strings.ToLower(literal), "e")
	digits = strings.Trim(strings.NewReplacer("-", "", ".", "").Replace(digits), "0")
	return err == nil && len(digits) <= floatDigits && (digits == "" || math.Abs(number) >= smallestFloat)
}

// shortened keeps a message about a long number short.
func shortened(literal string) string {
	const most = 80
	if len(literal) <= most {
		return literal
	}
	return fmt.Sprintf("%s... (%d characters)", literal[:most], len(literal))
}
