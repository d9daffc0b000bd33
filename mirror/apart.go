package mirror

import (
	"context"
	"slices"

	"jirasync/db"
)

// apart does something with issues by their ids: with all at once or, where that fails, with one
// after the other, so that one that Jira cannot give us holds up no other. That one is kept as an
// error, to be tried again later.
func (r *runner) apart(ctx context.Context, ids []int64, do func(ctx context.Context, ids []int64) error) error {
	err := do(ctx, ids)
	if err == nil || !r.isOfOne(ctx, err, ids, do) {
		return err
	}
	for _, id := range ids {
		err := do(ctx, []int64{id})
		if err == nil {
			continue
		}
		if !r.isOfOne(ctx, err, []int64{id}, do) {
			return err
		}
		if err := r.putAside(ctx, id, err); err != nil {
			return err
		}
	}
	return nil
}

// isOfOne tells a failure that one of the issues is to blame for: the same goes well with another,
// which nothing was ever wrong with.
func (r *runner) isOfOne(ctx context.Context, failure error, ids []int64, do func(ctx context.Context, ids []int64) error) bool {
	if isFatal(failure) || db.Passing(failure) || ctx.Err() != nil {
		return false
	}
	innocent, err := r.store.Witnesses(ctx, r.Instance.ID, witnesses)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(innocent, func(id int64) bool {
		return !slices.Equal(ids, []int64{id}) && do(ctx, []int64{id}) == nil
	})
}

// innocent are issues that nothing was ever wrong with.
func (r *runner) innocent(ctx context.Context) []int64 {
	innocent, err := r.store.Witnesses(ctx, r.Instance.ID, witnesses)
	if err != nil {
		return nil
	}
	return innocent
}

// putAside keeps an issue for a later try.
func (r *runner) putAside(ctx context.Context, id int64, failure error) error {
	key, project, err := r.store.KeyOf(ctx, r.Instance.ID, id)
	if err != nil {
		return err
	}
	result, err := r.store.CommitPage(ctx, r.Lease, db.Page{SyncID: r.Run.SyncID, Broken: []db.BrokenItem{
		{JiraID: id, Key: key, Project: project, Stage: "fetch", Message: failure.Error()},
	}})
	if err == nil {
		r.progress.landed(unplanned, nil, result)
	}
	return err
}
