package db

import (
	"slices"

	"github.com/jackc/pgx/v5"
)

// mostRenamed is how many issues a rename tells of, each by itself. A name that more of them bear is
// news about none of them; who follows the mirror finds them by when they were stored.
const mostRenamed = 10 * mostNoticed

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

// toTell has each of them once, for an issue may bear several names; nil where they are too many.
func (r renamedIssues) toTell() []int64 {
	slices.Sort(r)
	once := slices.Compact(r)
	if len(once) > mostRenamed {
		return nil
	}
	return once
}
