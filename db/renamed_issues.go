package db

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// mostRenamed is how many issues a rename tells of, each by itself. A name that more of them bear is
// news about none of them; who follows the mirror finds them by when they were stored.
const mostRenamed = 10 * mostNoticed

// renamedIssues are Jira's ids of issues that bear a new name of something else. No page brings them,
// so who keeps a copy learns of them by synced_at and by what is told of these.
type renamedIssues struct {
	ids     []int64
	tooMany bool // there are more, and none is told
}

// read takes what a statement returns of the issues it has written: their ids, and whether each is to
// be told of.
func (r *renamedIssues) read(rows pgx.Rows) error {
	var id int64
	var told bool
	_, err := pgx.ForEachRow(rows, []any{&id, &told}, func() error {
		if told {
			r.add(id)
		}
		return nil
	})
	return err
}

// add notes an issue, which may bear several names.
func (r *renamedIssues) add(id int64) {
	if at, known := slices.BinarySearch(r.ids, id); !known && len(r.ids) < mostRenamed {
		r.ids = slices.Insert(r.ids, at, id)
	} else if !known {
		r.tooMany = true
	}
}

// tell tells which they are, or else that who watches issues misses some.
func (r *renamedIssues) tell(ctx context.Context, tx pgx.Tx, instance int, syncID int64) error {
	if r.tooMany {
		return notify(ctx, tx, Notice{Kind: NoticeUntold, InstanceID: instance, SyncID: syncID})
	}
	return notifyIssues(ctx, tx, Notice{InstanceID: instance, SyncID: syncID, Updated: r.ids})
}
