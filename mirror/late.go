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
// Cloud has ids alone, so what changed in the last hours, or since the last census where that is longer
// ago, is asked for besides. The re-read of everything finds what is later still.
func (r *runner) fetchLate(ctx context.Context, p plan) error {
	if r.known.isDataCenter() || r.Run.Mode == db.Full { // a full read has just brought it all
		return nil
	}
	keys := quotedKeys(p.projects)
	if keys == "" {
		return nil
	}
	since := time.Now()
	if last := p.held[markKey{0, db.Reconcile}].Watermark; last != nil {
		since = earlier(since, *last)
	}
	condition := r.narrow(r.client.Since("updated", since.Add(-lateIndex)), "project in ("+keys+")")
	err := r.fetchOvertaken(ctx, condition)
	if err == nil || isFatal(err) || ctx.Err() != nil {
		return err
	}
	r.log.WarnContext(ctx, "changes that may have been told late were not looked for; the next census does", "error", err)
	return nil
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
