package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Webhook is a delivery of Jira's: a hint that an issue has changed, never data.
type Webhook struct {
	InstanceID int
	DeliveryID string // the same when it is sent again
	Event      string
	JiraIDs    []int64 // of the issues it is about; empty: none that can be told
}

// TakeWebhook notes a delivery and tells the server that leads. It is false for one that was
// taken before.
func (s *Store) TakeWebhook(ctx context.Context, w Webhook) (fresh bool, err error) {
	err = s.pool.change(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
INSERT INTO jira_sync.sync_webhooks (instance_id, delivery_id, event, jira_ids, fetched_at)
VALUES ($1, $2, $3, $4, CASE WHEN cardinality($4::bigint[]) = 0 THEN now() END)
ON CONFLICT DO NOTHING`, w.InstanceID, *storable(&w.DeliveryID), *storable(&w.Event), numbers(w.JiraIDs))
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		fresh = true
		if len(w.JiraIDs) == 0 {
			return nil
		}
		return notify(ctx, tx, Notice{Kind: NoticeWish, InstanceID: w.InstanceID})
	})
	if err != nil {
		return false, fmt.Errorf("take a webhook of instance %d: %w", w.InstanceID, err)
	}
	return fresh, nil
}

// Hints are issues that webhooks named and nobody has fetched since.
type Hints struct {
	JiraIDs    []int64 // each once
	Deleted    []int64 // those of which a webhook said that they were deleted
	deliveries []string
}

// WaitingHints returns the hints of up to limit webhooks, the oldest first.
func (s *Store) WaitingHints(ctx context.Context, instance, limit int) (Hints, error) {
	return s.hints(ctx, instance, limit, false)
}

// WaitingRetries returns of the hints only those that a person asked for (see [Store.RetryError]).
func (s *Store) WaitingRetries(ctx context.Context, instance, limit int) (Hints, error) {
	return s.hints(ctx, instance, limit, true)
}

func (s *Store) hints(ctx context.Context, instance, limit int, retries bool) (h Hints, err error) {
	err = s.pool.QueryRow(ctx, `
WITH waiting AS (
    SELECT delivery_id, event, jira_ids FROM jira_sync.sync_webhooks
    WHERE instance_id = $1 AND fetched_at IS NULL AND (event = 'retry' OR NOT $3)
    ORDER BY received_at
    LIMIT $2
)
SELECT (SELECT coalesce(array_agg(delivery_id), '{}') FROM waiting),
       (SELECT coalesce(array_agg(DISTINCT id), '{}') FROM waiting, unnest(jira_ids) AS id),
       (SELECT coalesce(array_agg(DISTINCT id), '{}') FROM waiting, unnest(jira_ids) AS id WHERE event = 'jira:issue_deleted')`,
		instance, limit, retries).Scan(&h.deliveries, &h.JiraIDs, &h.Deleted)
	if err != nil {
		return Hints{}, fmt.Errorf("read the webhooks of instance %d: %w", instance, err)
	}
	return h, nil
}

// SettleHints marks hints as done.
func (s *Store) SettleHints(ctx context.Context, l Lease, h Hints) error {
	return s.underFence(ctx, l, "settle the webhooks", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
UPDATE jira_sync.sync_webhooks SET fetched_at = now() WHERE instance_id = $1 AND delivery_id = ANY($2)`,
			l.InstanceID, h.deliveries)
		return err
	})
}

// SuspectNow notes issues as missed once: a webhook named them, and Jira does not show them by id.
func (s *Store) SuspectNow(ctx context.Context, l Lease, jiraIDs []int64) error {
	return s.underFence(ctx, l, "note the suspects", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
INSERT INTO jira_sync.sync_suspects (issue_id, instance_id, first_missed_at, last_missed_at)
SELECT issue_id, instance_id, now(), now() FROM jira_sync.jira_issues WHERE issue_id = ANY($1) AND deleted_at IS NULL
ON CONFLICT (issue_id) DO UPDATE SET last_missed_at = excluded.last_missed_at`, issueIDsOf(l.InstanceID, jiraIDs))
		return err
	})
}

// InstancesWithHints returns the instances of which webhooks wait.
func (s *Store) InstancesWithHints(ctx context.Context) ([]int, error) {
	return s.hinted(ctx, false)
}

// InstancesWithRetries returns those of which something waits that a person asked for.
func (s *Store) InstancesWithRetries(ctx context.Context) ([]int, error) {
	return s.hinted(ctx, true)
}

func (s *Store) hinted(ctx context.Context, retries bool) ([]int, error) {
	rows, _ := s.pool.Query(ctx, `
SELECT DISTINCT instance_id FROM jira_sync.sync_webhooks
WHERE fetched_at IS NULL AND (event = 'retry' OR NOT $1)
ORDER BY instance_id`, retries)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return nil, fmt.Errorf("read which webhooks wait: %w", err)
	}
	return ids, nil
}

// ShareLease is the right of a helper to write beside the run that holds an instance, under the
// same fence: it ends with that run's lease. [ErrNotFound] when nobody holds the instance.
func (s *Store) ShareLease(ctx context.Context, instance int, holder string) (Lease, error) {
	lease := Lease{InstanceID: instance, Holder: holder}
	err := s.pool.QueryRow(ctx, `
SELECT fence FROM jira_sync.sync_leases
WHERE instance_id = $1 AND holder = $2 AND expires_at > now()`, instance, holder).Scan(&lease.Fence)
	if errors.Is(err, pgx.ErrNoRows) {
		return Lease{}, ErrNotFound
	}
	if err != nil {
		return Lease{}, fmt.Errorf("read the lease of instance %d: %w", instance, err)
	}
	return lease, nil
}
