package fields_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/fields"
	"jirasync/query"
)

// crash lets a worker begin and cuts all of its connections after a while, as a dead server's are.
// The lease it leaves behind is taken to have ended.
func (s *site) crash(after time.Duration) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	store, err := db.Open(ctx, db.Options{URL: s.url, Mapper: fields.Map})
	require.NoError(s, err)
	defer store.Close()
	worker := fields.NewWorker(store, "dead", func(context.Context, db.FieldMappingProgress) {}, slog.New(slog.DiscardHandler))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = worker.Pass(ctx) // it fails, or it was faster
	}()
	select {
	case <-time.After(after):
	case <-done:
	}
	_, err = s.conn.Exec(s.Context(), `
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`)
	require.NoError(s, err)
	cancel()
	<-done
	_, err = s.conn.Exec(s.Context(), `UPDATE jira_sync.sync_leases SET expires_at = now() WHERE instance_id = $1`, db.MappingLease)
	require.NoError(s, err)
	s.store = s.open() // the connections of the others are cut as well
	s.worker = s.newWorker(s.store)
}

func TestDeathAtAnyPointLeavesNothingHalf(t *testing.T) {
	s := newSite(t, 1500)
	specs := []db.MappingSpec{
		s.both("points", "Story Points", query.NumberField), s.both("severity", "Severity", query.TextField),
		s.both("region", "Region", query.TextField),
	}
	for _, spec := range specs {
		s.save(spec)
	}
	for range 6 { // columns are made and filled
		s.crash(time.Duration(rand.IntN(60)) * time.Millisecond)
	}
	s.passUntilReady()
	points := specs[0]
	want := s.truth(points, func(raw json.RawMessage) string { return string(raw) })
	require.Equal(t, want, s.column("points"))

	// A restore, and the change of a type, are cut off likewise.
	backup, err := s.store.BackUpMappings(t.Context(), "before", "ann")
	require.NoError(t, err)
	mappings, err := s.store.FieldMappings(t.Context())
	require.NoError(t, err)
	for _, m := range mappings {
		s.change(m, func(spec *db.MappingSpec) { spec.Type = query.TextListField })
	}
	for range 3 {
		s.crash(time.Duration(rand.IntN(60)) * time.Millisecond)
	}
	_, err = s.store.RestoreMappings(t.Context(), backup.BackupID, nil, "ann")
	require.NoError(t, err)
	for range 3 {
		s.crash(time.Duration(rand.IntN(60)) * time.Millisecond)
	}
	s.passUntilReady()
	require.Equal(t, want, s.column("points"))
	require.Equal(t, 0, ask[int](s, `SELECT count(*) FROM jira_sync.field_mapping_columns WHERE state IN ('WANTED', 'FILLING')`))
	require.Equal(t, 0, ask[int](s, `
SELECT count(*) FROM jira_sync.field_mappings m JOIN jira_sync.field_mapping_columns c ON c.column_id = m.read_column
WHERE m.field_type <> c.field_type OR m.sources <> c.sources`))
	require.Equal(t, 0, ask[int](s, `SELECT count(*) FROM jira_sync.jira_issues i LEFT JOIN jira_sync.jira_issue_fields f USING (issue_id) WHERE f.issue_id IS NULL`))
}

// passUntilReady is the next server.
func (s *site) passUntilReady() {
	s.Helper()
	require.Eventually(s, func() bool {
		if s.worker.Pass(s.Context()) != nil {
			return false
		}
		mappings, err := s.store.FieldMappings(s.Context())
		if err != nil {
			return false
		}
		for _, m := range mappings {
			if m.State != db.MappingReady {
				return false
			}
		}
		return true
	}, time.Minute, 10*time.Millisecond)
}

// Pages that land while a column is made and filled are not overwritten by what the fill has read
// before them.
func TestPagesAndFillsAtOnceEndInTheTruth(t *testing.T) {
	s := newSite(t, 400)
	spec := s.both("points", "Story Points", query.NumberField)
	m := s.save(spec)
	types := []query.ValueType{query.TextField, query.NumberField, query.TextListField, query.NumberField}
	stop := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := s.worker.Pass(s.Context()); err != nil {
				done <- err
				return
			}
		}
	}()
	for _, kind := range types {
		s.sims[0].Touch(60)
		s.sims[1].Touch(60)
		s.sync(db.Incremental)
		m = s.change(s.mapping(m.MappingID), func(spec *db.MappingSpec) { spec.Type = kind })
		s.sims[0].Touch(60)
		s.sync(db.Incremental)
	}
	close(stop)
	require.NoError(t, <-done)
	s.passUntilReady()
	require.Equal(t, s.truth(spec, func(raw json.RawMessage) string { return string(raw) }), s.column("points"))
}
