package mirror

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"jirasync/db"
	"jirasync/jira"
)

// witnesses are how many issues that are surely there are asked for beside those that may not be.
const witnesses = 3

// confirmSuspects looks at suspects of an earlier census by id, which no index can hide: whom Jira
// still shows is acquitted, who is gone gets a tombstone with its reason. A census is the first of the
// two strikes; the second is this look, in a later run, beside a witness that Jira shows. It needs no
// second census, which sees no more than an index shows.
func (r *runner) confirmSuspects(ctx context.Context) error {
	before := r.Run.StartedAt
	if r.BothStrikes {
		before = time.Now().Add(time.Hour) // those of this very run too, whatever the database's clock says
	}
	projects, err := r.store.SuspectsByProject(ctx, r.Instance.ID, before)
	if err != nil || len(projects) == 0 {
		return err
	}
	r.progress.enter(db.PhaseReconciling)
	for _, project := range projects {
		if r.tooMany(project) {
			if err := r.stopRemovals(ctx, project); err != nil {
				return err
			}
			continue
		}
		if err := r.confirmOf(ctx, project, before); err != nil {
			return err
		}
	}
	return nil
}

// tooMany is the brake on suspects that no census has counted: webhooks name them one by one.
func (r *runner) tooMany(project db.SuspectCounts) bool {
	return braked(project.Suspects, project.Live) && project.Suspects > project.Confirmed && !r.scope.isArchived(project.ProjectID)
}

// stopRemovals fails a project whose suspects want a person's word, once for so many.
func (r *runner) stopRemovals(ctx context.Context, project db.SuspectCounts) error {
	if project.Suspects <= project.Stopped {
		return nil
	}
	if err := r.store.StopRemovals(ctx, r.Lease, r.Run.SyncID, project); err != nil {
		return err
	}
	r.progress.failProject(project.ProjectID, project.ProjectKey, &BrakeError{
		Project: project.ProjectKey, Shown: project.Live - project.Suspects, Mirrored: project.Live, Run: r.Run.ID(),
	})
	return nil
}

func (r *runner) confirmOf(ctx context.Context, project db.SuspectCounts, before time.Time) error {
	for after := int64(0); ; {
		ids, err := r.store.Suspects(ctx, r.Instance.ID, project.ProjectID, before, after, censusBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := r.apart(ctx, ids, func(ctx context.Context, some []int64) error {
			if !containsAll(ids, some) { // a witness is under no suspicion: it is looked at, and that is all
				_, _, err := r.look(ctx, some)
				return err
			}
			return r.confirm(ctx, project, some)
		}); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

func containsAll(all, some []int64) bool {
	return !slices.ContainsFunc(some, func(id int64) bool { return !slices.Contains(all, id) })
}

// fates are the ids of suspects by the reason for which they leave.
type fates map[string][]int64

func (f fates) add(reason string, ids ...int64) { f[reason] = append(f[reason], ids...) }

func (r *runner) confirm(ctx context.Context, project db.SuspectCounts, ids []int64) error {
	found, broken, err := r.client.Issues(ctx, ids, true)
	if err != nil {
		return fmt.Errorf("look at %d suspects by id: %w", len(ids), err)
	}
	absent := slices.Clone(ids)
	left := fates{}
	var kept []jira.Issue
	judge := func(issue jira.Issue) {
		absent = slices.DeleteFunc(absent, func(id int64) bool { return id == issue.ID })
		if reason := r.reasonOf(issue); reason != "" {
			left.add(reason, issue.ID)
		} else {
			kept = append(kept, issue)
		}
	}
	for _, issue := range found {
		judge(issue)
	}
	absent = slices.DeleteFunc(absent, func(id int64) bool {
		return slices.ContainsFunc(broken, func(b jira.Broken) bool { return b.ID == id })
	})
	if err := r.judgeAbsent(ctx, project, absent, left, judge); err != nil {
		return err
	}
	matching, unseen, err := r.matching(ctx, kept, left)
	if err != nil {
		return err
	}
	if err := r.keep(ctx, append(matching, unseen...)); err != nil {
		return err
	}
	return r.bury(ctx, project, left)
}

// judgeAbsent learns the reason for those that did not come with the others.
func (r *runner) judgeAbsent(ctx context.Context, project db.SuspectCounts, absent []int64, left fates, judge func(jira.Issue)) error {
	if len(absent) > 0 && r.scope.isArchived(project.ProjectID) {
		left.add(archived, absent...)
		return nil
	}
	return r.lookAgain(ctx, absent, left, judge)
}

// lookAgain finds out which of those that did not come with the others are really gone. Cloud reads
// many by id from its database and never tells more of one alone; Data Center reads many from its
// index, so each is asked for by itself.
func (r *runner) lookAgain(ctx context.Context, absent []int64, left fates, judge func(jira.Issue)) error {
	if len(absent) == 0 {
		return nil
	}
	if !r.known.isDataCenter() {
		credible, err := r.missedBesideWitness(ctx, absent)
		if err != nil {
			return err
		}
		if credible {
			left.add("GONE", absent...)
			return nil
		}
	}
	return r.askEach(ctx, slices.Clone(absent), left, judge)
}

// missedBesideWitness asks for the absent once more, together with issues that were never missed:
// an answer that lacks these too is no word on those. False too when a lost one has come back.
func (r *runner) missedBesideWitness(ctx context.Context, absent []int64) (bool, error) {
	innocent, err := r.store.Witnesses(ctx, r.Instance.ID, witnesses)
	if err != nil || len(innocent) == 0 {
		return false, err
	}
	for part := range slices.Chunk(absent, censusBatch-len(innocent)) {
		found, broken, err := r.client.Issues(ctx, slices.Concat(part, innocent), false)
		if err != nil {
			return false, fmt.Errorf("look at %d suspects by id again: %w", len(part), err)
		}
		shown := make([]int64, 0, len(innocent))
		for _, issue := range found {
			shown = append(shown, issue.ID)
		}
		for _, b := range broken {
			if b.Raw != nil || slices.Contains(part, b.ID) { // a failure spares a suspect, but speaks for none
				shown = append(shown, b.ID)
			}
		}
		isShown := func(id int64) bool { return slices.Contains(shown, id) }
		if slices.ContainsFunc(part, isShown) || !slices.ContainsFunc(innocent, isShown) {
			return false, nil
		}
	}
	return true, nil
}

// askEach asks for each by itself: a missing issue's answer cannot be mistaken for another. That none is
// found counts only where Jira shows one that is surely there; else they wait for a later run.
func (r *runner) askEach(ctx context.Context, absent []int64, left fates, judge func(jira.Issue)) error {
	missed := fates{}
	if err := r.confirmEach(ctx, absent, missed, judge); err != nil || len(missed) == 0 {
		return err
	}
	credible, err := r.showsWitness(ctx)
	if err != nil {
		return err
	}
	if !credible {
		r.log.WarnContext(ctx, "Jira does not even find issues that are surely there: those that were missed are looked at again later")
		return nil
	}
	for reason, ids := range missed {
		left.add(reason, ids...)
	}
	return nil
}

// showsWitness asks for issues that were never missed, until one comes. True too where there are none.
func (r *runner) showsWitness(ctx context.Context) (bool, error) {
	innocent, err := r.store.Witnesses(ctx, r.Instance.ID, witnesses)
	if err != nil {
		return false, err
	}
	for _, id := range innocent {
		one, err := r.client.Confirm(ctx, id)
		switch {
		case err == nil && (one.State == jira.StateVisible || one.State == jira.StateArchived):
			return true, nil
		case err != nil && (isFatal(err) || ctx.Err() != nil):
			return false, err
		}
	}
	return len(innocent) == 0, nil
}

func (r *runner) confirmEach(ctx context.Context, absent []int64, left fates, judge func(jira.Issue)) error {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, r.Instance.Concurrency))
	for _, id := range absent {
		group.Go(func() error {
			one, err := r.client.Confirm(ctx, id)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case one.Issue != nil:
				judge(*one.Issue)
			case one.State == jira.StateDeleted:
				left.add("DELETED", id)
			case one.State == jira.StateForbidden:
				left.add("ACCESS_LOST", id)
			case one.State == jira.StateGone:
				left.add("GONE", id)
			}
			return nil
		})
	}
	return group.Wait()
}

// matching tells those that meet the instance's own condition from those that leave. Of the unseen,
// which the index does not show at all, nothing is known: they are late there.
func (r *runner) matching(ctx context.Context, issues []jira.Issue, left fates) (matching, unseen []jira.Issue, err error) {
	if r.Instance.JQL == "" || len(issues) == 0 {
		return issues, nil, nil
	}
	ids := make([]string, len(issues))
	for i, issue := range issues {
		ids[i] = strconv.FormatInt(issue.ID, 10)
	}
	condition := "id in (" + strings.Join(ids, ", ") + ")"
	indexed, err := r.shown(ctx, condition)
	if err != nil {
		return nil, nil, err
	}
	matched, err := r.shown(ctx, r.narrow(condition))
	if err != nil {
		return nil, nil, err
	}
	for _, issue := range issues {
		switch {
		case matched[issue.ID]:
			matching = append(matching, issue)
		case indexed[issue.ID]:
			left.add(movedOut, issue.ID)
		default:
			unseen = append(unseen, issue)
		}
	}
	return matching, unseen, nil
}

func (r *runner) shown(ctx context.Context, condition string) (map[int64]bool, error) {
	shown := map[int64]bool{}
	for page, err := range r.client.IDs(ctx, condition) {
		if err != nil {
			return nil, fmt.Errorf("ask which suspects are in scope: %w", err)
		}
		for _, id := range page.IDs {
			shown[id.ID] = true
		}
	}
	return shown, nil
}

// keep stores issues that Jira still shows, under the key they have now, and acquits them.
func (r *runner) keep(ctx context.Context, issues []jira.Issue) error {
	if len(issues) == 0 {
		return nil
	}
	if err := r.storeIssues(ctx, issues, nil); err != nil {
		return err
	}
	ids := make([]int64, len(issues))
	for i, issue := range issues {
		ids[i] = issue.ID
	}
	return r.store.Acquit(ctx, r.Lease, ids)
}

func (r *runner) bury(ctx context.Context, project db.SuspectCounts, left fates) error {
	for reason, gone := range left {
		count, err := r.store.Tombstone(ctx, r.Lease, r.Run.SyncID, gone, reason)
		if err != nil {
			return err
		}
		r.progress.deleted(project.ProjectID, project.ProjectKey, count)
	}
	return nil
}
