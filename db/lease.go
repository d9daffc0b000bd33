package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrFenced says that another server has taken the instance over: what is in hand must be dropped,
// nothing of it may be written.
var ErrFenced = errors.New("another server has taken over this instance")

// leaseWait bounds how long a taker-over waits for what a former holder has in hand. It tries again
// after that; by then PostgreSQL may have dropped a holder that was lost (see [mostIdle]).
const leaseWait = 5 * time.Second

// LeaseHeldError says who writes the instance now, and until when unless the lease is renewed.
type LeaseHeldError struct {
	InstanceID int
	Holder     string
	ExpiresAt  time.Time
	Ended      bool // the lease has, but a transaction under it has not
}

func (e *LeaseHeldError) Error() string {
	if e.Ended {
		return fmt.Sprintf("the lease of %s on instance %d has ended, but not what it was writing: PostgreSQL drops that within seconds "+
			"unless it goes on", e.Holder, e.InstanceID)
	}
	return fmt.Sprintf("instance %d is in use by %s until %s", e.InstanceID, e.Holder, e.ExpiresAt.Format(time.TimeOnly))
}

// Lease is the right to write one instance. Its fence is higher than that of every lease before.
type Lease struct {
	InstanceID int
	Holder     string
	Fence      int64
}

const acquireLeaseSQL = `
INSERT INTO jira_sync.sync_leases AS held (instance_id, holder, fence, expires_at)
VALUES ($1, $2, 1, now() + $3::interval)
ON CONFLICT (instance_id) DO UPDATE
SET holder = excluded.holder, fence = held.fence + 1, expires_at = excluded.expires_at
WHERE held.expires_at <= now()
RETURNING fence`

// AcquireLease takes the instance for ttl, or answers a [LeaseHeldError]. It waits for the page
// that a former holder is committing, for a while.
func (s *Store) AcquireLease(ctx context.Context, instance int, holder string, ttl time.Duration) (Lease, error) {
	lease := Lease{InstanceID: instance, Holder: holder}
	err := s.pool.change(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL lock_timeout = %d", leaseWait.Milliseconds())); err != nil {
			return err
		}
		return tx.QueryRow(ctx, acquireLeaseSQL, instance, holder, ttl).Scan(&lease.Fence)
	})
	if errors.Is(err, pgx.ErrNoRows) || isCode(err, "55P03") {
		return Lease{}, s.leaseHeld(ctx, instance)
	}
	if err != nil {
		return Lease{}, fmt.Errorf("acquire the lease of instance %d: %w", instance, err)
	}
	return lease, nil
}

func (s *Store) leaseHeld(ctx context.Context, instance int) error {
	held := &LeaseHeldError{InstanceID: instance}
	const query = `SELECT holder, expires_at, expires_at <= now() FROM jira_sync.sync_leases WHERE instance_id = $1`
	if err := s.pool.QueryRow(ctx, query, instance).Scan(&held.Holder, &held.ExpiresAt, &held.Ended); err != nil {
		return fmt.Errorf("read the lease of instance %d: %w", instance, err)
	}
	return held
}

// RenewLease keeps the lease for another ttl, or answers [ErrFenced].
func (s *Store) RenewLease(ctx context.Context, l Lease, ttl time.Duration) error {
	const query = `
UPDATE jira_sync.sync_leases SET expires_at = now() + $3::interval
WHERE instance_id = $1 AND fence = $2`
	tag, err := s.pool.Exec(ctx, query, l.InstanceID, l.Fence, ttl)
	if err != nil {
		return fmt.Errorf("renew the lease of instance %d: %w", l.InstanceID, err)
	}
	if tag.RowsAffected() == 0 {
		return ErrFenced
	}
	return nil
}

// ReleaseLease lets the next run begin at once. A lease lost meanwhile is left alone.
func (s *Store) ReleaseLease(ctx context.Context, l Lease) error {
	const query = `
UPDATE jira_sync.sync_leases SET expires_at = now()
WHERE instance_id = $1 AND fence = $2`
	if _, err := s.pool.Exec(ctx, query, l.InstanceID, l.Fence); err != nil {
		return fmt.Errorf("release the lease of instance %d: %w", l.InstanceID, err)
	}
	return nil
}

// holdFence refuses a late writer. The share lock makes a taker-over wait until this transaction
// has ended, so that no page commits after the fence has moved. The transaction gets its bound once more:
// a pooler does not hand on the settings of a session.
func holdFence(ctx context.Context, tx pgx.Tx, instance int, fence int64) error {
	const query = `
SELECT set_config('idle_in_transaction_session_timeout', $3, true) FROM jira_sync.sync_leases
WHERE instance_id = $1 AND fence = $2
FOR SHARE`
	var bound string
	err := tx.QueryRow(ctx, query, instance, fence, fmt.Sprint(mostIdle.Milliseconds())).Scan(&bound)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrFenced
	}
	if err != nil {
		return fmt.Errorf("check the fence of instance %d: %w", instance, err)
	}
	return nil
}
