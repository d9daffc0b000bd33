package db

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"jirasync/query"
)

// IssueStats counts issues.
func (s *Store) IssueStats(ctx context.Context, q *query.Stats) (*IssueStats, error) {
	s.noteUse(ctx, q.Mapped())
	others, err := s.similar(ctx, q.Words())
	if err != nil {
		return nil, fmt.Errorf("count issues: %w", err)
	}
	q = q.Instead(others)
	stats := &IssueStats{}
	types := q.Keys()
	measures, kinds := q.Measures()
	err = s.read(ctx, readStatement{Statement: q.SQL(), rows: func(rows pgx.Rows) error {
		var versions string
		keys, figures := make([]*string, q.Dimensions()), make([]*string, len(measures))
		var count *int
		targets := []any{&versions, &stats.Total, &stats.Truncated, &count}
		for n := range keys {
			targets = append(targets, &keys[n])
		}
		for n := range figures {
			targets = append(targets, &figures[n])
		}
		for rows.Next() {
			if err := rows.Scan(targets...); err != nil {
				return err
			}
			if count != nil {
				group := IssueGroup{Keys: groupKeys(keys, types), Count: *count}
				group.measure(measures, kinds, figures)
				stats.Groups = append(stats.Groups, group)
			}
		}
		return depend(ctx, versions)
	}})
	if isCode(err, "22023") { // of all that is asked, only the zone is looked up by PostgreSQL
		err = q.NoZone()
	}
	if err != nil {
		return nil, fmt.Errorf("count issues: %w", err)
	}
	return stats, nil
}

// groupKeys writes keys as JSON: numbers and booleans of mapped fields as such, all else as text.
func groupKeys(texts []*string, types []query.ValueType) []json.RawMessage {
	values := make([]json.RawMessage, len(texts))
	for n, text := range texts {
		switch {
		case text == nil:
		case types[n] == query.NumberField || types[n] == query.NumberListField || types[n] == query.BooleanField:
			values[n] = json.RawMessage(*text)
		default:
			values[n], _ = json.Marshal(*text) // a string always can
		}
	}
	return values
}

func (g *IssueGroup) measure(measures []query.Measure, types []query.ValueType, figures []*string) {
	if len(measures) > 0 {
		g.measures = make(map[query.Measure]json.RawMessage, len(measures))
	}
	for n, figure := range figures {
		if figure == nil {
			continue
		}
		value := json.RawMessage(*figure)
		if types[n] == query.TimeField {
			value = utc(value)
		}
		g.measures[measures[n]] = value
	}
}
