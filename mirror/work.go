package mirror

import (
	"context"
	"errors"
	"slices"
	"time"

	"jirasync/db"
	"jirasync/jira"
)

// retriedErrors bounds how many items that could not be stored a run tries again.
const retriedErrors = 100

// work is the run itself: learn, fetch, compare.
func (r *runner) work(ctx context.Context) error {
	if err := r.client.Held(ctx); err != nil {
		r.noteContact(ctx, err)
		return err
	}
	if err := r.discover(ctx); err != nil {
		r.noteContact(ctx, err)
		return err
	}
	plan, err := r.plan(ctx)
	if err != nil {
		r.noteContact(ctx, err)
		return err
	}
	if err := r.covered(plan); err != nil { // of the wish, not of Jira
		return err
	}
	r.progress.enter(db.PhaseFetching)
	asOf, err := r.fetch(ctx, plan)
	if err == nil && r.Run.Mode == db.Incremental {
		err = r.followWorklogs(ctx, plan)
	}
	if err == nil {
		err = r.learnParts(ctx, plan)
	}
	if err == nil {
		err = r.retryErrors(ctx)
	}
	if err == nil && r.Run.Mode == db.Incremental {
		err = r.reread(ctx, plan)
	}
	if err == nil && plan.census {
		r.progress.enter(db.PhaseReconciling)
		err = r.census(ctx, plan)
	}
	if err == nil {
		err = r.confirmSuspects(ctx)
	}
	r.noteContact(ctx, err)
	if err != nil {
		return err
	}
	if r.Run.Mode != db.Reconcile && len(r.Run.Keys) == 0 && !asOf.IsZero() {
		return r.saveReached(ctx, plan, asOf)
	}
	return nil
}

// saveReached notes how far the run has brought every project that did not fail. A window that could not
// be read concerns all.
func (r *runner) saveReached(ctx context.Context, p plan, asOf time.Time) error {
	reached := db.Reached{At: asOf}
	for _, failed := range r.progress.failedProjects() {
		switch {
		case failed.ProjectID != nil:
			reached.Failed = append(reached.Failed, *failed.ProjectID)
		case slices.Contains(r.Instance.Projects, failed.ProjectKey):
			reached.FailedKeys = append(reached.FailedKeys, failed.ProjectKey)
		default:
			return nil
		}
		reached.Read = p.read
	}
	return r.store.SaveReached(ctx, r.Lease, reached)
}

// retryErrors fetches items again that could not be stored before. That they fail once more costs
// the run nothing; what Jira no longer has is settled.
func (r *runner) retryErrors(ctx context.Context) error {
	ids, err := r.store.DueErrors(ctx, r.Instance.ID, retriedErrors)
	if err != nil || len(ids) == 0 {
		return err
	}
	err = r.apart(ctx, ids, r.retry)
	if err != nil && (!isFatal(err) || endpointAlone(err)) && ctx.Err() == nil {
		r.log.WarnContext(ctx, "items that could not be stored were not tried again", "error", err)
		return nil
	}
	return err
}

func (r *runner) retry(ctx context.Context, ids []int64) error {
	issues, broken, absent, err := r.byID(ctx, ids)
	if err != nil {
		return err
	}
	left := fates{}
	belonging, err := r.belonging(ctx, issues, left)
	if err != nil {
		return err
	}
	if err := r.storeIssues(ctx, belonging, broken); err != nil {
		return err
	}
	if err := r.letGo(ctx, left[movedOut]); err != nil {
		return err
	}
	return r.settleAbsent(ctx, absent)
}

// settleAbsent looks once more at items that a fetch did not bring: an index may not show them. What
// belongs in the mirror is stored; of what does not, the error is settled.
func (r *runner) settleAbsent(ctx context.Context, absent []int64) error {
	left := fates{}
	var found []jira.Issue
	judge := func(issue jira.Issue) {
		if reason := r.reasonOf(issue); reason != "" {
			left.add(reason, issue.ID)
		} else {
			found = append(found, issue)
		}
	}
	if err := r.lookAgain(ctx, absent, left, judge); err != nil {
		return err
	}
	belonging, err := r.belonging(ctx, found, left)
	if err != nil {
		return err
	}
	if err := r.storeIssues(ctx, belonging, nil); err != nil {
		return err
	}
	for _, gone := range left {
		if err := r.store.ResolveErrors(ctx, r.Lease, gone); err != nil {
			return err
		}
	}
	return nil
}

// noteContact records whether Jira let us in, for those who look at the instance.
func (r *runner) noteContact(ctx context.Context, err error) {
	contact := db.Contact{InstanceID: r.Instance.ID, Reachable: err == nil}
	if server, met := r.known.host(); met {
		contact.Kind, contact.Title, contact.JiraVersion, contact.TimeZone = kindOf(server.Kind), server.Title, server.Version, server.TimeZone
	}
	if err != nil {
		var unreachable *jira.UnreachableError
		contact.Reachable = !errors.As(err, &unreachable)
		contact.Error = err.Error()
	} else if failed := r.progress.failedProjects(); len(failed) > 0 {
		contact.Error = describeFailures(failed)
	} else {
		contact.Error = r.known.caution()
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
