// Package mirrortest holds a mirror against the truth of a simulated Jira, issue by issue and by a
// hash of all its fields: for tests, and for the long trials of faults.
package mirrortest

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"jirasync/jirasim"
)

// Difference is what a mirror and the truth disagree on, by key. All lists are empty when they
// agree.
type Difference struct {
	Issues  int      // in truth
	Missing []string // in truth, not in the mirror
	Extra   []string // in the mirror, not in truth
	Stale   []string // in both, with other fields, another key or other children
	Twice   []string // more than one live row under one key
}

// Empty reports whether mirror and truth agree.
func (d Difference) Empty() bool {
	return len(d.Missing)+len(d.Extra)+len(d.Stale)+len(d.Twice) == 0
}

// String says how many of each, with the first few by name.
func (d Difference) String() string {
	return fmt.Sprintf("%d issues: %d missing %v, %d stale %v, %d extra %v, %d twice %v", d.Issues,
		len(d.Missing), first(d.Missing), len(d.Stale), first(d.Stale), len(d.Extra), first(d.Extra), len(d.Twice), first(d.Twice))
}

func first(list []string) []string { return list[:min(len(list), 5)] }

// mirrored is a live issue as the mirror has it.
type mirrored struct {
	key                           string
	hash                          [32]byte
	histories, comments, worklogs int
}

// Compare holds one instance's live issues against the truth.
func Compare(ctx context.Context, conn *pgx.Conn, instance int, truth iter.Seq[jirasim.Truth]) (Difference, error) {
	held, d, err := readMirror(ctx, conn, instance)
	if err != nil {
		return d, err
	}
	for t := range truth {
		d.Issues++
		m, known := held[t.ID]
		delete(held, t.ID)
		switch {
		case !known:
			d.Missing = append(d.Missing, t.Key)
		case m.key != t.Key || m.hash != t.FieldsHash:
			d.Stale = append(d.Stale, t.Key)
		case m.histories != len(t.ChangelogIDs) || m.comments != len(t.CommentIDs) || m.worklogs != len(t.WorklogIDs):
			d.Stale = append(d.Stale, fmt.Sprintf("%s (%d histories of %d, %d comments of %d, %d worklogs of %d)", t.Key,
				m.histories, len(t.ChangelogIDs), m.comments, len(t.CommentIDs), m.worklogs, len(t.WorklogIDs)))
		}
	}
	for _, m := range held {
		d.Extra = append(d.Extra, m.key)
	}
	return d, nil
}

func readMirror(ctx context.Context, conn *pgx.Conn, instance int) (map[int64]mirrored, Difference, error) {
	var d Difference
	rows, err := conn.Query(ctx, `
SELECT i.jira_id, i.issue_key, r.fields,
       (SELECT count(*) FROM jira_sync.jira_changelog c WHERE c.issue_id = i.issue_id),
       (SELECT count(*) FROM jira_sync.jira_comments c WHERE c.issue_id = i.issue_id),
       (SELECT count(*) FROM jira_sync.jira_worklogs w WHERE w.issue_id = i.issue_id)
FROM jira_sync.jira_issues i
JOIN jira_sync.jira_issue_raw r USING (issue_id)
WHERE i.instance_id = $1 AND i.deleted_at IS NULL`, instance)
	if err != nil {
		return nil, d, fmt.Errorf("read the mirror: %w", err)
	}
	defer rows.Close()
	held, keys := map[int64]mirrored{}, map[string]bool{}
	for rows.Next() {
		var id int64
		var m mirrored
		var fields []byte
		if err := rows.Scan(&id, &m.key, &fields, &m.histories, &m.comments, &m.worklogs); err != nil {
			return nil, d, fmt.Errorf("read the mirror: %w", err)
		}
		if m.hash, err = jirasim.HashFields(fields); err != nil {
			return nil, d, fmt.Errorf("hash the fields of %s: %w", m.key, err)
		}
		if keys[m.key] {
			d.Twice = append(d.Twice, m.key)
		}
		keys[m.key], held[id] = true, m
	}
	return held, d, rows.Err()
}
