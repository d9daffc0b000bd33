package query

import (
	"math"
	"strconv"
)

// Aggregate is a figure over the issues of a group.
type Aggregate string

// The aggregates.
const (
	Sum        Aggregate = "sum"
	Average    Aggregate = "avg"
	Minimum    Aggregate = "min"
	Maximum    Aggregate = "max"
	Percentile Aggregate = "percentile"
)

// Measure is an aggregate over a field: a mapped one by name, or one of an issue's own.
type Measure struct {
	Of    Aggregate
	Field string
	P     float64 // of Percentile, 0 to 100
}

// The issue's own fields that can be measured. Moments have a first and a last, no sum.
const (
	measureTimeSpent = "TIME_SPENT_SECONDS"
	measureLead      = "LEAD_SECONDS"
	measureCreated   = "CREATED"
	measureUpdated   = "UPDATED"
	measureResolved  = "RESOLVED"
	measureDue       = "DUE"
)

// measured is a measure that has been understood.
type measured struct {
	Measure
	expr   string // of the value, on the alias i
	kind   ValueType
	column *Column // nil: an issue's own
}

// understand finds the field of a measure and checks that it can be measured so.
func (m Measure) understand(columns *Columns) (measured, error) {
	known := measured{Measure: m, kind: NumberField}
	switch m.Field {
	case measureTimeSpent:
		known.expr = "i.time_spent_seconds::numeric"
	case measureLead:
		known.expr = "extract(epoch FROM i.resolved_at - i.created_at)"
	case measureCreated:
		known.expr, known.kind = "i.created_at", TimeField
	case measureUpdated:
		known.expr, known.kind = "i.updated_at", TimeField
	case measureResolved:
		known.expr, known.kind = "i.resolved_at", TimeField
	case measureDue:
		known.expr, known.kind = "i.due_date", DateField
	default:
		column, err := columns.Named(m.Field)
		if err != nil {
			return measured{}, inputErrorf("%s: %s; an issue's own are %s and %s, and for min and max CREATED, UPDATED, RESOLVED and DUE",
				m.Of, err.Error(), measureTimeSpent, measureLead)
		}
		known.expr, known.kind, known.column = "i."+column.ID, column.Type, &column
	}
	return known, known.check()
}

func (m measured) check() error {
	if m.Of == Percentile && (math.IsNaN(m.P) || m.P < 0 || m.P > 100) {
		return inputErrorf("percentile: p is %s, it must be 0 to 100", strconv.FormatFloat(m.P, 'g', -1, 64))
	}
	extreme := m.Of == Minimum || m.Of == Maximum
	if m.kind == NumberField || extreme && m.kind.Ordered() && m.kind != BooleanField {
		return nil
	}
	if extreme {
		return inputErrorf("%s: the field %s is %s, which has no order", m.Of, m.Field, m.kind)
	}
	return inputErrorf("%s: the field %s is %s, not a number", m.Of, m.Field, m.kind)
}

// sql is the aggregate as JSON, or null where no issue of the group has a value.
func (m measured) sql(w *writer) string {
	switch m.Of {
	case Sum, Average:
		return "trim_scale(" + string(m.Of) + "(" + m.expr + "))::text"
	case Percentile: // of doubles, within which a numeric need not fit
		clamped := "CASE WHEN " + m.expr + " IS NOT NULL THEN least(greatest(" + m.expr + ", -1e307), 1e307)::float8 END"
		return "percentile_cont(" + w.arg(m.P/100) + "::float8) WITHIN GROUP (ORDER BY " + clamped + ")::text"
	case Minimum, Maximum:
		value := string(m.Of) + "(" + m.expr + ")"
		if m.kind == NumberField {
			return "trim_scale(" + value + ")::text"
		}
		return "to_json(" + value + ")::text"
	}
	panic("query: unknown aggregate") // the constants above are all there are
}
