package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// UserRow is a person as Jira shows them.
type UserRow struct {
	ID, DisplayName        string
	Name, Email, AvatarURL *string
	Active                 bool
}

// SavePeople stores users that issues refer to, sorted by id. It commits on its own, before the
// page that needs them: a name without an issue harms nobody.
func (s *Store) SavePeople(ctx context.Context, l Lease, users []UserRow) error {
	n := len(users)
	ids, names := make([]string, n), make([]string, n)
	logins, emails, avatars := make([]*string, n), make([]*string, n), make([]*string, n)
	active := make([]bool, n)
	for i, u := range users {
		ids[i], names[i], logins[i], emails[i], avatars[i], active[i] = u.ID, u.DisplayName, u.Name, u.Email, u.AvatarURL, u.Active
	}
	return s.discover(ctx, l, "people", func(tx pgx.Tx) (int64, error) {
		rows, _ := tx.Query(ctx, `
INSERT INTO jira_sync.jira_users AS u (instance_id, account_id, display_name, name, email, avatar_url, active)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[])
ON CONFLICT (instance_id, account_id) DO UPDATE
SET display_name = excluded.display_name, name = excluded.name, email = excluded.email,
    avatar_url = excluded.avatar_url, active = excluded.active
WHERE (u.display_name, u.name, u.email, u.avatar_url, u.active) IS DISTINCT FROM
      (excluded.display_name, excluded.name, excluded.email, excluded.avatar_url, excluded.active)
RETURNING xmax <> 0`, l.InstanceID, ids, names, logins, emails, avatars, active)
		return countRenamed(rows)
	})
}

// SprintRow is a sprint as an issue carries it.
type SprintRow struct {
	ID                     int64
	Name, State            string
	Goal                   *string
	BoardID                *int64
	StartAt, EndAt, DoneAt *time.Time
}

// SaveSprints stores sprints that issues refer to, sorted by id, as [Store.SavePeople] does people.
func (s *Store) SaveSprints(ctx context.Context, l Lease, sprints []SprintRow) error {
	n := len(sprints)
	ids, boards := make([]int64, n), make([]*int64, n)
	names, states, goals := make([]string, n), make([]string, n), make([]*string, n)
	starts, ends, done := make([]*time.Time, n), make([]*time.Time, n), make([]*time.Time, n)
	for i, sp := range sprints {
		ids[i], names[i], states[i], goals[i], boards[i] = sp.ID, sp.Name, sp.State, sp.Goal, sp.BoardID
		starts[i], ends[i], done[i] = sp.StartAt, sp.EndAt, sp.DoneAt
	}
	return s.discover(ctx, l, "sprints", func(tx pgx.Tx) (int64, error) {
		rows, _ := tx.Query(ctx, `
INSERT INTO jira_sync.jira_sprints AS s (instance_id, sprint_id, name, state, goal, board_id, start_at, end_at, completed_at)
SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[])
ON CONFLICT (instance_id, sprint_id) DO UPDATE
SET name = excluded.name, state = excluded.state, goal = excluded.goal, board_id = excluded.board_id,
    start_at = excluded.start_at, end_at = excluded.end_at, completed_at = excluded.completed_at
WHERE (s.name, s.state, s.goal, s.board_id, s.start_at, s.end_at, s.completed_at) IS DISTINCT FROM
      (excluded.name, excluded.state, excluded.goal, excluded.board_id, excluded.start_at, excluded.end_at, excluded.completed_at)
RETURNING xmax <> 0`, l.InstanceID, ids, names, states, goals, boards, starts, ends, done)
		return countRenamed(rows)
	})
}

// countRenamed counts the rows that were there before: a new name is in no answer yet.
func countRenamed(rows pgx.Rows) (renamed int64, err error) {
	there, err := pgx.CollectRows(rows, pgx.RowTo[bool])
	for _, was := range there {
		if was {
			renamed++
		}
	}
	return renamed, err
}
