package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// fillSearchBatch is how many issues [Store.FillSearch] takes at once.
const fillSearchBatch = 200

// FillSearch writes the words of some issues anew that an older release wrote, and returns how many
// they were; with none, all is done. Pages can write at the same time: an issue that one holds is
// left for the next call.
func (s *Store) FillSearch(ctx context.Context) (filled int, err error) {
	fresh := s.words.begin()
	err = s.pool.change(ctx, func(tx pgx.Tx) error {
		ids, texts, err := oldSearched(ctx, tx)
		if err != nil {
			return err
		}
		vectors := make([]pgtype.TSVector, len(ids))
		for n := range texts {
			vectors[n] = texts[n].Vector(fresh.meet)
		}
		filled = len(ids)
		if filled == 0 {
			return nil
		}
		_, err = tx.Exec(ctx, `
UPDATE jira_sync.jira_issue_search s SET words = n.words, form = $3
FROM unnest($1::bigint[], $2::tsvector[]) AS n (issue_id, words)
WHERE s.issue_id = n.issue_id`, ids, vectors, searchForm)
		if err != nil {
			return err
		}
		return fresh.store(ctx, tx)
	})
	if err != nil {
		return 0, fmt.Errorf("write the words of %d issues anew: %w", fillSearchBatch, err)
	}
	fresh.learn()
	return filled, nil
}

// oldSearched locks some rows of an older form and reads what their issues are found by. It takes
// the lock first: the text it reads then is that of the row.
func oldSearched(ctx context.Context, tx pgx.Tx) (ids []int64, texts []SearchedText, err error) {
	rows, _ := tx.Query(ctx, `
SELECT s.issue_id FROM jira_sync.jira_issue_search s
WHERE s.form < 2
ORDER BY s.issue_id
LIMIT $1
FOR UPDATE SKIP LOCKED`, fillSearchBatch)
	if ids, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil || len(ids) == 0 {
		return nil, nil, err
	}
	rows, _ = tx.Query(ctx, `
SELECT i.issue_id, i.issue_key, i.summary, i.description,
    ARRAY(SELECT c.body FROM jira_sync.jira_comments c WHERE c.issue_id = i.issue_id ORDER BY c.jira_id)
FROM jira_sync.jira_issues i
WHERE i.issue_id = ANY($1)
ORDER BY i.issue_id`, ids)
	ids = ids[:0]
	var id int64
	var text SearchedText
	_, err = pgx.ForEachRow(rows, []any{&id, &text.Key, &text.Summary, &text.Description, &text.Comments}, func() error {
		ids, texts = append(ids, id), append(texts, text)
		text = SearchedText{}
		return nil
	})
	return ids, texts, err
}
