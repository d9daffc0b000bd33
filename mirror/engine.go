package mirror

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"jirasync/db"
	"jirasync/jira"
)

const (
	// LeaseTTL is how long a server that went silent keeps an instance. Renewed each third of it,
	// so that a dead server's instance is free within 15 s.
	LeaseTTL = 12 * time.Second

	progressEvery = 500 * time.Millisecond
	saveEvery     = 4 // times progressEvery: how often a run that stands still asks whether it is to end
	finishWithin  = 10 * time.Second
)

// errCancelled ends a run because a person asked for it.
var errCancelled = errors.New("cancelled")

// Instance is one configured Jira.
type Instance struct {
	ID          int
	Name        string
	Client      *jira.Client
	Projects    []string // keys to mirror; empty: all that the account sees
	JQL         string   // narrows what is mirrored; empty: nothing
	Concurrency int      // requests at a time, which its client keeps
}

// Reach is what is mirrored of the instance, where Jira shows these projects.
func (in Instance) Reach(visible []db.ProjectRow, settings db.SyncConfig) db.Reach {
	return db.Reach{InstanceID: in.ID, Name: in.Name, Visible: visible, Configured: in.Projects, Settings: settings.Projects}
}

// Engine runs instances. It is safe for use by several runs at once, one an instance.
type Engine struct {
	store   *db.Store
	publish func(context.Context, db.Progress)
	log     *slog.Logger
	figures *figures

	mu    sync.Mutex
	known map[int]*knowledge // by instance
}

// NewEngine makes an engine that tells progress to publish, which must not block.
func NewEngine(store *db.Store, publish func(context.Context, db.Progress), log *slog.Logger) *Engine {
	return &Engine{store: store, publish: publish, log: log, figures: newFigures(), known: map[int]*knowledge{}}
}

// Order is a run to be done, under its lease.
type Order struct {
	Instance Instance
	Lease    db.Lease
	Run      db.Run
	Settings db.SyncConfig
	// BothStrikes lets a census take the second strike and the confirmation itself, at once.
	BothStrikes bool
}

// Ended is a run as it ended.
type Ended struct {
	db.Run
	Passing bool // what it failed of may be over in seconds, so that it is worth another run soon
}

// Do carries out a run that is RUNNING and returns it as it ended. The error says that the end
// could not be recorded; how the run itself went is its State and Error.
//
// When ctx ends first, the run is INTERRUPTED; what it stored stays.
func (e *Engine) Do(ctx context.Context, order Order) (Ended, error) {
	r := newRunner(e, order)
	err := r.supervise(ctx)
	run := Ended{Run: r.progress.snapshot()}
	run.State, run.Error = r.verdict(ctx, err)
	run.Passing = run.State == db.Failed && passing(err) || run.State == db.Partial && r.progress.failedInPassing()
	if errors.Is(err, db.ErrFenced) {
		// Its row is another server's now.
		return run, fmt.Errorf("run %d: %w", run.SyncID, db.ErrFenced)
	}
	run.Run, err = e.finish(ctx, run.Run, r.progress)
	if err != nil {
		return run, err
	}
	e.figures.count(order.Instance.Name, run.Run, r.progress.metrics(run.SyncID))
	e.log.LogAttrs(ctx, levelOf(run.State), "run finished", runAttrs(order.Instance, run.Run)...)
	return run, nil
}

// passing tells a cause that may be over in seconds, such as a connection that was cut, from one
// that a person has to mend, and from one that says itself when to come back.
func passing(err error) bool { return jira.Passing(err) || db.Passing(err) }

// finish records how a run ended, for as long as its lease lasts: a database that restarts is back
// in seconds.
func (e *Engine) finish(ctx context.Context, run db.Run, t *tracker) (db.Run, error) {
	finishing, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishWithin)
	defer cancel()
	projects, metrics := t.projectRuns(run.State), t.metrics(run.SyncID)
	return backoff.Retry(finishing, func() (db.Run, error) {
		done, err := e.store.FinishRun(finishing, run, projects, metrics)
		if errors.Is(err, db.ErrFenced) {
			return run, backoff.Permanent(err)
		}
		return done, err
	}, backoff.WithBackOff(&backoff.ExponentialBackOff{InitialInterval: 100 * time.Millisecond, Multiplier: 2, MaxInterval: time.Second}))
}

// runner is one run under way.
type runner struct {
	Order
	engine   *Engine
	store    *db.Store
	client   *jira.Client
	meter    *jira.Meter
	progress *tracker
	people   *peopleCache
	known    *knowledge
	scope    scope
	judged   projectSet // whose census was taken
	counts   sync.Map   // condition -> counted
	limit    atomic.Pointer[error]
	log      *slog.Logger
}

func newRunner(e *Engine, order Order) *runner {
	meter := &jira.Meter{}
	return &runner{
		Order: order, engine: e, store: e.store, client: order.Instance.Client, meter: meter,
		progress: newTracker(order.Run, meter), people: newPeopleCache(), known: e.knowledgeOf(order.Instance.ID),
		log: e.log.With("instance", order.Instance.Name, "run", order.Run.SyncID),
	}
}

// supervise works while two companions keep the lease and tell how far it has come; it returns
// when all three have ended.
func (r *runner) supervise(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(jira.WithMeter(r.patient(ctx), r.meter))
	var companions errgroup.Group
	companions.Go(func() error { r.keepLease(ctx, stop); return nil })
	companions.Go(func() error { r.tellProgress(ctx, stop); return nil })
	err := r.work(ctx)
	if cause := context.Cause(ctx); cause != nil && (err != nil || errors.Is(cause, db.ErrFenced)) {
		err = cause // what the work saw was only its context ending
	}
	stop(nil)
	return errors.Join(err, companions.Wait())
}

// patient has no request wait longer for Jira than the next run would.
func (r *runner) patient(ctx context.Context) context.Context {
	return jira.WithMaxWait(ctx, time.Duration(r.Settings.IntervalSeconds)*time.Second)
}

func (r *runner) keepLease(ctx context.Context, stop context.CancelCauseFunc) {
	ticker := time.NewTicker(LeaseTTL / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := r.store.RenewLease(ctx, r.Lease, LeaseTTL)
		if errors.Is(err, db.ErrFenced) {
			stop(db.ErrFenced)
			return
		}
		if err != nil && ctx.Err() == nil {
			// The pages themselves will fail if the database is gone for long.
			r.log.WarnContext(ctx, "the lease could not be renewed", "error", err)
		}
	}
}

// tellProgress saves how far the run is before it tells that: who begins to watch reads what is saved. A
// moment of writing is saved as the fetching that it is part of.
func (r *runner) tellProgress(ctx context.Context, stop context.CancelCauseFunc) {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	var last db.Progress
	for tick := 1; ; tick++ {
		now := r.progress.moment()
		moved := now.Phase != last.Phase || now.Done != last.Done || now.Message != last.Message
		if (moved || tick%saveEvery == 0) && !r.saveProgress(ctx) {
			stop(errCancelled)
			return
		}
		if moved {
			r.engine.publish(ctx, now)
			last = now
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-r.progress.phaseChanged:
		}
	}
}

// saveProgress tells whether the run is to go on. A database that does not answer holds up no watcher
// for long.
func (r *runner) saveProgress(ctx context.Context) (goOn bool) {
	ctx, cancel := context.WithTimeout(ctx, saveEvery*progressEvery)
	defer cancel()
	cancelled, err := r.store.SaveProgress(ctx, r.progress.snapshot())
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		r.log.WarnContext(ctx, "the progress could not be saved", "error", err)
	}
	return !cancelled
}

// verdict names the state a run ended in, and says why in a sentence.
func (r *runner) verdict(ctx context.Context, err error) (db.State, *string) {
	say := func(state db.State, text string) (db.State, *string) { return state, &text }
	failed := r.progress.failedProjects()
	var throttled *jira.ThrottledError
	switch {
	case err == nil && len(failed) == 0 && r.progress.failedIssues() == 0:
		return db.Succeeded, nil
	case err == nil && len(failed) == 0:
		return say(db.Partial, unstored(r.progress.failedIssues()))
	case err == nil:
		return say(db.Partial, describeFailures(failed))
	case errors.As(err, &throttled):
		return say(db.Partial, err.Error()+"; the next run goes on from the last stored page")
	case errors.Is(err, errCancelled):
		return say(db.Cancelled, "cancelled; what was stored stays, the next run goes on from there")
	case ctx.Err() != nil:
		return say(db.Interrupted, "the server was stopped; the next run goes on from the last stored page")
	default:
		return say(db.Failed, err.Error())
	}
}

func unstored(issues int) string {
	if issues == 1 {
		return "1 issue could not be stored; it is kept under errors and tried again"
	}
	return fmt.Sprintf("%d issues could not be stored; they are kept under errors and tried again", issues)
}

func levelOf(state db.State) slog.Level {
	switch state {
	case db.Failed:
		return slog.LevelError
	case db.Partial, db.Interrupted:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

func runAttrs(in Instance, run db.Run) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("instance", in.Name), slog.Int64("run", run.SyncID), slog.String("mode", string(run.Mode)),
		slog.String("state", string(run.State)), slog.Int("fetched", run.IssuesFetched),
		slog.Int("created", run.IssuesCreated), slog.Int("updated", run.IssuesUpdated),
		slog.Int("deleted", run.IssuesDeleted), slog.Int("requests", run.Requests),
	}
	if run.FinishedAt != nil {
		attrs = append(attrs, slog.Duration("took", run.FinishedAt.Sub(run.StartedAt).Round(time.Millisecond)))
	}
	if run.Error != nil {
		attrs = append(attrs, slog.String("error", *run.Error))
	}
	return attrs
}
