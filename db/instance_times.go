package db

import (
	"context"
	"fmt"
)

// TimesRead is how an instance reads times in JQL, as it was found out.
type TimesRead struct {
	Reading string // INSTANTS or WALL_CLOCK; empty: it was not found out yet
	For     string // the server, release and account zone that it holds for
}

// TimesRead returns what is known of how an instance reads times.
func (s *Store) TimesRead(ctx context.Context, instance int) (t TimesRead, err error) {
	err = s.pool.QueryRow(ctx, `
SELECT coalesce(times_read, ''), coalesce(times_read_for, '') FROM jira_sync.jira_instances WHERE instance_id = $1`,
		instance).Scan(&t.Reading, &t.For)
	if err != nil {
		return TimesRead{}, fmt.Errorf("read how instance %d reads times: %w", instance, err)
	}
	return t, nil
}

// SaveTimesRead remembers it.
func (s *Store) SaveTimesRead(ctx context.Context, instance int, t TimesRead) error {
	_, err := s.pool.Exec(ctx, `
UPDATE jira_sync.jira_instances SET times_read = $2, times_read_for = $3 WHERE instance_id = $1`,
		instance, t.Reading, *storable(&t.For))
	if err != nil {
		return fmt.Errorf("save how instance %d reads times: %w", instance, err)
	}
	return nil
}
