package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"jirasync/db"
)

const (
	// leadInstance is the lease that makes a leader: no Jira has this number.
	leadInstance = 0
	leadTTL      = 9 * time.Second
	leadBeat     = 2 * time.Second
)

var errNotLeading = errors.New("another server leads")

// leadership is this server's claim to lead. A lease and not an advisory lock: a server that is
// paused keeps its connections, and with them its locks, but not its lease.
type leadership struct {
	store  *db.Store
	holder string
	gained func() // called when the lead has come here
	log    *slog.Logger

	mu    sync.Mutex
	lease db.Lease
	until time.Time // by our own clock; the lease in the database ends later than this
}

// Run seeks and keeps the lead until ctx ends, then lets go of it.
func (l *leadership) Run(ctx context.Context) error {
	beat := time.NewTicker(leadBeat)
	defer beat.Stop()
	for {
		l.beat(ctx)
		select {
		case <-ctx.Done():
			l.resign(ctx)
			return nil
		case <-beat.C:
		}
	}
}

func (l *leadership) beat(ctx context.Context) {
	asked := time.Now()
	lease, leading := l.current()
	var err error
	if leading {
		err = l.store.RenewLease(ctx, lease, leadTTL)
	} else {
		lease, err = l.store.AcquireLease(ctx, leadInstance, l.holder, leadTTL)
	}
	var held *db.LeaseHeldError
	switch {
	case err == nil:
		l.hold(lease, asked.Add(leadTTL))
		if !leading {
			l.log.InfoContext(ctx, "this server leads the schedule")
			l.gained()
		}
	case errors.Is(err, db.ErrFenced):
		l.hold(db.Lease{}, time.Time{})
	case !errors.As(err, &held) && ctx.Err() == nil:
		l.log.WarnContext(ctx, "the lead cannot be claimed", "error", err)
	}
}

func (l *leadership) hold(lease db.Lease, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lease, l.until = lease, until
}

func (l *leadership) current() (db.Lease, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lease, time.Now().Before(l.until)
}

// IsLeader is what gocron asks before each tick.
func (l *leadership) IsLeader(context.Context) error {
	if _, leading := l.current(); !leading {
		return errNotLeading
	}
	return nil
}

func (l *leadership) resign(ctx context.Context) {
	lease, leading := l.current()
	if !leading {
		return
	}
	l.hold(db.Lease{}, time.Time{})
	resigning, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := l.store.ReleaseLease(resigning, lease); err != nil {
		l.log.WarnContext(ctx, "the lead was not released; it ends by itself", "error", err)
	}
}
