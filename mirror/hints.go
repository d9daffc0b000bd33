package mirror

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"jirasync/db"
	"jirasync/jira"
)

// hintsAtOnce bounds the webhooks that one step takes.
const hintsAtOnce = 200

// FollowHints fetches the issues that waiting webhooks name, now and by id, and returns how many
// there were. It may run beside a run of the instance, under that run's lease. A webhook is a hint
// and never data: what it says is asked for. While the schedule is paused only those are fetched that a
// person asked for.
func (e *Engine) FollowHints(ctx context.Context, instance Instance, lease db.Lease) (n int, err error) {
	settings, err := e.store.SyncConfig(ctx)
	if err != nil {
		return 0, err
	}
	waiting := e.store.WaitingHints
	if settings.Paused {
		waiting = e.store.WaitingRetries
	}
	hints, err := waiting(ctx, instance.ID, hintsAtOnce)
	if err != nil || len(hints.JiraIDs) == 0 {
		return 0, err
	}
	r := newRunner(e, Order{
		Instance: instance, Lease: lease, Run: db.Run{InstanceID: instance.ID, Mode: db.Incremental}, Settings: settings,
	})
	ctx = r.patient(ctx)
	if err := r.client.Held(ctx); err != nil {
		return 0, err
	}
	if err := r.discover(ctx); err != nil {
		return 0, err
	}
	if err := r.learnScope(ctx); err != nil {
		return 0, err
	}
	if err := r.apart(ctx, hints.JiraIDs, func(ctx context.Context, ids []int64) error {
		return r.follow(ctx, ids, hints.Deleted)
	}); err != nil {
		return 0, err
	}
	return len(hints.JiraIDs), r.store.SettleHints(ctx, lease, hints)
}

// follow fetches hinted issues; of some, a webhook said that they were deleted.
func (r *runner) follow(ctx context.Context, ids, deleted []int64) error {
	found, broken, err := r.look(ctx, ids)
	if err != nil {
		return err
	}
	absent := slices.Clone(ids)
	var kept []jira.Issue
	left := fates{}
	for _, issue := range found {
		absent = slices.DeleteFunc(absent, func(id int64) bool { return id == issue.ID })
		if reason := r.reasonOf(issue); reason != "" {
			left.add(reason, issue.ID)
		} else {
			kept = append(kept, issue)
		}
	}
	for _, b := range broken {
		absent = slices.DeleteFunc(absent, func(id int64) bool { return id == b.ID })
	}
	belonging, err := r.belonging(ctx, kept, left)
	if err != nil {
		return err
	}
	known, err := r.knownItems(ctx, broken)
	if err != nil {
		return err
	}
	if err := r.storeIssues(ctx, belonging, known); err != nil {
		return err
	}
	var missed []int64
	for _, id := range absent {
		if slices.Contains(deleted, id) {
			left.add("DELETED", id) // Jira said so, and does not show it either
		} else {
			missed = append(missed, id)
		}
	}
	if len(missed) > 0 {
		if err := r.store.SuspectNow(ctx, r.Lease, missed); err != nil {
			return err
		}
	}
	return r.bury(ctx, db.SuspectCounts{}, left)
}

// belonging are the issues that meet the instance's own condition; those that do not, leave. Of one that the
// index does not show yet nobody can tell: if the mirror has it, it stays, and if not, the window brings it.
func (r *runner) belonging(ctx context.Context, issues []jira.Issue, left fates) ([]jira.Issue, error) {
	matching, unseen, err := r.matching(ctx, issues, left)
	if err != nil {
		return nil, err
	}
	held, err := r.held(ctx, unseen)
	return append(matching, held...), err
}

// knownItems are those of items that cannot be read of which it is known that they belong here.
func (r *runner) knownItems(ctx context.Context, broken []jira.Broken) ([]jira.Broken, error) {
	if len(broken) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(broken))
	for n, b := range broken {
		ids[n] = b.ID
	}
	held, err := r.store.KnownIssues(ctx, r.Instance.ID, ids)
	if err != nil {
		return nil, err
	}
	waiting, err := r.store.OpenErrors(ctx, r.Instance.ID, ids)
	return slices.DeleteFunc(slices.Clone(broken), func(b jira.Broken) bool {
		return !slices.Contains(held, b.ID) && !slices.Contains(waiting, b.ID)
	}), err
}

// held are those that the mirror has.
func (r *runner) held(ctx context.Context, issues []jira.Issue) ([]jira.Issue, error) {
	ids := make([]int64, len(issues))
	for i, issue := range issues {
		ids[i] = issue.ID
	}
	known, err := r.store.KnownIssues(ctx, r.Instance.ID, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(issues, func(issue jira.Issue) bool { return !slices.Contains(known, issue.ID) }), nil
}

// look reads issues by id from Jira's database. Data Center reads many from its index, which runs
// late, so there each is asked for by itself.
func (r *runner) look(ctx context.Context, ids []int64) (found []jira.Issue, broken []jira.Broken, err error) {
	if !r.known.isDataCenter() {
		return r.client.Issues(ctx, ids, true)
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, r.Instance.Concurrency))
	for _, id := range ids {
		group.Go(func() error {
			one, err := r.client.Confirm(ctx, id)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case one.Issue != nil:
				found = append(found, *one.Issue)
			case one.Broken != nil:
				broken = append(broken, *one.Broken)
			}
			return nil
		})
	}
	err = group.Wait()
	return found, broken, err
}
