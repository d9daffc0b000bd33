package mirror

import (
	"context"
	"time"

	"jirasync/db"
)

// lateIndex is how much later than any window a change may be told and still be found with the next
// census of Cloud.
const lateIndex = 2 * time.Hour

// fetchLate brings in changes that the index told so late that no window reached back to them, as it
// does after bulk edits. The listing of Data Center tells when each issue was changed last; that of
// Cloud has ids alone, so what changed since the last such look, and some hours before, is asked for
// besides. The re-read of everything finds what is later still.
func (r *runner) fetchLate(ctx context.Context, p plan) error {
	keys := quotedKeys(p.projects)
	if r.known.isDataCenter() || keys == "" {
		return nil
	}
	began := time.Now()
	if r.Run.Mode == db.Full && !p.continued { // it has just brought it all
		began = earlier(began, p.began)
	} else {
		condition := r.narrow(r.client.Since("updated", p.lateSince().Add(-lateIndex)), "project in ("+keys+")")
		err := r.fetchOvertaken(ctx, condition)
		if err != nil && (isFatal(err) || ctx.Err() != nil) {
			return err
		}
		if err != nil {
			r.log.WarnContext(ctx, "changes that may have been told late were not looked for; the next census does", "error", err)
			return nil
		}
	}
	if len(r.Run.Keys) > 0 {
		return nil
	}
	return r.store.SaveCheckpoints(ctx, r.Lease, db.Checkpoint{InstanceID: p.instance, Kind: db.Late, Watermark: &began})
}

// lateSince is when late changes were looked for last, or by a release that kept no mark of it, when the
// last census ended.
func (p plan) lateSince() time.Time {
	since := time.Now()
	for _, kind := range []db.Mode{db.Late, db.Reconcile} {
		if mark := p.held[markKey{0, kind}].Watermark; mark != nil {
			return earlier(since, *mark)
		}
	}
	return since
}

func (r *runner) fetchOvertaken(ctx context.Context, condition string) error {
	for page, err := range r.client.Changes(ctx, condition) {
		if err != nil {
			return err
		}
		ids, updated := idsAndTimes(page)
		overtaken, err := r.store.Overtaken(ctx, r.Instance.ID, ids, updated)
		if err != nil {
			return err
		}
		if len(overtaken) == 0 {
			continue
		}
		if err := r.apart(ctx, overtaken, r.fetchShown); err != nil {
			return err
		}
	}
	return nil
}
