package mirror

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"jirasync/db"
	"jirasync/jira"
)

const (
	censusBatch = 100 // ids fetched or looked at in one step

	// The brake: a census that would take away more than this share of a project, and more than so
	// many issues, is more likely a lost permission than a clean-up.
	brakeShare = 0.05
	brakeCount = 50
)

// census compares, project by project, the ids that Jira shows with those in the mirror: what is
// missing is fetched, what is extra becomes a suspect.
func (r *runner) census(ctx context.Context, p plan) error {
	r.progress.say("comparing ids with Jira")
	defer r.progress.say("")
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, r.Instance.Concurrency))
	for _, project := range p.projects {
		group.Go(func() error {
			err := r.censusOf(groupCtx, project)
			if isFatal(err) || groupCtx.Err() != nil {
				return err
			}
			if err != nil {
				r.progress.failProject(project.ID, project.Key, err)
			} else if r.Run.Mode == db.Reconcile {
				r.progress.finishProject(project.ID, project.Key)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if len(r.Run.Keys) > 0 {
		return nil
	}
	now := time.Now()
	return r.store.SaveCheckpoints(ctx, r.Lease, db.Checkpoint{InstanceID: r.Instance.ID, Kind: db.Reconcile, Watermark: &now})
}

func (r *runner) censusOf(ctx context.Context, project db.ProjectRow) error {
	began := time.Now()
	if r.Run.Mode == db.Reconcile {
		r.progress.beginProject(project.ID, project.Key)
	}
	census, err := r.store.BeginCensus(ctx, r.Lease, project.ID)
	if err != nil {
		return err
	}
	defer census.Close()
	for ids, err := range r.client.IDs(ctx, r.narrow("project = "+quote(project.Key))) {
		if err != nil {
			return fmt.Errorf("list the ids of %s: %w", project.Key, err)
		}
		seen := make([]int64, len(ids))
		for i, id := range ids {
			seen[i] = id.ID
		}
		if err := census.See(ctx, seen); err != nil {
			return err
		}
	}
	if err := r.fetchMissing(ctx, census); err != nil {
		return err
	}
	tally, err := census.Tally(ctx, began)
	if err != nil {
		return err
	}
	if tally.Extra > brakeCount && float64(tally.Extra) > brakeShare*float64(tally.Mirrored) {
		return fmt.Errorf("Jira shows only %d of the %d issues that the mirror holds of %s: nothing was removed; "+
			"if the sync account lost a permission, restore it", tally.Seen, tally.Mirrored, project.Key)
	}
	return census.Suspect(ctx, began)
}

// fetchMissing brings in what Jira shows and the mirror lacks.
func (r *runner) fetchMissing(ctx context.Context, census *db.Census) error {
	for after := int64(0); ; {
		ids, err := census.Missing(ctx, after, censusBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := r.fetchIDs(ctx, ids); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

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

func (r *runner) confirm(ctx context.Context, p plan, project db.SuspectCounts, ids []int64) error {
	found, broken, err := r.client.Issues(ctx, ids, true)
	if err != nil {
		return fmt.Errorf("look at %d suspects by id: %w", len(ids), err)
	}
	shown := map[int64]bool{}
	for _, b := range broken {
		shown[b.ID] = true
	}
	fates := map[string][]int64{}
	var kept []jira.Issue
	for _, issue := range found {
		shown[issue.ID] = true
		if reason := reasonOf(issue, p); reason != "" {
			fates[reason] = append(fates[reason], issue.ID)
		} else {
			kept = append(kept, issue)
		}
	}
	for _, id := range ids {
		if !shown[id] {
			fates["GONE"] = append(fates["GONE"], id)
		}
	}
	if err := r.keep(ctx, kept); err != nil {
		return err
	}
	for reason, gone := range fates {
		count, err := r.store.Tombstone(ctx, r.Lease, gone, reason)
		if err != nil {
			return err
		}
		r.progress.deleted(project.ProjectID, project.ProjectKey, count)
	}
	return nil
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

// reasonOf says why an issue that Jira still shows by id leaves the live set; empty: it stays.
func reasonOf(issue jira.Issue, p plan) string {
	if issue.Archived {
		return "ARCHIVED"
	}
	for _, project := range p.projects {
		if project.ID == issue.ProjectID {
			if project.Archived {
				return "ARCHIVED"
			}
			return ""
		}
	}
	return "MOVED_OUT"
}
