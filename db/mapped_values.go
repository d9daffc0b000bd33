package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"jirasync/query"
)

// mappedJoin brings the mapped values of the issues at hand.
const mappedJoin = " LEFT JOIN jira_sync.jira_issue_fields mf ON mf.issue_id = i.issue_id"

// mappedList selects mapped values as one array of JSON, whatever their types.
func mappedList(columns []query.Column) string {
	names := make([]string, len(columns))
	for n, c := range columns {
		names[n] = "mf." + c.ID
	}
	return "json_build_array(" + strings.Join(names, ", ") + ")::text"
}

func distinctColumns(columns []query.Column) []query.Column {
	var distinct []query.Column
	for _, c := range columns {
		if !slices.ContainsFunc(distinct, func(d query.Column) bool { return d.ID == c.ID }) {
			distinct = append(distinct, c)
		}
	}
	return distinct
}

// mappedValues takes that array apart.
func mappedValues(columns []query.Column, array []byte) (map[string]json.RawMessage, error) {
	if len(columns) == 0 || array == nil {
		return nil, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(array, &list); err != nil || len(list) != len(columns) {
		return nil, fmt.Errorf("read the mapped values of an issue: %w", err)
	}
	values := make(map[string]json.RawMessage, len(list))
	for n, value := range list {
		if string(value) == "null" {
			continue
		}
		if columns[n].Type == query.TimeField {
			value = utc(value)
		}
		values[columns[n].ID] = value
	}
	return values, nil
}

// utc writes a time as every other is written: PostgreSQL ends them in +00:00.
func utc(value json.RawMessage) json.RawMessage {
	at, err := time.Parse(`"`+time.RFC3339Nano+`"`, string(value))
	if err != nil {
		return value // a year beyond four digits, as PostgreSQL wrote it
	}
	return json.RawMessage(at.UTC().Format(`"` + time.RFC3339Nano + `"`))
}

// noteUse asks for an index on mapped fields that a question filters or sorts by: once for each
// column and process.
func (s *Store) noteUse(ctx context.Context, columns []query.Column) {
	for _, c := range columns {
		if _, known := s.used.LoadOrStore(c.ID, true); known {
			continue
		}
		const sql = `UPDATE jira_sync.field_mappings SET index_wanted = true WHERE read_column = $1 AND NOT index_wanted`
		if _, err := s.pool.Exec(ctx, sql, c.ID); err != nil {
			s.used.Delete(c.ID) // the next question asks again; this one only goes on without an index
		}
	}
}
