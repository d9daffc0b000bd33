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
	stats := &IssueStats{}
	err := s.read(ctx, readStatement{Statement: q.SQL(), rows: func(rows pgx.Rows) error {
		var versions string
		keys := make([]*string, q.Dimensions())
		var count *int
		targets := []any{&versions, &stats.Total, &count}
		for n := range keys {
			targets = append(targets, &keys[n])
		}
		for rows.Next() {
			if err := rows.Scan(targets...); err != nil {
				return err
			}
			if count != nil {
				stats.Groups = append(stats.Groups, IssueGroup{Keys: jsonTexts(keys), Count: *count})
			}
		}
		return depend(ctx, versions)
	}})
	if err != nil {
		return nil, fmt.Errorf("count issues: %w", err)
	}
	if stats.Truncated = len(stats.Groups) > q.Limit(); stats.Truncated {
		stats.Groups = stats.Groups[:q.Limit()]
	}
	return stats, nil
}

func jsonTexts(texts []*string) []json.RawMessage {
	values := make([]json.RawMessage, len(texts))
	for n, text := range texts {
		if text != nil {
			values[n], _ = json.Marshal(*text) // a string always can
		}
	}
	return values
}
