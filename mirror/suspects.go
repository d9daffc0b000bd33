package mirror

import (
	"cmp"
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
// still shows is acquitted, who is gone gets a tombstone with its reason.
func (r *runner) confirmSuspects(ctx context.Context, p plan) error {
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
		for after := int64(0); ; {
			ids, err := r.store.Suspects(ctx, r.Instance.ID, project.ProjectID, before, after, censusBatch)
			if err != nil {
				return err
			}
			if len(ids) == 0 {
				break
			}
			if err := r.confirm(ctx, p, project, ids); err != nil {
				return err
			}
			after = ids[len(ids)-1]
		}
	}
	return nil
}

// fates are the ids of suspects by the reason for which they leave.
type fates map[string][]int64

func (f fates) add(reason string, ids ...int64) { f[reason] = append(f[reason], ids...) }

func (r *runner) confirm(ctx context.Context, p plan, project db.SuspectCounts, ids []int64) error {
	found, broken, err := r.client.Issues(ctx, ids, true)
	if err != nil {
		return fmt.Errorf("look at %d suspects by id: %w", len(ids), err)
	}
	absent := slices.Clone(ids)
	left := fates{}
	var kept []jira.Issue
	judge := func(issue jira.Issue) {
		absent = slices.DeleteFunc(absent, func(id int64) bool { return id == issue.ID })
		if reason := r.reasonOf(p, issue); reason != "" {
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
	if err := r.judgeAbsent(ctx, p, project, absent, left, judge); err != nil {
		return err
	}
	if kept, err = r.matching(ctx, kept, left); err != nil {
		return err
	}
	if err := r.keep(ctx, kept); err != nil {
		return err
	}
	return r.bury(ctx, project, left)
}

// judgeAbsent learns the reason for those that did not come with the others.
func (r *runner) judgeAbsent(ctx context.Context, p plan, project db.SuspectCounts, absent []int64, left fates, judge func(jira.Issue)) error {
	if len(absent) > 0 && p.isArchived(project.ProjectID) {
		left.add("ARCHIVED", absent...)
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
			shown = append(shown, b.ID)
		}
		isShown := func(id int64) bool { return slices.Contains(shown, id) }
		if slices.ContainsFunc(part, isShown) || !slices.ContainsFunc(innocent, isShown) {
			return false, nil
		}
	}
	return true, nil
}

// askEach asks for each by itself: a missing issue's answer cannot be mistaken for another.
func (r *runner) askEach(ctx context.Context, absent []int64, left fates, judge func(jira.Issue)) error {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, r.Instance.Concurrency))
	for _, id := range absent {
		group.Go(func() error {
			state, issue, err := r.client.Confirm(ctx, id)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case issue != nil:
				judge(*issue)
			case state == jira.StateDeleted:
				left.add("DELETED", id)
			case state == jira.StateForbidden:
				left.add("ACCESS_LOST", id)
			case state == jira.StateGone:
				left.add("GONE", id)
			}
			return nil
		})
	}
	return group.Wait()
}

// matching keeps those that still meet the instance's own condition. What the index does not show
// at all is late there, not outside it.
func (r *runner) matching(ctx context.Context, issues []jira.Issue, left fates) ([]jira.Issue, error) {
	if r.Instance.JQL == "" || len(issues) == 0 {
		return issues, nil
	}
	ids := make([]string, len(issues))
	for i, issue := range issues {
		ids[i] = strconv.FormatInt(issue.ID, 10)
	}
	condition := "id in (" + strings.Join(ids, ", ") + ")"
	indexed, err := r.shown(ctx, condition)
	if err != nil {
		return nil, err
	}
	matched, err := r.shown(ctx, r.narrow(condition))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(issues, func(issue jira.Issue) bool {
		outside := indexed[issue.ID] && !matched[issue.ID]
		if outside {
			left.add("MOVED_OUT", issue.ID)
		}
		return outside
	}), nil
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
		count, err := r.store.Tombstone(ctx, r.Lease, gone, reason)
		if err != nil {
			return err
		}
		r.progress.deleted(project.ProjectID, project.ProjectKey, count)
	}
	return nil
}

// reasonOf says why an issue that Jira still shows by id leaves the live set; empty: it stays. Of a
// project that the listing lacks, the next run finds out more.
func (r *runner) reasonOf(p plan, issue jira.Issue) string {
	switch {
	case issue.Archived, p.isArchived(issue.ProjectID):
		return "ARCHIVED"
	case holds(p.configured, issue.ProjectID):
		return ""
	case r.overlooked(p, issue):
		r.known.forget()
		return ""
	}
	return "MOVED_OUT"
}

// overlooked tells an issue in scope whose project the last listing did not show: it was made
// since, or fell between two pages.
func (r *runner) overlooked(p plan, issue jira.Issue) bool {
	if holds(p.visible, issue.ProjectID) {
		return false
	}
	project := db.ProjectRow{ID: issue.ProjectID, Key: cmp.Or(issue.ProjectKey, projectOf(issue.Key))}
	for _, known := range p.unlisted {
		if known.ID == project.ID {
			project.Previous = append(slices.Clone(known.Previous), known.Key)
		}
	}
	all := append(slices.Clone(p.visible), project)
	return holds(inScope(all, r.Instance.Projects, r.Settings.Projects), project.ID)
}

func (p plan) isArchived(project int64) bool {
	return slices.ContainsFunc(p.configured, func(c db.ProjectRow) bool { return c.ID == project && c.Archived })
}

func holds(projects []db.ProjectRow, id int64) bool {
	return slices.ContainsFunc(projects, func(p db.ProjectRow) bool { return p.ID == id })
}
