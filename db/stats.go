package db

import (
	"encoding/json"

	"jirasync/query"
)

// IssueStats are counts over a set of issues.
type IssueStats struct {
	Total     int
	Groups    []IssueGroup
	Truncated bool // more groups exist than were asked for
}

// IssueGroup is one group and its size.
type IssueGroup struct {
	Keys  []json.RawMessage // one for each dimension; nil for issues without one
	Count int

	measures map[query.Measure]json.RawMessage // those without a value are absent
}

// Sum adds up the field's values; null where no issue has one. Like the others it must have been
// asked for by [query.IssueStats].
func (g IssueGroup) Sum(field string) json.RawMessage {
	return g.measures[query.Measure{Of: query.Sum, Field: field}]
}

// Avg is the mean of the field's values.
func (g IssueGroup) Avg(field string) json.RawMessage {
	return g.measures[query.Measure{Of: query.Average, Field: field}]
}

// Min is the smallest of the field's values.
func (g IssueGroup) Min(field string) json.RawMessage {
	return g.measures[query.Measure{Of: query.Minimum, Field: field}]
}

// Max is the largest of the field's values.
func (g IssueGroup) Max(field string) json.RawMessage {
	return g.measures[query.Measure{Of: query.Maximum, Field: field}]
}

// Percentile is the value below which p of a hundred values lie, between two where needed.
func (g IssueGroup) Percentile(field string, p float64) json.RawMessage {
	return g.measures[query.Measure{Of: query.Percentile, Field: field, P: p}]
}
