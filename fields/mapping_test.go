package fields_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/query"
)

// read parses what the simulators wrote, in the test's own way.
func read[T any](t *testing.T, give func(T) any) func(json.RawMessage) string {
	return func(raw json.RawMessage) string {
		var value T
		require.NoError(t, json.Unmarshal(raw, &value), string(raw))
		text, err := json.Marshal(give(value))
		require.NoError(t, err)
		return strings.NewReplacer(`\u0026`, "&").Replace(string(text))
	}
}

type choice struct {
	Value string  `json:"value"`
	Child *choice `json:"child"`
}

// sprint is an object with a name, or what Data Center's toString makes of one: the name is followed
// by the start or by the goal.
type sprint struct{ name string }

var sprintName = regexp.MustCompile(`(?s)[\[,]name=(.*?),(?:startDate|goal)=`)

func (s *sprint) UnmarshalJSON(raw []byte) error {
	if raw[0] == '{' {
		var object struct{ Name string }
		err := json.Unmarshal(raw, &object)
		s.name = object.Name
		return err
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	found := sprintName.FindStringSubmatch(text)
	if found == nil {
		return fmt.Errorf("%q names no sprint", text)
	}
	s.name = found[1]
	return nil
}

// either is a text, or an object with a value.
type either struct{ text string }

func (e *either) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &e.text)
	}
	var c choice
	err := json.Unmarshal(raw, &c)
	e.text = c.Value
	return err
}

func TestColumnsHoldWhatBothJirasSay(t *testing.T) {
	s := newSite(t, 150)
	specs := map[string]struct {
		spec  db.MappingSpec
		truth func(json.RawMessage) string
	}{
		"story points": {s.both("story_points", "Story Points", query.NumberField), func(raw json.RawMessage) string { return string(raw) }},
		"team":         {s.both("team", "Team", query.TextField), read(t, func(e either) any { return e.text })},
		"severity":     {s.both("severity", "Severity", query.TextField), read(t, func(c choice) any { return c.Value })},
		"target date":  {s.both("target_date", "Target Date", query.DateField), read(t, func(text string) any { return text[:10] })},
		"region": {s.both("region", "Region", query.TextField), read(t, func(c choice) any {
			if c.Child != nil {
				return c.Value + " / " + c.Child.Value
			}
			return c.Value
		})},
		"sprint": {s.both("sprint", "Sprint", query.TextListField), read(t, func(list []sprint) any {
			names := make([]string, len(list))
			for n := range list {
				names[n] = list[n].name
			}
			return names
		})},
		"reviewers": {s.both("reviewer", "Reviewer", query.TextField), read(t, func(u struct{ DisplayName string }) any { return u.DisplayName })},
	}
	for _, each := range specs {
		s.save(each.spec)
	}
	s.pass()
	check := func() {
		for name, each := range specs {
			got := s.column(each.spec.Name)
			require.NotEmpty(t, got, name)
			require.Equal(t, s.truth(each.spec, each.truth), got, name)
		}
	}
	check()
	mappings, err := s.store.FieldMappings(t.Context())
	require.NoError(t, err)
	for _, m := range mappings {
		require.Equal(t, db.MappingReady, m.State, m.Name)
	}
	// Pages that land afterwards fill the columns by themselves.
	s.sims[0].Touch(30)
	s.sims[1].Touch(30)
	s.sync(db.Incremental)
	check()
}

func TestSprintsHaveTheNamesOfTheMirror(t *testing.T) {
	s := newSite(t, 100)
	s.save(s.both("sprint", "Sprint", query.TextListField))
	s.pass()
	require.Equal(t, 0, ask[int](s, `
SELECT count(*) FROM jira_sync.jira_issues i JOIN jira_sync.jira_issues_v2 v USING (issue_id)
WHERE coalesce(v.sprint, '{}') IS DISTINCT FROM coalesce((
    SELECT array_agg(s.name ORDER BY u.n) FROM unnest(i.sprint_ids) WITH ORDINALITY AS u (id, n)
    JOIN jira_sync.jira_sprints s ON s.instance_id = i.instance_id AND s.sprint_id = u.id), '{}')`))
	require.Positive(t, ask[int](s, `SELECT count(sprint) FROM jira_sync.jira_issues_v2`))
}

func TestOtherTypeTakesThePlaceOfTheFirstAtOnce(t *testing.T) {
	s := newSite(t, 60)
	m := s.save(s.both("story_points", "Story Points", query.NumberField))
	s.pass()
	before := s.mapping(m.MappingID)
	m = s.change(before, func(spec *db.MappingSpec) { spec.Type = query.TextField })
	require.Equal(t, db.MappingPending, m.State)
	columns, err := s.store.Columns(t.Context())
	require.NoError(t, err)
	column, err := columns.Named("story_points")
	require.NoError(t, err)
	require.Equal(t, query.NumberField, column.Type, "the first column answers until the other is filled")
	s.pass()
	require.Equal(t, "text", ask[string](s, `
SELECT data_type::text FROM information_schema.columns WHERE table_schema = 'jira_sync' AND table_name = 'jira_issues_v2' AND column_name = 'story_points'`))
	version, err := s.store.MappingVersion(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.store.FollowMappings(t.Context(), version))
	columns, err = s.store.Columns(t.Context())
	require.NoError(t, err)
	column, err = columns.Named("story_points")
	require.NoError(t, err)
	require.Equal(t, query.TextField, column.Type)

	// Back again: the column that was left is still up to date.
	m = s.change(s.mapping(m.MappingID), func(spec *db.MappingSpec) { spec.Type = query.NumberField })
	s.pass()
	require.Equal(t, *before.ReadColumn, *s.mapping(m.MappingID).ReadColumn)
	require.Equal(t, s.truth(before.Spec(), func(raw json.RawMessage) string { return string(raw) }), s.column("story_points"))
}

func TestRenamedMappingKeepsItsFormerName(t *testing.T) {
	s := newSite(t, 40)
	m := s.save(s.both("points", "Story Points", query.NumberField))
	s.pass()
	want := s.column("points")
	m = s.change(s.mapping(m.MappingID), func(spec *db.MappingSpec) { spec.Name = "story_points" })
	require.Equal(t, []string{"points"}, m.Aliases)
	require.Equal(t, db.MappingReady, m.State)
	s.pass()
	require.Equal(t, want, s.column("story_points"))
	require.NoError(t, s.store.FollowMappings(t.Context(), 1<<40))
	columns, err := s.store.Columns(t.Context())
	require.NoError(t, err)
	former, err := columns.Named("points")
	require.NoError(t, err)
	require.Equal(t, "story_points", former.Name)
	require.Equal(t, want, s.column("points"), "in SQL as well")
	require.Equal(t, "Deprecated: it is story_points now.", ask[string](s, `
SELECT col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'jira_sync.jira_issues_v2'::regclass AND attname = 'points'`))
	spec := m.Spec()
	spec.Name = "points"
	_, err = s.store.SaveMapping(t.Context(), db.MappingSave{MappingSpec: spec}, "ann")
	require.ErrorContains(t, err, "former name of the mapping story_points")

	_, err = s.store.RetireMapping(t.Context(), m.MappingID, "ann")
	require.NoError(t, err)
	_, err = s.conn.Exec(t.Context(), "CREATE VIEW public.old_report AS SELECT points FROM jira_sync.jira_issues_v2")
	require.NoError(t, err)
	require.ErrorContains(t, s.store.PurgeMapping(t.Context(), m.MappingID, "story_points", "ann"), "public.old_report")
	_, err = s.conn.Exec(t.Context(), "DROP VIEW public.old_report")
	require.NoError(t, err)
	require.NoError(t, s.store.PurgeMapping(t.Context(), m.MappingID, "story_points", "ann"))
	s.pass()
	require.Equal(t, 0, ask[int](s, `SELECT count(*) FROM information_schema.columns WHERE table_name = 'jira_issues_v2' AND column_name LIKE '%points'`))
	s.save(spec) // the name is free again
}

func TestViewBuiltOnAColumnHoldsUpItsChangeAlone(t *testing.T) {
	s := newSite(t, 40)
	points := s.save(s.both("points", "Story Points", query.NumberField))
	s.pass()
	want := s.column("points")
	_, err := s.conn.Exec(t.Context(), "CREATE VIEW public.report AS SELECT issue_key, points FROM jira_sync.jira_issues_v2")
	require.NoError(t, err)
	points = s.change(s.mapping(points.MappingID), func(spec *db.MappingSpec) { spec.Type = query.TextField })
	s.pass()
	points = s.mapping(points.MappingID)
	require.Equal(t, db.MappingHasError, points.State)
	require.Contains(t, *points.Error, "view report depends on")
	require.Equal(t, want, s.column("points"), "who reads it has what was there before")

	severity := s.save(s.both("severity", "Severity", query.TextField))
	s.pass()
	require.Equal(t, db.MappingReady, s.mapping(severity.MappingID).State, "others go on")

	_, err = s.conn.Exec(t.Context(), "DROP VIEW public.report")
	require.NoError(t, err)
	s.change(points, func(*db.MappingSpec) {})
	s.pass()
	require.Equal(t, db.MappingReady, s.mapping(points.MappingID).State)
	require.Equal(t, "text", ask[string](s, `
SELECT data_type::text FROM information_schema.columns WHERE table_schema = 'jira_sync' AND table_name = 'jira_issues_v2' AND column_name = 'points'`))
}

// A view that came between the check and the drop keeps its column; nothing else waits for it.
func TestViewBuiltOnAPurgedColumnStopsNobody(t *testing.T) {
	s := newSite(t, 40)
	points := s.save(s.both("points", "Story Points", query.NumberField))
	s.pass()
	_, err := s.store.RetireMapping(t.Context(), points.MappingID, "ann")
	require.NoError(t, err)
	require.NoError(t, s.store.PurgeMapping(t.Context(), points.MappingID, "points", "ann"))
	_, err = s.conn.Exec(t.Context(), "CREATE VIEW public.report AS SELECT issue_key, points FROM jira_sync.jira_issues_v2")
	require.NoError(t, err)
	_, err = s.conn.Exec(t.Context(), "UPDATE jira_sync.field_mapping_columns SET drop_after = now()")
	require.NoError(t, err)
	require.NoError(t, s.worker.Pass(t.Context()))
	require.Positive(t, ask[int](s, "SELECT count(points) FROM public.report"))
	_, err = s.conn.Exec(t.Context(), "DROP VIEW public.report")
	require.NoError(t, err)
	s.pass()
	require.Equal(t, 0, ask[int](s, `SELECT count(*) FROM pg_attribute WHERE attrelid = 'jira_sync.jira_issue_fields'::regclass AND attname LIKE 'm%' AND NOT attisdropped`))
}

func TestWhatDoesNotConvertIsCountedAndTriedAgain(t *testing.T) {
	s := newSite(t, 80)
	m := s.save(s.both("team_number", "Team", query.NumberField))
	s.pass()
	m = s.mapping(m.MappingID)
	said := len(s.truth(m.Spec(), func(json.RawMessage) string { return "" }))
	fills, err := s.store.MappingFills(t.Context(), []db.FieldMapping{m})
	require.NoError(t, err)
	require.Equal(t, db.MappingFill{Filled: 0, Failed: said}, fills[m.MappingID])
	require.Zero(t, *fills[m.MappingID].Completeness())
	values, err := s.store.FailedValues(t.Context(), m, 100)
	require.NoError(t, err)
	sum := 0
	for _, v := range values {
		sum += v.Count
		require.Equal(t, "not a number", v.Problem)
		require.NotEmpty(t, v.Keys)
	}
	require.Equal(t, said, sum)
	issues, err := s.store.FailedIssues(t.Context(), m, 0, 500)
	require.NoError(t, err)
	require.Len(t, issues, said)

	m = s.change(m, func(spec *db.MappingSpec) { spec.Type = query.TextField })
	s.pass()
	fills, err = s.store.MappingFills(t.Context(), []db.FieldMapping{s.mapping(m.MappingID)})
	require.NoError(t, err)
	require.Equal(t, db.MappingFill{Filled: said}, fills[m.MappingID])
}

func TestPurgeDropsColumnAndData(t *testing.T) {
	s := newSite(t, 40)
	m := s.save(s.both("severity", "Severity", query.TextField))
	s.pass()
	require.ErrorContains(t, s.store.PurgeMapping(t.Context(), m.MappingID, "severity", "ann"), "retire it first")
	m, err := s.store.RetireMapping(t.Context(), m.MappingID, "ann")
	require.NoError(t, err)
	s.pass()
	require.NotEmpty(t, s.column("severity"), "a retired mapping keeps its data")
	require.ErrorContains(t, s.store.PurgeMapping(t.Context(), m.MappingID, "Severity", "ann"), `name must be "severity"`)
	_, err = s.conn.Exec(t.Context(), "CREATE VIEW public.report AS SELECT issue_key, severity FROM jira_sync.jira_issues_v2")
	require.NoError(t, err)
	require.ErrorContains(t, s.store.PurgeMapping(t.Context(), m.MappingID, "severity", "ann"), "public.report")
	_, err = s.conn.Exec(t.Context(), "DROP VIEW public.report")
	require.NoError(t, err)
	require.NoError(t, s.store.PurgeMapping(t.Context(), m.MappingID, "severity", "ann"))
	_, err = s.conn.Exec(t.Context(), "UPDATE jira_sync.field_mapping_columns SET drop_after = now()")
	require.NoError(t, err)
	s.pass()
	require.Equal(t, 0, ask[int](s, `SELECT count(*) FROM pg_attribute WHERE attrelid = 'jira_sync.jira_issue_fields'::regclass AND attname LIKE 'm%' AND NOT attisdropped`))
	require.Equal(t, 0, ask[int](s, `SELECT count(*) FROM information_schema.columns WHERE table_name = 'jira_issues_v2' AND column_name = 'severity'`))
	require.Equal(t, 3, ask[int](s, `SELECT count(*) FROM jira_sync.audit_log WHERE action LIKE 'mapping.%' AND actor = 'ann'`), "save, retire, purge; refused ones leave no trace")
}

func TestTwoSavesAtOnceAreAConflict(t *testing.T) {
	s := newSite(t, 20)
	m := s.save(s.both("severity", "Severity", query.TextField))
	s.change(m, func(spec *db.MappingSpec) { spec.Label = "hers" })
	mine := m.Spec()
	mine.Label = "mine"
	_, err := s.store.SaveMapping(t.Context(), db.MappingSave{MappingSpec: mine, ID: m.MappingID, Version: m.Version}, "bob")
	var conflict *db.MappingConflictError
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, "hers", conflict.Current.Label)
	require.Equal(t, "mine", conflict.Submitted.Label)
}

func TestRestoreIsAChangeThatCanBeUndone(t *testing.T) {
	s := newSite(t, 40)
	points := s.save(s.both("points", "Story Points", query.NumberField))
	severity := s.save(s.both("severity", "Severity", query.TextField))
	s.pass()
	backup, err := s.store.BackUpMappings(t.Context(), "good", "ann")
	require.NoError(t, err)
	s.change(s.mapping(points.MappingID), func(spec *db.MappingSpec) { spec.Name, spec.Type = "story_points", query.TextField })
	team := s.save(s.both("team", "Team", query.TextField))
	_, err = s.store.RetireMapping(t.Context(), severity.MappingID, "ann")
	require.NoError(t, err)
	s.pass()
	differences, err := s.store.MappingDifferences(t.Context(), backup)
	require.NoError(t, err)
	kinds := map[string]db.DifferenceKind{}
	for _, d := range differences {
		kinds[d.Name] = d.Kind
	}
	require.Equal(t, map[string]db.DifferenceKind{"points": db.DifferenceChanged, "severity": db.DifferenceChanged, "team": db.DifferenceAdded}, kinds)

	_, err = s.store.RestoreMappings(t.Context(), backup.BackupID, nil, "ann")
	require.NoError(t, err)
	s.pass()
	require.Equal(t, "points", s.mapping(points.MappingID).Name)
	require.Equal(t, query.NumberField, s.mapping(points.MappingID).Type)
	require.Equal(t, db.MappingReady, s.mapping(severity.MappingID).State)
	require.Equal(t, db.MappingRetired, s.mapping(team.MappingID).State)
	require.Equal(t, s.truth(points.Spec(), func(raw json.RawMessage) string { return string(raw) }), s.column("points"))

	// The newest automatic backup is the state before the restore.
	page, err := s.store.MappingBackups(t.Context(), query.Page{Limit: 1})
	require.NoError(t, err)
	require.True(t, page.Nodes[0].Automatic)
	_, err = s.store.RestoreMappings(t.Context(), page.Nodes[0].BackupID, nil, "ann")
	require.NoError(t, err)
	require.Equal(t, "story_points", s.mapping(points.MappingID).Name)
	require.Equal(t, db.MappingRetired, s.mapping(severity.MappingID).State)
	require.NotEqual(t, db.MappingRetired, s.mapping(team.MappingID).State)
}

func TestDriftIsFoundAndMended(t *testing.T) {
	s := newSite(t, 40)
	m := s.save(s.both("points", "Story Points", query.NumberField))
	s.save(s.both("severity", "Severity", query.TextField))
	s.pass()
	want := s.column("points")
	for _, sql := range []string{
		"DROP VIEW jira_sync.jira_issues_v2",
		"CREATE VIEW jira_sync.jira_issues_v2 AS SELECT * FROM jira_sync.jira_issues_base",
		"ALTER TABLE jira_sync.jira_issue_fields DROP COLUMN " + *s.mapping(m.MappingID).ReadColumn,
		"ALTER TABLE jira_sync.jira_issue_fields ADD COLUMN m99_9 text",
	} {
		_, err := s.conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	s.pass()
	require.Equal(t, want, s.column("points"))
	require.NotEmpty(t, s.column("severity"))
	require.Equal(t, db.MappingReady, s.mapping(m.MappingID).State)
	require.Equal(t, 2, ask[int](s, `SELECT count(*) FROM pg_attribute WHERE attrelid = 'jira_sync.jira_issue_fields'::regclass AND attname LIKE 'm%' AND NOT attisdropped`))
}

// PostgreSQL counts columns that were dropped, and allows 1600 in all.
func TestMappingsOutliveTheColumnsOfATable(t *testing.T) {
	s := newSite(t, 40)
	points := s.save(s.both("points", "Story Points", query.NumberField))
	s.pass()
	want := s.column("points")
	_, err := s.conn.Exec(t.Context(), "CREATE VIEW public.report AS SELECT issue_key, points FROM jira_sync.jira_issues_v2")
	require.NoError(t, err)
	for _, sql := range []string{"ADD COLUMN x%d text", "DROP COLUMN x%d"} { // a life of changes
		list := make([]string, 1590)
		for n := range list {
			list[n] = fmt.Sprintf(sql, n)
		}
		_, err := s.conn.Exec(t.Context(), "ALTER TABLE jira_sync.jira_issue_fields "+strings.Join(list, ", "))
		require.NoError(t, err)
	}
	spec := s.both("points_0", "Story Points", query.TextField)
	for n := range 15 {
		spec.Name = fmt.Sprintf("points_%d", n)
		s.save(spec)
	}
	s.pass()
	require.Equal(t, want, s.column("points"))
	require.Len(t, s.column("points_14"), len(want))
	require.Equal(t, len(want), ask[int](s, "SELECT count(points) FROM public.report"))
	require.Less(t, ask[int](s, "SELECT max(attnum)::int FROM pg_attribute WHERE attrelid = 'jira_sync.jira_issue_fields'::regclass"), 30)
	s.sims[0].Touch(10)
	s.sync(db.Incremental)
	require.Equal(t, s.truth(points.Spec(), func(raw json.RawMessage) string { return string(raw) }), s.column("points"), "pages find the table")
}

func TestBadNamesAreRefusedEachWithItsReason(t *testing.T) {
	s := newSite(t, 20)
	good := s.both("severity", "Severity", query.TextField)
	s.save(good)
	for name, reason := range map[string]string{
		"":                          "needs a name",
		`a"b`:                       "small letters",
		"x; DROP TABLE jira_issues": "small letters",
		strings.Repeat("n", 200):    "small letters",
		"größe":                     "small letters",
		"Points":                    "small letters",
		"select":                    "reserved word",
		"summary":                   "every issue has a column",
		"key_number":                "every issue has a column",
		"ctid":                      "PostgreSQL gives every row",
		"severity":                  "belongs to another mapping",
	} {
		spec := good
		spec.Name = name
		_, err := s.store.SaveMapping(t.Context(), db.MappingSave{MappingSpec: spec}, "ann")
		var input *query.InputError
		require.ErrorAs(t, err, &input, name)
		require.ErrorContains(t, input, reason, name)
	}
}

func TestEveryFieldOfBothJirasIsDiscovered(t *testing.T) {
	s := newSite(t, 20)
	total := 0
	for n := range s.jiras {
		told := s.toldFields(n)
		total += len(told)
		for _, f := range told {
			require.Equal(t, fmt.Sprint(f.Name, f.Custom, f.Schema.Type, f.Schema.Items), ask[string](s, `
SELECT concat(name, custom::text, schema_type, schema_items) FROM jira_sync.jira_field_cache
WHERE instance_id = $1 AND field_id = $2 AND missing_since IS NULL`, n+1, f.ID))
		}
	}
	require.Equal(t, 536, total)
	require.Equal(t, 536, ask[int](s, "SELECT count(*) FROM jira_sync.jira_field_cache"))
}

// toldField is a field as a Jira describes it.
type toldField struct {
	ID, Name string
	Custom   bool
	Schema   struct{ Type, Items string }
}

// toldFields asks a Jira for its fields, past the program.
func (s *site) toldFields(n int) (told []toldField) {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.jiras[n]+"/rest/api/2/field", http.NoBody)
	require.NoError(s, err)
	request.Header.Set("Authorization", "Bearer any")
	response, err := http.DefaultClient.Do(request)
	require.NoError(s, err)
	defer response.Body.Close()
	require.NoError(s, json.NewDecoder(response.Body).Decode(&told))
	return told
}

func TestFieldsAreSampledFromTheMirror(t *testing.T) {
	s := newSite(t, 120)
	s.pass()
	stale, err := s.store.StaleSamples(t.Context(), time.Hour)
	require.NoError(t, err)
	require.Empty(t, stale)
	list, err := s.store.AllJiraFields(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 536)
	for _, f := range list {
		if f.Name == "Story Points" {
			require.InDelta(t, float64(len(s.truth(db.MappingSpec{Sources: []db.FieldSource{{InstanceID: f.InstanceID, FieldID: f.FieldID}}},
				func(json.RawMessage) string { return "" })))/120, *f.Usage, 0.001)
			require.NotEmpty(t, f.Samples())
		}
	}
}
