package query

import "encoding/json"

// FieldCondition asks of a mapped field. Every member that is given must hold.
type FieldCondition struct {
	Name             string
	Eq, Ne           json.RawMessage
	In               []json.RawMessage // nil: not asked
	Gt, Gte, Lt, Lte json.RawMessage
	Contains         *string
	IsNull           *bool
}

// mapped turns a condition on a mapped field into the tree's.
func (r *filterReader) mapped(f *FieldCondition) []Cond {
	column, err := r.columns.Named(f.Name)
	if err != nil {
		r.fail(err)
		return nil
	}
	var all []Cond
	if f.Eq != nil {
		all = append(all, Mapped{column, Equals, r.mappedValues(column, f.Eq)})
	}
	if f.Ne != nil {
		all = append(all, Not{Mapped{column, Equals, r.mappedValues(column, f.Ne)}})
	}
	if f.In != nil {
		all = append(all, Mapped{column, Equals, r.mappedValues(column, f.In...)})
	}
	for _, bound := range []struct {
		value json.RawMessage
		op    Compare
	}{{f.Gt, More}, {f.Gte, AtLeast}, {f.Lt, Less}, {f.Lte, AtMost}} {
		if bound.value == nil {
			continue
		}
		if !column.Type.Ordered() || column.Type == BooleanField {
			r.fail(inputErrorf("the field %s is %s, which has no order: use eq, ne, in or isNull", column.Name, column.Type))
			return nil
		}
		all = append(all, Mapped{column, bound.op, r.mappedValues(column, bound.value)})
	}
	if f.Contains != nil {
		if t := column.Type; t != TextField && t != TextListField && t != JSONField {
			r.fail(inputErrorf("the field %s is %s: contains asks of a text", column.Name, t))
			return nil
		}
		all = append(all, Mapped{column, Holds, []string{r.pattern(column.Name, *f.Contains)}})
	}
	if f.IsNull != nil {
		all = append(all, negateUnless(*f.IsNull, MappedEmpty{column}))
	}
	return all
}

func (r *filterReader) mappedValues(column Column, raw ...json.RawMessage) []string {
	if len(raw) > r.limits.InList {
		r.fail(&LimitError{What: "values in the list of " + column.Name, Got: len(raw), Limit: r.limits.InList})
		return nil
	}
	values := make([]string, len(raw))
	for i, each := range raw {
		var err error
		if values[i], err = column.value(each); err != nil {
			r.fail(err)
		}
	}
	return values
}
