package fields_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest"
	"jirasync/fields"
	"jirasync/jira"
	"jirasync/jirasim"
	"jirasync/jobs"
	"jirasync/mirror"
	"jirasync/query"
)

func TestMain(m *testing.M) {
	if os.Getenv(killDatabase) != "" {
		os.Exit(workToBeKilled())
	}
	dbtest.Main(m)
}

// site is two simulated Jiras, their mirror, and a worker on its mapped columns.
type site struct {
	*testing.T
	store     *db.Store
	conn      *pgx.Conn
	url       string
	sims      [2]*jirasim.Sim
	jiras     [2]string // their addresses
	instances [2]mirror.Instance
	engine    *mirror.Engine
	worker    *fields.Worker
	mu        sync.Mutex
	told      []db.FieldMappingProgress
}

func newSite(t *testing.T, issues int) *site {
	t.Helper()
	t.Parallel()
	return newSiteAlone(t, issues)
}

// newSiteAlone is for a test that keeps both processors busy: no other of the package runs beside it.
func newSiteAlone(t *testing.T, issues int) *site {
	t.Helper()
	s := &site{T: t, url: dbtest.New(t)}
	s.store = s.open()
	var err error
	s.conn, err = pgx.Connect(t.Context(), s.url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.conn.Close(context.WithoutCancel(t.Context())) })
	var rows []db.InstanceRow
	for i, o := range []jirasim.Options{{Flavor: jirasim.Cloud, Name: "north"}, {Flavor: jirasim.DataCenter, Name: "south"}} {
		o.Issues, o.Seed = issues, 7
		s.sims[i], err = jirasim.New(o)
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.sims[i].Close() })
		server := httptest.NewServer(s.sims[i].Handler())
		t.Cleanup(server.Close)
		s.jiras[i] = server.URL
		client, err := jira.New(jira.Config{Name: o.Name, Number: i + 1, URL: server.URL, Token: "any"})
		require.NoError(t, err)
		t.Cleanup(client.Close)
		s.instances[i] = mirror.Instance{ID: i + 1, Name: o.Name, Client: client, Concurrency: 2}
		rows = append(rows, db.InstanceRow{ID: i + 1, Name: o.Name, URL: server.URL})
	}
	require.NoError(t, s.store.ConfigureInstances(t.Context(), rows))
	require.NoError(t, s.store.SeedSyncConfig(t.Context(), time.Hour, time.Hour))
	s.engine = mirror.NewEngine(s.store, func(context.Context, db.Progress) {}, slog.New(slog.DiscardHandler))
	s.sync(db.Full)
	s.worker = s.newWorker(s.store)
	return s
}

func (s *site) open() *db.Store {
	s.Helper()
	store, err := db.Open(s.Context(), db.Options{URL: s.url, Mapper: fields.Map})
	require.NoError(s, err)
	s.Cleanup(store.Close)
	return store
}

func (s *site) newWorker(store *db.Store) *fields.Worker {
	return fields.NewWorker(store, "test", func(_ context.Context, p db.FieldMappingProgress) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.told = append(s.told, p)
	}, slog.New(slog.DiscardHandler))
}

// sync runs both instances.
func (s *site) sync(mode db.Mode) {
	s.Helper()
	settings, err := s.store.SyncConfig(s.Context())
	require.NoError(s, err)
	for _, in := range s.instances {
		order := mirror.Order{Instance: in, Run: db.Run{Mode: mode}, Settings: settings}
		run, err := jobs.Foreground(s.Context(), s.store, s.engine, order, "test", func(error) {})
		require.NoError(s, err)
		require.Equal(s, db.Succeeded, run.State, "%v", run.Error)
	}
}

// field is the id of the n-th field of a name in an instance.
func (s *site) field(instance int, name string) db.FieldSource {
	s.Helper()
	var id string
	err := s.conn.QueryRow(s.Context(), `
SELECT field_id FROM jira_sync.jira_field_cache WHERE instance_id = $1 AND name = $2 ORDER BY field_id LIMIT 1`, instance, name).Scan(&id)
	require.NoError(s, err, "the field %s of instance %d", name, instance)
	return db.FieldSource{InstanceID: instance, FieldID: id}
}

func (s *site) both(name, field string, kind query.ValueType) db.MappingSpec {
	s.Helper()
	return db.MappingSpec{Name: name, Label: field, Type: kind, Sources: []db.FieldSource{s.field(1, field), s.field(2, field)}}
}

func (s *site) save(spec db.MappingSpec) db.FieldMapping {
	s.Helper()
	m, err := s.store.SaveMapping(s.Context(), db.MappingSave{MappingSpec: spec}, "ann")
	require.NoError(s, err)
	return m
}

func (s *site) change(m db.FieldMapping, change func(*db.MappingSpec)) db.FieldMapping {
	s.Helper()
	spec := m.Spec()
	change(&spec)
	m, err := s.store.SaveMapping(s.Context(), db.MappingSave{MappingSpec: spec, ID: m.MappingID, Version: m.Version}, "ann")
	require.NoError(s, err)
	return m
}

func (s *site) pass() {
	s.Helper()
	require.NoError(s, s.worker.Pass(s.Context()))
}

func (s *site) mapping(id int) db.FieldMapping {
	s.Helper()
	m, err := s.store.FieldMapping(s.Context(), id)
	require.NoError(s, err)
	return m
}

// column reads a column of jira_issues_v2, by issue_id, as JSON text.
func (s *site) column(name string) map[int64]string {
	s.Helper()
	rows, err := s.conn.Query(s.Context(), fmt.Sprintf(`SELECT issue_id, to_json(%s)::text FROM jira_sync.jira_issues_v2`, pgx.Identifier{name}.Sanitize()))
	require.NoError(s, err)
	values := map[int64]string{}
	var id int64
	var value *string
	_, err = pgx.ForEachRow(rows, []any{&id, &value}, func() error {
		if value != nil {
			values[id] = *value
		}
		return nil
	})
	require.NoError(s, err)
	return values
}

// truth is what the simulators say of a mapping's sources, by issue_id, where they say anything.
func (s *site) truth(spec db.MappingSpec, read func(raw json.RawMessage) string) map[int64]string {
	s.Helper()
	values := map[int64]string{}
	for _, source := range spec.Sources {
		sim := s.sims[source.InstanceID-1]
		for id := range sim.Live {
			var document map[string]json.RawMessage
			require.NoError(s, json.Unmarshal(sim.Fields(id), &document))
			raw := document[source.FieldID]
			if raw == nil || string(raw) == "null" || string(raw) == "[]" {
				continue
			}
			values[db.IssueID(source.InstanceID, id)] = read(raw)
		}
	}
	return values
}

func ask[V any](s *site, query string, args ...any) (value V) {
	s.Helper()
	require.NoError(s, s.conn.QueryRow(s.Context(), query, args...).Scan(&value), query)
	return value
}
