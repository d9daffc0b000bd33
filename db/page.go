package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// An answer that is older than what is held may have come late, and is ignored: from an index that lags,
// which tells a version of some minutes before, or on a page that was under way while a webhook's
// issue was stored. A Jira that was set back (a restored backup) is followed: nothing newer was stored
// of its issues for a while. What was stored just before waits for the next full run, or for the rolling
// re-read.
const (
	staleWithin = 15 * time.Minute
	lagWithin   = 2 * time.Hour // between versions that lie less than staleWithin apart
)

// pageLock is the first half of the advisory locks of pages; the second is the instance.
const pageLock = 0x6a697261 // "jira"

// IssueRow is an issue with all that hangs on it, as a page brings it.
type IssueRow struct {
	InstanceID, KeyNumber                            int
	JiraID, ProjectID                                int64
	Key, ProjectKey, ProjectName                     string
	TypeID, Type, StatusID, Status, StatusCategory   string
	PriorityID, Priority                             *string
	PriorityRank                                     *int
	Resolution                                       *string
	Summary                                          string
	Description                                      *string
	AssigneeID, ReporterID, CreatorID                *string
	Labels, Components, FixVersions, AffectsVersions []string
	SprintIDs                                        []int64
	ParentID                                         *int64 // issue_id
	ParentKey, EpicKey                               *string
	CreatedAt, UpdatedAt                             time.Time
	ResolvedAt, DueDate                              *time.Time
	TimeSpentSeconds                                 *int
	ContentHash                                      []byte // of all that Jira sent of it
	SyncedAt                                         time.Time
	Fields                                           []byte // the `fields` object, fit for jsonb
	Replaced                                         int    // characters that jsonb refuses, replaced
	InitialValues                                    []byte // JSON: what tracked fields held at creation, by field id
	Histories                                        []HistoryRow
	Comments                                         []CommentRow
	Worklogs                                         []WorklogRow
	Links                                            []LinkRow
	CommentsPart, WorklogsPart                       bool // not all came: those that did not stay as they are
	PreviousKeys                                     []PreviousKey
	Payload                                          []byte // kept in sync_errors if it cannot be stored

	replaces []byte   // the hash of the row that it is to take the place of
	kept     []string // bodies of mirrored comments that stay, where only a part came
}

// ID is the issue's key in every table.
func (r *IssueRow) ID() int64 { return IssueID(r.InstanceID, r.JiraID) }

// HistoryRow is one of Jira's history entries.
type HistoryRow struct {
	JiraID    int64
	AuthorID  *string
	CreatedAt time.Time
	Items     []byte // JSON array, as Jira sent it
}

// CommentRow is one comment.
type CommentRow struct {
	JiraID               int64
	AuthorID             *string
	Body                 string
	BodyRaw              []byte // Cloud's document; nil where the body came as text
	CreatedAt, UpdatedAt time.Time
}

// WorklogRow is one entry of work done.
type WorklogRow struct {
	JiraID               int64
	AuthorID             *string
	StartedAt            time.Time
	TimeSpentSeconds     int
	Comment              *string
	CommentRaw           []byte
	CreatedAt, UpdatedAt time.Time
}

// LinkRow is one end of a link.
type LinkRow struct {
	JiraID    int64
	Type      string // as it reads from this issue
	Direction string // INWARD or OUTWARD
	OtherID   *int64 // issue_id
	OtherKey  string
}

// PreviousKey is a key the issue had until then.
type PreviousKey struct {
	Key   string
	Until time.Time
}

// BrokenItem is an item that could not be read, kept for a later try.
type BrokenItem struct {
	JiraID       int64
	Key, Project string
	Stage        string // fetch, decode or write
	Message      string
	Payload      []byte
}

// Page is what one transaction stores.
type Page struct {
	SyncID      int64
	Issues      []IssueRow
	Broken      []BrokenItem
	Checkpoints []Checkpoint // the place to go on from afterwards
}

// PageResult tells what a page changed.
type PageResult struct {
	Created, Updated []int64 // issue_ids
	Unchanged        int
	Failed           []BrokenItem    // those that were handed in, and those that PostgreSQL refused
	Version          int64           // of the instance, 0 when nothing changed
	Projects         map[int64]int64 // versions of the touched projects
}

// CommitPage stores a page, the place to go on from and the raised versions: all or nothing. An
// issue that PostgreSQL refuses is put aside in sync_errors and does not hold up the others. The
// same page again changes nothing. [ErrFenced] when the lease was lost.
func (s *Store) CommitPage(ctx context.Context, l Lease, p Page) (PageResult, error) {
	var way pageWay
	for {
		result, err := s.commitPage(ctx, l, p, way)
		switch {
		case err == nil:
			return result, nil
		case isBadValue(err) && !way.apart:
			way.apart = true
		case (errors.Is(err, errOvertaken) || isCode(err, "23505", "40001", "40P01")) && !way.alone:
			way.alone = true
		default:
			return PageResult{}, fmt.Errorf("commit a page of %d issues: %w", len(p.Issues), err)
		}
	}
}

// errOvertaken says that another page has written an issue since this one looked at it.
var errOvertaken = errors.New("another page was faster with an issue of this one")

// pageWay is how a page is written. Each careful way is taken once the quick one has failed.
type pageWay struct {
	apart bool // one issue after the other, so that a bad one is told from the good
	// alone keeps the instance's other pages out: parts that are read side by side can bring the
	// same issue at the same time.
	alone bool
}

// keepOthersOut has pages wait for one that must be alone, and that one for them. PostgreSQL serves
// these in the order in which they came, so that nobody waits forever.
func (w pageWay) keepOthersOut(ctx context.Context, tx pgx.Tx, instance int) error {
	query := `SELECT pg_advisory_xact_lock_shared($1, $2)`
	if w.alone {
		query = `SELECT pg_advisory_xact_lock($1, $2)`
	}
	if _, err := tx.Exec(ctx, query, pageLock, instance); err != nil {
		return fmt.Errorf("wait for other pages of instance %d: %w", instance, err)
	}
	return nil
}

func (s *Store) commitPage(ctx context.Context, l Lease, p Page, way pageWay) (result PageResult, err error) {
	words := s.words.begin()
	err = s.pool.change(ctx, func(tx pgx.Tx) error {
		result = PageResult{Failed: slices.Clone(p.Broken)}
		if err := holdFence(ctx, tx, l.InstanceID, l.Fence); err != nil {
			return err
		}
		if err := way.keepOthersOut(ctx, tx, l.InstanceID); err != nil {
			return err
		}
		held, err := heldIssues(ctx, tx, p.Issues)
		if err != nil {
			return err
		}
		plan := planPage(p.Issues, held)
		if way.apart {
			err = writeOneByOne(ctx, tx, &plan, &result, words)
		} else {
			err = writeIssues(ctx, tx, plan.created, plan.changed, words)
		}
		if err != nil {
			return err
		}
		result.Created, result.Updated, result.Unchanged = issueIDs(plan.created), issueIDs(plan.changed), plan.unchanged
		if err := settleErrors(ctx, tx, l.InstanceID, p, result.Failed); err != nil {
			return err
		}
		if err := moveCheckpoints(ctx, tx, p.Checkpoints); err != nil {
			return err
		}
		written := append(slices.Clone(plan.created), plan.changed...)
		if err := s.writeMapped(ctx, tx, written, way.apart); err != nil {
			return err
		}
		if err := words.store(ctx, tx); err != nil {
			return err
		}
		result.Version, result.Projects, err = raiseVersions(ctx, tx, l.InstanceID, plan.projects())
		if err != nil {
			return err
		}
		return notifyIssues(ctx, tx, Notice{
			InstanceID: l.InstanceID, SyncID: p.SyncID, Created: jiraIDs(result.Created), Updated: jiraIDs(result.Updated),
		})
	})
	if err == nil {
		words.learn()
	}
	return result, err
}

// heldIssue is what the mirror knows of an issue before the page.
type heldIssue struct {
	ID          int64     `db:"issue_id"`
	Key         string    `db:"issue_key"`
	ProjectID   int64     `db:"project_id"`
	ContentHash []byte    `db:"content_hash"`
	UpdatedAt   time.Time `db:"updated_at"`
	SyncedAt    time.Time `db:"synced_at"` // when the row was last written: what comes unchanged leaves it
	Deleted     bool      `db:"deleted"`
}

func heldIssues(ctx context.Context, tx pgx.Tx, issues []IssueRow) (map[int64]heldIssue, error) {
	ids := make([]int64, len(issues))
	for i := range issues {
		ids[i] = issues[i].ID()
	}
	rows, _ := tx.Query(ctx, `
SELECT issue_id, issue_key, project_id, content_hash, updated_at, synced_at, deleted_at IS NOT NULL AS deleted
FROM jira_sync.jira_issues
WHERE issue_id = ANY($1)`, ids)
	held := make(map[int64]heldIssue, len(ids))
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[heldIssue])
	if err != nil {
		return nil, fmt.Errorf("look up the issues of the page: %w", err)
	}
	for _, h := range found {
		held[h.ID] = h
	}
	return held, nil
}

// pagePlan sorts a page by what must be done.
type pagePlan struct {
	created, changed []*IssueRow
	unchanged        int
	left             map[int64]int64 // issue_id -> project that it moved out of
}

func planPage(issues []IssueRow, held map[int64]heldIssue) pagePlan {
	plan := pagePlan{left: map[int64]int64{}}
	latest := make(map[int64]*IssueRow, len(issues)) // a page can bring an issue twice
	for i := range issues {
		issue := &issues[i]
		if other, twice := latest[issue.ID()]; !twice || !issue.UpdatedAt.Before(other.UpdatedAt) {
			latest[issue.ID()] = issue
		}
	}
	for id, issue := range latest {
		before, known := held[id]
		switch {
		case !known:
			plan.created = append(plan.created, issue)
		case !before.Deleted && (slices.Equal(before.ContentHash, issue.ContentHash) || isStale(issue, before)):
			plan.unchanged++
		default:
			if before.Key != issue.Key {
				issue.PreviousKeys = append(issue.PreviousKeys, PreviousKey{Key: before.Key, Until: issue.UpdatedAt})
			}
			if before.ProjectID != issue.ProjectID {
				plan.left[id] = before.ProjectID
			}
			issue.replaces = before.ContentHash
			plan.changed = append(plan.changed, issue)
		}
	}
	// Everyone takes row locks in the order of ids, so that no two pages wait for each other.
	byID := func(a, b *IssueRow) int { return int(a.JiraID - b.JiraID) }
	slices.SortFunc(plan.created, byID)
	slices.SortFunc(plan.changed, byID)
	return plan
}

// isStale tells an answer that is older than what is held because it came late.
func isStale(issue *IssueRow, held heldIssue) bool {
	behind, stored := held.UpdatedAt.Sub(issue.UpdatedAt), issue.SyncedAt.Sub(held.SyncedAt)
	return behind > 0 && (stored < staleWithin || behind < staleWithin && stored < lagWithin)
}

// touchedProject is a project whose answers a page makes old.
type touchedProject struct {
	ID        int64
	Key, Name string
}

func (p *pagePlan) projects() []touchedProject {
	byID := map[int64]touchedProject{}
	for _, issue := range append(slices.Clone(p.created), p.changed...) {
		byID[issue.ProjectID] = touchedProject{issue.ProjectID, issue.ProjectKey, issue.ProjectName}
	}
	for _, id := range p.left {
		if _, known := byID[id]; !known {
			byID[id] = touchedProject{ID: id}
		}
	}
	touched := make([]touchedProject, 0, len(byID))
	for _, project := range byID {
		touched = append(touched, project)
	}
	slices.SortFunc(touched, func(a, b touchedProject) int { return int(a.ID - b.ID) })
	return touched
}

func issueIDs(issues []*IssueRow) []int64 {
	ids := make([]int64, len(issues))
	for i, issue := range issues {
		ids[i] = issue.ID()
	}
	return ids
}

// writeOneByOne gives each issue a savepoint of its own; those refused move from the plan to the
// result's failures.
func writeOneByOne(ctx context.Context, tx pgx.Tx, plan *pagePlan, result *PageResult, words freshWords) error {
	attempt := func(issues []*IssueRow, write func(pgx.Tx, []*IssueRow) error) ([]*IssueRow, error) {
		var stored []*IssueRow
		for _, issue := range issues {
			err := pgx.BeginFunc(ctx, tx, func(point pgx.Tx) error { return write(point, []*IssueRow{issue}) })
			switch {
			case err == nil:
				stored = append(stored, issue)
			case isBadValue(err):
				result.Failed = append(result.Failed, BrokenItem{
					JiraID: issue.JiraID, Key: issue.Key, Project: issue.ProjectKey,
					Stage: "write", Message: err.Error(), Payload: issue.Payload,
				})
			default:
				return nil, err
			}
		}
		return stored, nil
	}
	var err error
	plan.created, err = attempt(plan.created, func(tx pgx.Tx, one []*IssueRow) error { return writeIssues(ctx, tx, one, nil, words) })
	if err != nil {
		return err
	}
	plan.changed, err = attempt(plan.changed, func(tx pgx.Tx, one []*IssueRow) error { return writeIssues(ctx, tx, nil, one, words) })
	return err
}

// isBadValue tells an issue that PostgreSQL can never store from a page that failed for a reason
// outside it: data exceptions, failed checks, a value too large for a row, an index or a tsvector.
func isBadValue(err error) bool {
	var failed *pgconn.PgError
	if !errors.As(err, &failed) || len(failed.Code) < 2 {
		return false
	}
	switch failed.Code[:2] {
	case "22", "54":
		return true
	case "23":
		return failed.Code != "23505"
	}
	// A value that pgx cannot write ends the COPY from our side, which PostgreSQL calls a cancellation.
	return failed.Code == "57014" && strings.Contains(failed.Message, "unable to encode")
}
