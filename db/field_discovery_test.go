package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db"
)

func TestFieldsAreNeverForgotten(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	number, text := "number", "string"
	field := func(name string, kind *string) db.FieldRow {
		return db.FieldRow{ID: "customfield_1", Name: name, Custom: true, SchemaType: kind}
	}
	for _, told := range [][]db.FieldRow{
		{field("Points", &number)},
		{field("Points", &number)},
		{field("Story Points", &number)},
		{field("Story Points", &text)},
		{},
		{},
		{field("Story Points", &text)},
	} {
		_, err := f.store.RecordFields(t.Context(), 1, told)
		require.NoError(t, err)
	}
	changes, err := f.store.FieldChanges(t.Context(), db.JiraFieldKey{Instance: 1, FieldID: "customfield_1"})
	require.NoError(t, err)
	kinds := make([]string, len(changes))
	for n, c := range changes {
		require.False(t, c.At.IsZero())
		kinds[n] = string(c.Kind)
	}
	require.Equal(t, []string{"RETURNED", "MISSING", "TYPE", "RENAMED", "ADDED"}, kinds)
	require.Equal(t, "Points", *changes[3].Before)
	require.Equal(t, "Story Points", *changes[3].After)
	require.True(t, ask[bool](f, `SELECT missing_since IS NULL FROM jira_sync.jira_field_cache`))
}
