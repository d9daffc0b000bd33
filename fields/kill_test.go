package fields_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/chaos/chaostest"
	"jirasync/db"
	"jirasync/fields"
	"jirasync/query"
)

// The environment of the helper process: this test binary again, a server that dies at a statement.
const (
	killDatabase = "FIELDS_KILL_DATABASE"
	killAt       = "FIELDS_KILL_AT"      // the statement, counted from 1
	killRestore  = "FIELDS_KILL_RESTORE" // the backup to restore; none: a pass
)

// killer ends its process where the statement begins that it waits for.
type killer struct{ left atomic.Int64 }

func (k *killer) count() {
	if k.left.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // nothing more leaves this process
	}
}

func (k *killer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	k.count()
	return ctx
}

func (k *killer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	k.count()
	return ctx
}

func (*killer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData)     {}
func (*killer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*killer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

// workToBeKilled is the helper process. Its exit code is 0 when it came to the end of its work.
func workToBeKilled() int {
	ctx := context.Background()
	at, err := strconv.ParseInt(os.Getenv(killAt), 10, 64)
	if err != nil {
		return 1
	}
	k := &killer{}
	store, err := db.Open(ctx, db.Options{URL: os.Getenv(killDatabase), Mapper: fields.Map, Tracer: k})
	if err != nil {
		return 1
	}
	k.left.Store(at)
	if backup := os.Getenv(killRestore); backup != "" {
		id, err := strconv.ParseInt(backup, 10, 64)
		if err != nil {
			return 1
		}
		if _, err := store.RestoreMappings(ctx, id, nil, "dead"); err != nil {
			return 1
		}
	}
	worker := fields.NewWorker(store, "dead", func(context.Context, db.FieldMappingProgress) {}, slog.New(slog.DiscardHandler))
	if worker.Pass(ctx) != nil {
		return 1
	}
	return 0
}

// killed runs a helper until its n-th statement; false when it came to its end before.
func (s *site) killed(n int, restore string) bool {
	s.Helper()
	helper := exec.CommandContext(s.Context(), os.Args[0])
	helper.Env = append(os.Environ(), killDatabase+"="+s.url, killAt+"="+strconv.Itoa(n), killRestore+"="+restore)
	err := helper.Run()
	_, expired := s.conn.Exec(s.Context(), `UPDATE jira_sync.sync_leases SET expires_at = now() WHERE instance_id = $1`, db.MappingLease) // its time passes
	require.NoError(s, expired)
	if err == nil {
		return false
	}
	var exit *exec.ExitError
	require.True(s, errors.As(err, &exit) && !exit.Exited(), "the helper gave up by itself: %v", err)
	return true
}

// points are the statements to die at: a few of them in `make test`, every one in `make chaos`.
func points() (first, step int) {
	if chaostest.Long() {
		return 1, 1
	}
	return 2, 9
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
			if m.State != db.MappingReady && m.State != db.MappingRetired {
				return false
			}
		}
		return true
	}, time.Minute, 10*time.Millisecond)
}

// requireWhole: no column waits, and readers get what the mappings say.
func (s *site) requireWhole() {
	s.Helper()
	require.Zero(s, ask[int](s, `SELECT count(*) FROM jira_sync.field_mapping_columns WHERE state IN ('WANTED', 'FILLING')`))
	require.Zero(s, ask[int](s, `
SELECT count(*) FROM jira_sync.field_mappings m JOIN jira_sync.field_mapping_columns c ON c.column_id = m.read_column
WHERE m.field_type <> c.field_type OR m.sources <> c.sources OR c.state <> 'READY'`))
	require.Zero(s, ask[int](s, `
SELECT count(*) FROM pg_attribute
WHERE attrelid = 'jira_sync.jira_issue_fields'::regclass AND attnum > 0 AND NOT attisdropped AND attname LIKE 'm%'
  AND attname NOT IN (SELECT column_id FROM jira_sync.field_mapping_columns)`))
	require.Zero(s, ask[int](s, `
SELECT count(*) FROM jira_sync.jira_issues i LEFT JOIN jira_sync.jira_issue_fields f USING (issue_id) WHERE f.issue_id IS NULL`))
}

func TestServerKilledAtAnyStatementIsFollowedByOneThatFinishes(t *testing.T) {
	s := newSite(t, 1050) // more than one batch
	spec := s.both("points", "Story Points", query.NumberField)
	want := map[query.ValueType]map[int64]string{
		query.NumberField: s.truth(spec, func(raw json.RawMessage) string { return string(raw) }),
		query.TextField:   s.truth(spec, func(raw json.RawMessage) string { return strconv.Quote(string(raw)) }),
	}
	m := s.save(spec)
	before := map[int64]string{}
	outcome := chaostest.Outcome{Fault: "kill -9 at a statement while a column is filled"}
	defer func() { chaostest.Report(t, outcome) }()
	first, step := points()
	for n := first; s.killed(n, ""); n += step {
		outcome.Times++
		began := time.Now()
		if len(before) > 0 { // a column replaced or not, but never one that is half filled
			require.Contains(t, []any{before, want[m.Type]}, any(s.column("points")), "after statement %d", n)
		}
		s.passUntilReady()
		s.requireWhole()
		outcome.Recovery = max(outcome.Recovery, time.Since(began))
		before = s.column("points")
		outcome.Stale += unequal(want[m.Type], before)
		require.Equal(t, want[m.Type], before, "after statement %d", n)
		_, err := s.conn.Exec(t.Context(), `UPDATE jira_sync.field_mapping_columns SET drop_after = now() WHERE state = 'OLD'`)
		require.NoError(t, err)
		m = s.change(s.mapping(m.MappingID), func(spec *db.MappingSpec) {
			spec.Type = map[query.ValueType]query.ValueType{query.NumberField: query.TextField, query.TextField: query.NumberField}[spec.Type]
		})
	}
}

// unequal counts the issues whose value is not as it should be.
func unequal(want, got map[int64]string) (count int) {
	for id, value := range want {
		if found, here := got[id]; !here || found != value {
			count++
		}
	}
	for id := range got {
		if _, known := want[id]; !known {
			count++
		}
	}
	return count
}

func TestRestoreKilledAtAnyStatementIsWholeOrNot(t *testing.T) {
	s := newSite(t, 60)
	number, severity := s.save(s.both("points", "Story Points", query.NumberField)), s.save(s.both("severity", "Severity", query.TextField))
	s.pass()
	want := s.column("points")
	good, err := s.store.BackUpMappings(t.Context(), "good", "ann")
	require.NoError(t, err)
	s.change(s.mapping(number.MappingID), func(spec *db.MappingSpec) { spec.Name, spec.Type = "story_points", query.TextField })
	_, err = s.store.RetireMapping(t.Context(), severity.MappingID, "ann")
	require.NoError(t, err)
	s.save(s.both("team", "Team", query.TextField))
	s.pass()
	changed, err := s.store.BackUpMappings(t.Context(), "changed", "ann")
	require.NoError(t, err)
	outcome := chaostest.Outcome{Fault: "kill -9 at a statement while mappings are restored"}
	defer func() { chaostest.Report(t, outcome) }()
	first, step := points()
	for n := first; s.killed(n, strconv.FormatInt(good.BackupID, 10)); n += step {
		outcome.Times++
		began := time.Now()
		after, err := s.store.MappingDifferences(t.Context(), good)
		require.NoError(t, err)
		unchanged, err := s.store.MappingDifferences(t.Context(), changed)
		require.NoError(t, err)
		require.True(t, len(unchanged) == 0 || len(after) == 0, "statement %d left %v", n, after)
		s.passUntilReady()
		s.requireWhole()
		outcome.Recovery = max(outcome.Recovery, time.Since(began))
		if len(unchanged) > 0 {
			outcome.Stale += unequal(want, s.column("points"))
			require.Equal(t, want, s.column("points"))
		}
		_, err = s.store.RestoreMappings(t.Context(), changed.BackupID, nil, "ann")
		require.NoError(t, err)
		s.passUntilReady()
	}
}
