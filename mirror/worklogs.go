package mirror

import (
	"context"
	"slices"
	"time"

	"jirasync/db"
	"jirasync/jira"
)

// worklogOverlap is how far the lists of worklogs are read again: Jira leaves out the last minute.
const worklogOverlap = 2 * time.Minute

// followWorklogs fetches issues whose worklogs were written or removed without the window of
// changes having brought it. Mostly there are none, so a Jira that does not tell them costs the run
// nothing else: the mark stays, and the next run catches up.
func (r *runner) followWorklogs(ctx context.Context, p plan) error {
	err := r.fetchByWorklogs(ctx, p)
	if err != nil && (!isFatal(err) || endpointAlone(err)) && ctx.Err() == nil {
		r.log.WarnContext(ctx, "changed worklogs were not followed; the next run catches up", "error", err)
		return nil
	}
	return err
}

func (r *runner) fetchByWorklogs(ctx context.Context, p plan) error {
	if len(r.Run.Keys) > 0 || p.window == nil {
		return nil
	}
	mark := p.held[markKey{0, db.Worklogs}]
	if mark.Watermark == nil {
		// All that was written before is part of the issues read since.
		since := p.readSince()
		if since.IsZero() {
			return nil // nothing was read yet
		}
		began := since.Add(-overlap)
		mark = db.Checkpoint{InstanceID: r.Instance.ID, Kind: db.Worklogs, Watermark: &began}
		return r.store.SaveCheckpoints(ctx, r.Lease, mark)
	}
	since := mark.Watermark.Add(-worklogOverlap)
	updated, until, err := r.client.WorklogsUpdated(ctx, since)
	if err != nil {
		return err
	}
	deleted, deletedUntil, err := r.client.WorklogsDeleted(ctx, since)
	if err != nil {
		return err
	}
	ids, err := r.issuesOf(ctx, updated, deleted)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(ids, censusBatch) {
		if err := r.apart(ctx, part, r.fetchShown); err != nil {
			return err
		}
	}
	until = earlier(earlier(until, deletedUntil), time.Now()) // a clock that runs ahead may be set right
	if until.Before(*mark.Watermark) || len(updated)+len(deleted) == 0 && until.Sub(*mark.Watermark) < time.Hour {
		return nil // a quiet tick writes nothing
	}
	mark.Watermark = &until
	return r.store.SaveCheckpoints(ctx, r.Lease, mark)
}

// readSince is when the oldest of the reads began by which the mirror has its projects: what changed during
// a read of hours may have been read before.
func (p plan) readSince() time.Time {
	since := p.window.since // zero where none was asked for
	for key, mark := range p.held {
		if key.kind != db.Full {
			continue
		}
		for _, began := range []*time.Time{mark.Watermark, mark.Since} {
			if began != nil && (since.IsZero() || began.Before(since)) {
				since = began.UTC()
			}
		}
	}
	return since
}

// issuesOf are the issues in scope whose worklogs differ from the mirror's.
func (r *runner) issuesOf(ctx context.Context, updated, deleted []jira.WorklogChange) ([]int64, error) {
	ids := map[int64]bool{}
	if len(updated) > 0 {
		stamps := make([]db.WorklogStamp, len(updated))
		for i, w := range updated {
			stamps[i] = db.WorklogStamp{JiraID: w.ID, At: w.At}
		}
		unknown, err := r.store.UnknownWorklogs(ctx, r.Instance.ID, stamps)
		if err != nil {
			return nil, err
		}
		worklogs, err := r.client.Worklogs(ctx, unknown)
		if err != nil {
			return nil, err
		}
		for _, w := range worklogs {
			ids[w.IssueID] = true
		}
	}
	if len(deleted) > 0 {
		gone := make([]int64, len(deleted))
		for i, w := range deleted {
			gone[i] = w.ID
		}
		left, err := r.store.IssuesOfWorklogs(ctx, r.Instance.ID, gone)
		if err != nil {
			return nil, err
		}
		for _, id := range left {
			ids[id] = true
		}
	}
	known, err := r.store.KnownIssues(ctx, r.Instance.ID, sortedKeys(ids))
	if err != nil {
		return nil, err
	}
	return known, nil
}
