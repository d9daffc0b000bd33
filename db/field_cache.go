package db

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"jirasync/query"
)

// sampledIssues is how many issues of an instance, the newest, tell how its fields are used.
const sampledIssues = 2000

// StaleSamples returns the instances whose fields have not been sampled for so long, or for which
// there were no issues then.
func (s *Store) StaleSamples(ctx context.Context, age time.Duration) ([]int, error) {
	rows, _ := s.pool.Query(ctx, `
SELECT f.instance_id
FROM jira_sync.jira_field_cache f
WHERE EXISTS (SELECT FROM jira_sync.jira_issue_raw r WHERE r.issue_id > f.instance_id::bigint << 48 AND r.issue_id < (f.instance_id + 1)::bigint << 48)
GROUP BY f.instance_id
HAVING coalesce(max(f.sampled_at), '-infinity') < now() - $1::interval
ORDER BY f.instance_id`, age)
	stale, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return nil, fmt.Errorf("look for fields to sample: %w", err)
	}
	return stale, nil
}

// SampleFields counts, over the newest issues of an instance, which fields have a value, and keeps
// some values of each: from the mirror, without asking Jira.
func (s *Store) SampleFields(ctx context.Context, instance int) error {
	_, err := s.pool.Exec(ctx, `
WITH newest AS MATERIALIZED (
    SELECT fields FROM jira_sync.jira_issue_raw
    WHERE issue_id > $1::bigint << 48 AND issue_id < ($1 + 1)::bigint << 48
    ORDER BY issue_id DESC LIMIT $2
), said AS (
    SELECT e.key, count(*) AS n, (array_agg(e.value) FILTER (WHERE length(e.value::text) <= 2000))[1:5] AS shown
    FROM newest, jsonb_each(newest.fields) e
    WHERE e.value NOT IN ('null', '""', '[]', '{}')
    GROUP BY e.key
)
UPDATE jira_sync.jira_field_cache f
SET usage = coalesce(said.n, 0)::real / greatest((SELECT count(*) FROM newest), 1), samples = to_jsonb(said.shown), sampled_at = now()
FROM jira_sync.jira_field_cache c LEFT JOIN said ON said.key = c.field_id
WHERE f.instance_id = $1 AND c.instance_id = f.instance_id AND c.field_id = f.field_id`, instance, sampledIssues)
	if err != nil {
		return fmt.Errorf("sample the fields of instance %d: %w", instance, err)
	}
	return nil
}

const jiraFieldColumns = `
f.instance_id, f.field_id, f.name, f.custom, f.schema_type, f.schema_items, f.schema_custom, f.discovered_at, f.changed_at,
f.missing_since, f.usage::float8 AS usage, f.samples, f.sampled_at,
(SELECT count(*)::int FROM jira_sync.jira_field_cache o
 WHERE o.instance_id = f.instance_id AND o.name = f.name AND o.field_id <> f.field_id AND o.missing_since IS NULL) AS namesakes,
(SELECT min(m.mapping_id) FROM jira_sync.field_mappings m
 WHERE m.state <> 'RETIRED' AND m.sources @> jsonb_build_array(jsonb_build_object('instance', f.instance_id, 'field', f.field_id))) AS mapping_id`

// JiraFieldKey names a field of an instance.
type JiraFieldKey struct {
	Instance int
	FieldID  string
}

// JiraFieldFilter narrows a list of fields. Empty and nil members ask for nothing.
type JiraFieldFilter struct {
	Instance       *int
	Search         string // a part of name or id
	Custom, Mapped *bool
}

// jiraFieldsList names the list of fields in its cursors.
const jiraFieldsList = "jira-fields"

// JiraFields returns a page of the discovered fields, in order of their names.
func (s *Store) JiraFields(ctx context.Context, f JiraFieldFilter, page query.Page) (*JiraFieldConnection, error) {
	mark, err := query.ParseMark(jiraFieldsList, page.After)
	if err != nil {
		return nil, err
	}
	rows := query.NewRows()
	where := f.where(rows)
	total := query.Statement{SQL: "SELECT count(*) FROM jira_sync.jira_field_cache f WHERE " + where, Args: rows.Args()}
	list := "SELECT " + jiraFieldColumns + " FROM jira_sync.jira_field_cache f WHERE " + where
	if mark != nil {
		name, id, _ := strings.Cut(mark.Text, "\x1f")
		list += " AND (f.name, f.instance_id, f.field_id) > (" + rows.Arg(name) + ", " + rows.Arg(mark.Item) + ", " + rows.Arg(id) + ")"
	}
	list += fmt.Sprintf(" ORDER BY f.name, f.instance_id, f.field_id LIMIT %d", page.Limit+1)
	c := &JiraFieldConnection{}
	c.cursor = func(f *JiraField) string {
		return query.Mark{Text: f.Name + "\x1f" + f.FieldID, Item: f.InstanceID}.Cursor(jiraFieldsList)
	}
	found, _ := s.reads.Query(ctx, list, rows.Args()...)
	if c.Nodes, err = pgx.CollectRows(found, pgx.RowToAddrOfStructByName[JiraField]); err != nil {
		return nil, fmt.Errorf("list the fields: %w", readError(err))
	}
	c.hasPrev = page.After != ""
	c.cut(page)
	if err := s.reads.QueryRow(ctx, total.SQL, total.Args...).Scan(&c.total); err != nil {
		return nil, fmt.Errorf("count the fields: %w", readError(err))
	}
	return c, nil
}

func (f JiraFieldFilter) where(rows *query.Rows) string {
	conds := []string{"true"}
	if f.Instance != nil {
		conds = append(conds, "f.instance_id = "+rows.Arg(*f.Instance))
	}
	if f.Search != "" {
		conds = append(conds, "("+rows.Contains("f.name", f.Search)+" OR "+rows.Contains("f.field_id", f.Search)+")")
	}
	if f.Custom != nil {
		conds = append(conds, "f.custom = "+rows.Arg(*f.Custom))
	}
	if f.Mapped != nil {
		cond := `EXISTS (SELECT FROM jira_sync.field_mappings m WHERE m.state <> 'RETIRED'
    AND m.sources @> jsonb_build_array(jsonb_build_object('instance', f.instance_id, 'field', f.field_id)))`
		if !*f.Mapped {
			cond = "NOT " + cond
		}
		conds = append(conds, cond)
	}
	return strings.Join(conds, " AND ")
}

// AllJiraFields returns every field that was not missing when last looked for.
func (s *Store) AllJiraFields(ctx context.Context) ([]JiraField, error) {
	rows, _ := s.pool.Query(ctx, "SELECT "+jiraFieldColumns+`
FROM jira_sync.jira_field_cache f
WHERE f.missing_since IS NULL
ORDER BY f.instance_id, f.field_id`)
	fields, err := pgx.CollectRows(rows, pgx.RowToStructByName[JiraField])
	if err != nil {
		return nil, fmt.Errorf("read the fields: %w", readError(err))
	}
	return fields, nil
}

// JiraFieldsByKey finds fields, at the places of their keys; nil where there is none.
func (s *Store) JiraFieldsByKey(ctx context.Context, keys []JiraFieldKey) ([]*JiraField, error) {
	instances, ids := make([]int, len(keys)), make([]string, len(keys))
	for n, key := range keys {
		instances[n], ids[n] = key.Instance, key.FieldID
	}
	rows, _ := s.pool.Query(ctx, "SELECT "+jiraFieldColumns+`
FROM jira_sync.jira_field_cache f
WHERE (f.instance_id, f.field_id) IN (SELECT * FROM unnest($1::int[], $2::text[]))`, instances, ids)
	list, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[JiraField])
	if err != nil {
		return nil, fmt.Errorf("read fields: %w", readError(err))
	}
	byKey := make(map[JiraFieldKey]*JiraField, len(list))
	for _, f := range list {
		byKey[JiraFieldKey{f.InstanceID, f.FieldID}] = f
	}
	found := make([]*JiraField, len(keys))
	for n, key := range keys {
		found[n] = byKey[key]
	}
	return found, nil
}

// FieldChanges returns what Jira changed about a field, newest first, at most 100.
func (s *Store) FieldChanges(ctx context.Context, key JiraFieldKey) ([]FieldChange, error) {
	rows, _ := s.reads.Query(ctx, `
SELECT at, kind, before, after
FROM jira_sync.jira_field_changes
WHERE instance_id = $1 AND field_id = $2
ORDER BY change_id DESC
LIMIT 100`, key.Instance, key.FieldID)
	changes, err := pgx.CollectRows(rows, pgx.RowToStructByName[FieldChange])
	if err != nil {
		return nil, fmt.Errorf("read the changes of %s: %w", key.FieldID, readError(err))
	}
	return changes, nil
}
