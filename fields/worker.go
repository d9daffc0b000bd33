package fields

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"jirasync/db"
)

const (
	// lookEvery is how often a server looks for work that it was not told of.
	lookEvery = 2 * time.Second
	// leaseTTL is how long a server that went silent keeps the columns to itself.
	leaseTTL = 12 * time.Second
	// sampleEvery is how old the usage and the samples of fields become.
	sampleEvery = 6 * time.Hour
	// retryAfter is the pause after a pass that failed.
	retryAfter = 5 * time.Second
)

// Worker carries out what mappings ask for: one server at a time, under a lease of its own.
type Worker struct {
	store   *db.Store
	holder  string
	publish func(context.Context, db.FieldMappingProgress)
	log     *slog.Logger
	woken   chan struct{}
	inUse   string // why the view could not be changed, as it was told last
}

// NewWorker makes a worker that calls itself holder where it takes the lease, and that tells
// progress to publish, which must not block.
func NewWorker(store *db.Store, holder string, publish func(context.Context, db.FieldMappingProgress), log *slog.Logger) *Worker {
	return &Worker{store: store, holder: holder, publish: publish, log: log, woken: make(chan struct{}, 1)}
}

// Wake says that a mapping may have changed. It does not block.
func (w *Worker) Wake() {
	select {
	case w.woken <- struct{}{}:
	default: // one is pending
	}
}

// Run works until ctx ends. What it is at then is gone on with by whoever comes next.
func (w *Worker) Run(ctx context.Context) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	mended, rest := false, time.Time{}
	for {
		if time.Now().After(rest) {
			worked, err := w.turn(ctx, !mended)
			switch {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				w.log.ErrorContext(ctx, "the mapped columns could not be worked on", "error", err)
				rest = time.Now().Add(retryAfter)
			case worked:
				mended = true
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-w.woken:
		case <-look.C:
		}
	}
}

// turn passes once if there is something to do, or if nothing has been mended yet.
func (w *Worker) turn(ctx context.Context, mend bool) (worked bool, err error) {
	work, err := w.store.HasColumnWork(ctx)
	if err != nil {
		return false, err
	}
	stale, err := w.store.StaleSamples(ctx, sampleEvery)
	if err != nil {
		return false, err
	}
	if !work && !mend && len(stale) == 0 {
		return false, nil
	}
	err = w.Pass(ctx)
	var held *db.LeaseHeldError
	if errors.As(err, &held) {
		return false, nil // its holder is at work
	}
	return err == nil, err
}

// Pass does all there is to do now: it mends what has drifted, adds and fills columns, drops those
// that nobody reads, and samples fields. A [db.LeaseHeldError] says who is at it already.
func (w *Worker) Pass(ctx context.Context) error {
	lease, err := w.store.AcquireLease(ctx, db.MappingLease, w.holder, leaseTTL)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	var keeper errgroup.Group
	keeper.Go(func() error { w.keepLease(ctx, lease, stop); return nil })
	err = w.work(ctx, lease)
	if cause := context.Cause(ctx); cause != nil && err != nil {
		err = cause // what the work saw was only its context ending
	}
	stop(nil)
	_ = keeper.Wait() // it has no error
	releasing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if released := w.store.ReleaseLease(releasing, lease); released != nil {
		w.log.WarnContext(ctx, "the lease of the mapped columns was not released; it ends by itself", "error", released)
	}
	return err
}

func (w *Worker) keepLease(ctx context.Context, lease db.Lease, stop context.CancelCauseFunc) {
	ticker := time.NewTicker(leaseTTL / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := w.store.RenewLease(ctx, lease, leaseTTL); errors.Is(err, db.ErrFenced) {
			stop(db.ErrFenced)
			return
		}
	}
}

func (w *Worker) work(ctx context.Context, lease db.Lease) error {
	found, err := w.store.MendColumns(ctx, lease)
	if err != nil {
		return err
	}
	for _, what := range found {
		w.log.WarnContext(ctx, "mended the mapped columns", "found", what)
	}
	if err := w.fillAll(ctx, lease); err != nil {
		return err
	}
	if err := w.show(ctx, lease); err != nil {
		return err
	}
	if err := w.store.IndexColumns(ctx); err != nil {
		return err
	}
	stale, err := w.store.StaleSamples(ctx, sampleEvery)
	if err != nil {
		return err
	}
	for _, instance := range stale {
		if err := w.store.SampleFields(ctx, instance); err != nil {
			return err
		}
	}
	return nil
}

// show brings the view up to date and drops what it does not show any more. What was built on the
// view may forbid that; fills go on all the same.
func (w *Worker) show(ctx context.Context, lease db.Lease) error {
	err := w.store.ShowColumns(ctx, lease)
	if err == nil {
		err = w.store.DropColumns(ctx, lease)
	}
	var inUse *db.ViewInUseError
	if errors.As(err, &inUse) {
		if w.inUse != inUse.Detail {
			w.inUse = inUse.Detail
			w.log.WarnContext(ctx, "the view of the issues is behind the mappings", "error", inUse)
		}
		return nil
	}
	if err == nil {
		w.inUse = ""
	}
	return err
}

// fillAll adds and fills columns until none is wanted.
func (w *Worker) fillAll(ctx context.Context, lease db.Lease) error {
	for {
		if err := w.store.AddColumns(ctx, lease); err != nil {
			return err
		}
		stage, err := w.store.NextFill(ctx)
		if err != nil || len(stage.Columns) == 0 {
			return err
		}
		err = w.fill(ctx, lease, stage)
		var inUse *db.ViewInUseError
		switch {
		case errors.Is(err, db.ErrColumnsChanged): // somebody wants something else now
		case errors.As(err, &inUse):
			if err := w.store.FailMappings(ctx, lease, stage.Columns, inUse.Error()); err != nil {
				return err
			}
		case err != nil:
			return fmt.Errorf("fill %d columns: %w", len(stage.Columns), err)
		}
	}
}
