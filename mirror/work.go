package mirror

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"jirasync/db"
	"jirasync/jira"
)

// retriedErrors bounds how many items that could not be stored a run tries again.
const retriedErrors = 100

// work is the run itself: learn, fetch, compare.
func (r *runner) work(ctx context.Context) error {
	if err := r.discover(ctx); err != nil {
		r.noteContact(ctx, err)
		return err
	}
	plan, err := r.plan(ctx)
	if err != nil {
		return err
	}
	r.progress.enter(db.PhaseFetching)
	asOf, err := r.fetch(ctx, plan)
	if err == nil {
		err = r.retryErrors(ctx)
	}
	if err == nil && plan.census {
		r.progress.enter(db.PhaseReconciling)
		err = r.census(ctx, plan)
	}
	if err == nil {
		err = r.confirmSuspects(ctx, plan)
	}
	r.noteContact(ctx, err)
	if err != nil {
		return err
	}
	if r.Run.Mode != db.Reconcile && len(r.Run.Keys) == 0 && len(r.progress.failedProjects()) == 0 && !asOf.IsZero() {
		return r.store.CompleteAsOf(ctx, r.Instance.ID, asOf)
	}
	return nil
}

// fetch runs the planned sweeps side by side and returns the moment, by Jira's clock, up to which
// changes are now here. A sweep that fails costs its project, not the others; it fails the run
// when Jira as a whole refuses us, or nothing at all went well.
func (r *runner) fetch(ctx context.Context, plan plan) (asOf time.Time, err error) {
	group, sweeping := errgroup.WithContext(ctx)
	group.SetLimit(max(1, r.Instance.Concurrency))
	results := make([]sweepResult, len(plan.sweeps))
	for i, sweep := range plan.sweeps {
		group.Go(func() error {
			results[i] = r.sweep(sweeping, sweep)
			if isFatal(results[i].err) {
				return results[i].err
			}
			return sweeping.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return time.Time{}, err
	}
	return r.judgeSweeps(ctx, plan, results)
}

func (r *runner) judgeSweeps(ctx context.Context, plan plan, results []sweepResult) (asOf time.Time, err error) {
	var failures []error
	asOf = plan.began
	for i, sweep := range plan.sweeps {
		if err := results[i].err; err != nil {
			failures = append(failures, err)
			r.progress.failProject(sweep.projectID, sweep.name(), err)
			continue
		}
		if sweep.kind == db.Incremental {
			asOf = results[i].since
		}
		if sweep.kind == db.Full {
			r.progress.finishProject(sweep.projectID, sweep.name())
		}
	}
	if len(failures) > 0 && len(failures) == len(plan.sweeps) {
		return time.Time{}, failures[0]
	}
	if len(failures) == 0 && plan.full {
		return asOf, r.store.SaveCheckpoints(ctx, r.Lease, plan.fullDone())
	}
	return asOf, nil
}

// isFatal tells what no other project would survive either.
func isFatal(err error) bool {
	var refused *jira.RefusedError
	return errors.As(err, &refused) || errors.Is(err, db.ErrFenced)
}

// retryErrors fetches items again that could not be stored before.
func (r *runner) retryErrors(ctx context.Context) error {
	ids, err := r.store.DueErrors(ctx, r.Instance.ID, retriedErrors)
	if err != nil || len(ids) == 0 {
		return err
	}
	return r.fetchIDs(ctx, ids)
}

// fetchIDs stores issues by id, outside any sweep.
func (r *runner) fetchIDs(ctx context.Context, ids []int64) error {
	issues, broken, err := r.client.Issues(ctx, ids, true)
	if err != nil {
		return fmt.Errorf("fetch %d issues by id: %w", len(ids), err)
	}
	return r.storeIssues(ctx, issues, broken)
}

// storeIssues completes and stores issues that no sweep brought.
func (r *runner) storeIssues(ctx context.Context, issues []jira.Issue, broken []jira.Broken) error {
	if err := r.complete(ctx, issues); err != nil {
		return err
	}
	_, err := r.storePage(ctx, jira.Page{Issues: issues, Broken: broken, AskedAt: time.Now(), Total: -1}, nil)
	return err
}

// noteContact records whether Jira let us in, for those who look at the instance.
func (r *runner) noteContact(ctx context.Context, err error) {
	contact := db.Contact{InstanceID: r.Instance.ID, Reachable: err == nil}
	if server := r.known.server; server != nil {
		contact.Kind, contact.Title, contact.JiraVersion, contact.TimeZone = kindOf(server.Kind), server.Title, server.Version, server.TimeZone
	}
	if err != nil {
		var unreachable *jira.UnreachableError
		contact.Reachable = !errors.As(err, &unreachable)
		contact.Error = err.Error()
	} else if failed := r.progress.failedProjects(); len(failed) > 0 {
		contact.Error = describeFailures(failed)
	}
	saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishWithin)
	defer cancel()
	if err := r.store.SaveContact(saving, contact); err != nil {
		r.log.WarnContext(ctx, "the state of the instance could not be saved", "error", err)
	}
	limit := r.client.Limit()
	if err := r.store.SaveLimit(saving, r.Instance.ID, limitRow(limit)); err != nil {
		r.log.WarnContext(ctx, "the limits of the instance could not be saved", "error", err)
	}
}
