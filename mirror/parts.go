package mirror

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"jirasync/db"
	"jirasync/jira"
)

// mostSprints bounds how many open sprints are looked at on one beat.
const mostSprints = 1000

// learnParts learns, on the beat of the dictionaries, what no list of the instance tells: the
// versions and components of each project, and how the open sprints stand. It comes after what
// changed, which people wait for. What fails is left for the next beat; the run does not fail by it.
func (r *runner) learnParts(ctx context.Context, p plan) error {
	if r.Run.Mode == db.Incremental && r.known.partsFresh() {
		return nil
	}
	r.progress.say("asking Jira for versions, components and sprints")
	defer r.progress.say("")
	group, asking := errgroup.WithContext(ctx)
	group.SetLimit(max(1, r.Instance.Concurrency))
	for _, project := range p.configured {
		group.Go(func() error { return r.spare(asking, project.Key, r.learnPartsOf(asking, project)) })
	}
	err := group.Wait()
	if endpointAlone(err) {
		r.log.WarnContext(ctx, "versions and components were not read", "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	if r.Run.Mode == db.Incremental && !p.first { // else all issues have just been read
		if err := r.spare(ctx, "", r.lookAtSprints(ctx)); err != nil {
			return err
		}
	}
	r.known.mu.Lock()
	defer r.known.mu.Unlock()
	r.known.parts = time.Now()
	return nil
}

func (k *knowledge) partsFresh() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return time.Since(k.parts) < dictionariesEvery
}

// spare keeps a failure from the run, unless nothing else would go well either.
func (r *runner) spare(ctx context.Context, project string, err error) error {
	if err == nil || isFatal(err) || ctx.Err() != nil {
		return err
	}
	r.log.WarnContext(ctx, "versions, components or sprints were not read", "project", project, "error", err)
	return nil
}

func (r *runner) learnPartsOf(ctx context.Context, project db.ProjectRow) error {
	parts, err := r.client.PartsOf(ctx, project.ID)
	var gone *jira.NotFoundError
	if errors.As(err, &gone) {
		return nil // the next discovery or census finds it so
	}
	if err != nil {
		return err
	}
	leads := rows{users: map[string]db.UserRow{}}
	versions := make([]db.VersionRow, len(parts.Versions))
	for i, v := range parts.Versions {
		versions[i] = db.VersionRow{
			ID: v.ID, Name: v.Name, Description: optional(v.Description), Released: v.Released, Archived: v.Archived,
			StartOn: v.Start, ReleaseOn: v.Release,
		}
	}
	components := make([]db.ComponentRow, len(parts.Components))
	for i, c := range parts.Components {
		components[i] = db.ComponentRow{ID: c.ID, Name: c.Name, Description: optional(c.Description), LeadID: leads.user(c.Lead)}
	}
	if err := r.savePeople(ctx, leads); err != nil {
		return err
	}
	return r.store.SaveParts(ctx, r.Lease, r.Run.SyncID, project, versions, components)
}

// lookAtSprints reads an issue of each open sprint again: that a sprint began, ended or was renamed
// moves no issue's `updated`.
func (r *runner) lookAtSprints(ctx context.Context) error {
	ids, err := r.store.SprintWitnesses(ctx, r.Instance.ID, mostSprints)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(ids, censusBatch) {
		if err := r.apart(ctx, part, r.fetchShown); err != nil {
			return fmt.Errorf("look at the open sprints: %w", err)
		}
	}
	return nil
}
