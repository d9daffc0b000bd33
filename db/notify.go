package db

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"jirasync/query"
)

// channel carries every notice of the house.
const channel = "jirasync"

// NoticeKind says what a notice is about.
type NoticeKind string

// The kinds of notice.
const (
	NoticeVersions NoticeKind = "versions" // a page has raised versions
	NoticeIssues   NoticeKind = "issues"   // a page has brought, changed or removed issues
	NoticeUntold   NoticeKind = "untold"   // more issues have changed than are told of
	NoticeWish     NoticeKind = "wish"     // a run, or its end, was asked for
	NoticeFinished NoticeKind = "finished" // a run has ended and its data can be read
	NoticeConfig   NoticeKind = "config"   // a setting was changed
	NoticeForget   NoticeKind = "forget"   // every server shall forget the answers it keeps
	NoticeMapping  NoticeKind = "mapping"  // the field mappings have changed: Version is theirs
)

// Notice tells all servers of a commit. It travels in the commit's own transaction, so it is never
// early and never about something that did not happen. A listener that was away misses it: see
// [Store.Versions] and [Store.RunsFinishedAfter] for the second line.
type Notice struct {
	Kind       NoticeKind      `json:"kind"`
	InstanceID int             `json:"instance,omitempty"`
	SyncID     int64           `json:"run,omitempty"`
	Version    int64           `json:"version,omitempty"`  // of the instance
	Projects   map[int64]int64 `json:"projects,omitempty"` // Jira's project id -> version

	// Created, Updated and Deleted are Jira's ids of issues.
	Created []int64 `json:"created,omitempty"`
	Updated []int64 `json:"updated,omitempty"`
	Deleted []int64 `json:"deleted,omitempty"`
}

// mostNoticed is how many issues one notice tells of: PostgreSQL ends it at 8,000 bytes, and Jira's
// ids have up to 19 digits.
const mostNoticed = 300

// notifyIssues tells which issues of an instance were changed, in as many notices as that takes.
func notifyIssues(ctx context.Context, tx pgx.Tx, n Notice) error {
	n.Kind = NoticeIssues
	for len(n.Created)+len(n.Updated)+len(n.Deleted) > 0 {
		part, room := n, mostNoticed
		for _, list := range []struct{ all, some *[]int64 }{{&n.Created, &part.Created}, {&n.Updated, &part.Updated}, {&n.Deleted, &part.Deleted}} {
			taken := min(room, len(*list.all))
			*list.some, *list.all = (*list.all)[:taken], (*list.all)[taken:]
			room -= taken
		}
		if err := notify(ctx, tx, part); err != nil {
			return err
		}
	}
	return nil
}

// jiraIDs are Jira's ids of issues.
func jiraIDs(issues []int64) []int64 {
	ids := make([]int64, len(issues))
	for i, issue := range issues {
		_, ids[i] = SplitIssueID(issue)
	}
	return ids
}

func notify(ctx context.Context, tx pgx.Tx, n Notice) error {
	payload, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("write a notice: %w", err)
	}
	if _, err := tx.Exec(ctx, "SELECT pg_notify($1, $2)", channel, string(payload)); err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	return nil
}

// ForgetAnswers asks every server to forget the answers it keeps.
func (s *Store) ForgetAnswers(ctx context.Context) error {
	return s.pool.change(ctx, func(tx pgx.Tx) error { return notify(ctx, tx, Notice{Kind: NoticeForget}) })
}

// Listen hands each notice to the given function until ctx ends or the connection breaks; it calls
// ready once it listens. It holds a connection of its own, past any pooler.
func (s *Store) Listen(ctx context.Context, ready func(), got func(Notice)) error {
	config, err := connConfig(s.directURL)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return describeConnectError(err, config)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(closing) // the server notices by itself
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	ready()
	for {
		n, err := nextNotice(ctx, conn)
		if err != nil {
			return fmt.Errorf("wait for a notice: %w", err)
		}
		var notice Notice
		if json.Unmarshal([]byte(n.Payload), &notice) == nil { // what others put on the channel is not ours
			got(notice)
		}
	}
}

// A connection that says nothing is asked whether it is still there: of a network that swallows all,
// nobody else would tell.
const (
	quietNotices = 15 * time.Second
	answerWithin = 5 * time.Second
)

func nextNotice(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	for {
		waiting, cancel := context.WithTimeout(ctx, quietNotices)
		n, err := conn.WaitForNotification(waiting)
		quiet := err != nil && waiting.Err() != nil && ctx.Err() == nil
		cancel()
		if !quiet {
			return n, err
		}
		asking, cancel := context.WithTimeout(ctx, answerWithin)
		err = conn.Ping(asking)
		cancel()
		if err != nil {
			return nil, err
		}
	}
}

// InstanceVersions are the versions of an instance and its projects, all of one snapshot.
type InstanceVersions struct {
	InstanceID int
	Version    int64
	Projects   map[int64]int64
	Set        int64 // the version of the set of all projects, of any instance
}

// Versions reads every version from the primary: at start, after a pause in listening, and each
// second as the second line. Pass what was known to get only instances that moved; nil gets all.
func (s *Store) Versions(ctx context.Context, known map[int]int64) ([]InstanceVersions, error) {
	ids, versions := make([]int, 0, len(known)), make([]int64, 0, len(known))
	for id, v := range known {
		ids, versions = append(ids, id), append(versions, v)
	}
	const sql = `
SELECT i.instance_id, i.version, coalesce(p.project_id, 0), coalesce(p.version, 0), s.version
FROM (SELECT ` + query.SetVersion + ` AS version FROM jira_sync.jira_instances n) s
CROSS JOIN jira_sync.jira_instances i
LEFT JOIN unnest($1::int[], $2::bigint[]) AS known (instance_id, version) USING (instance_id)
LEFT JOIN jira_sync.jira_projects p USING (instance_id)
WHERE i.version IS DISTINCT FROM known.version
ORDER BY i.instance_id`
	rows, err := s.pool.Query(ctx, sql, ids, versions)
	if err != nil {
		return nil, fmt.Errorf("read the versions: %w", err)
	}
	defer rows.Close()
	var found []InstanceVersions
	for rows.Next() {
		var instance int
		var version, project, projectVersion, set int64
		if err := rows.Scan(&instance, &version, &project, &projectVersion, &set); err != nil {
			return nil, fmt.Errorf("read the versions: %w", err)
		}
		if len(found) == 0 || found[len(found)-1].InstanceID != instance {
			found = append(found, InstanceVersions{InstanceID: instance, Version: version, Projects: map[int64]int64{}, Set: set})
		}
		if project != 0 {
			found[len(found)-1].Projects[project] = projectVersion
		}
	}
	return found, rows.Err()
}
