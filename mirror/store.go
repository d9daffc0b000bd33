package mirror

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jirasync/db"
	"jirasync/jira"
)

// land writes a page that has something in it and moves the marks, in one transaction. It counts
// for the read of this name.
func (r *runner) land(ctx context.Context, read string, page jira.Page, move []db.Checkpoint) error {
	if len(page.Issues)+len(page.Broken) == 0 {
		return nil
	}
	defer r.progress.storing()()
	began := time.Now()
	var left []int64
	page.Issues, left = r.stays(page.Issues)
	batch := r.known.rows(r.Instance.ID, page)
	if err := r.keepInitial(ctx, page.Issues, batch.issues); err != nil {
		return err
	}
	if err := r.savePeople(ctx, batch); err != nil {
		return err
	}
	r.progress.spend("decode", time.Since(began))
	began = time.Now()
	result, err := r.store.CommitPage(ctx, r.Lease, db.Page{
		SyncID: r.Run.SyncID, Issues: batch.issues, Broken: batch.broken, Checkpoints: move,
	})
	if err != nil {
		return err
	}
	r.progress.spend("write", time.Since(began))
	r.progress.landed(read, batch.issues, result)
	return r.letGo(ctx, left)
}

// letGo takes issues from the live set that were moved out of scope.
func (r *runner) letGo(ctx context.Context, left []int64) error {
	if len(left) == 0 {
		return nil
	}
	if err := r.bury(ctx, db.SuspectCounts{}, fates{movedOut: left}); err != nil {
		return err
	}
	return r.store.ResolveErrors(ctx, r.Lease, left)
}

// savePeople stores users and sprints that this run has not stored yet.
func (r *runner) savePeople(ctx context.Context, batch rows) error {
	var errs []error
	if users := r.people.unseenUsers(batch.users); len(users) > 0 {
		err := r.store.SavePeople(ctx, r.Lease, users)
		if err == nil {
			r.people.sawUsers(users)
		}
		errs = append(errs, err)
	}
	if sprints := r.people.unseenSprints(batch.sprints); len(sprints) > 0 {
		err := r.store.SaveSprints(ctx, r.Lease, sprints)
		if err == nil {
			r.people.sawSprints(sprints)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// fetchIDs stores issues by id, outside any sweep, and returns those that Jira does not show.
func (r *runner) fetchIDs(ctx context.Context, ids []int64) (absent []int64, err error) {
	issues, broken, absent, err := r.byID(ctx, ids)
	if err != nil {
		return nil, err
	}
	return absent, r.storeIssues(ctx, issues, broken)
}

// byID reads issues by id, and tells which Jira does not show.
func (r *runner) byID(ctx context.Context, ids []int64) (issues []jira.Issue, broken []jira.Broken, absent []int64, err error) {
	issues, broken, err = r.client.Issues(ctx, ids, true)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("fetch %d issues by id: %w", len(ids), err)
	}
	came := map[int64]bool{}
	for _, issue := range issues {
		came[issue.ID] = true
	}
	for _, b := range broken {
		came[b.ID] = true
	}
	for _, id := range ids {
		if !came[id] {
			absent = append(absent, id)
		}
	}
	return issues, broken, absent, nil
}

// fetchShown stores issues by id that Jira has just shown; what it no longer does is the census's matter.
func (r *runner) fetchShown(ctx context.Context, ids []int64) error {
	_, err := r.fetchIDs(ctx, ids)
	return err
}

// storeIssues completes and stores issues that no sweep brought.
func (r *runner) storeIssues(ctx context.Context, issues []jira.Issue, broken []jira.Broken) error {
	if err := r.complete(ctx, issues); err != nil {
		return err
	}
	for i := range broken {
		if b := &broken[i]; b.Key == "" && b.ID != 0 { // Jira names what it failed to send by its id alone
			var err error
			if b.Key, _, err = r.store.KeyOf(ctx, r.Instance.ID, b.ID); err != nil {
				return err
			}
		}
	}
	return r.land(ctx, unplanned, jira.Page{Issues: issues, Broken: broken, AskedAt: time.Now(), Total: -1}, nil)
}
