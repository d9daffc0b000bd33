package db

import (
	"slices"

	"github.com/jackc/pgx/v5"
)

// renamedIssues are Jira's ids of issues that bear a new name of something else. No page brings them,
// so who keeps a copy learns of them by synced_at and by what is told of these.
type renamedIssues []int64

// read takes what a statement returns of the issues it has written: their ids, and whether each is to
// be told of.
func (r *renamedIssues) read(rows pgx.Rows) error {
	var id int64
	var told bool
	_, err := pgx.ForEachRow(rows, []any{&id, &told}, func() error {
		if told {
			*r = append(*r, id)
		}
		return nil
	})
	return err
}

// once has each of them once: an issue may bear several names.
func (r renamedIssues) once() []int64 {
	slices.Sort(r)
	return slices.Compact(r)
}
