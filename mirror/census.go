package mirror

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"jirasync/db"
)

const (
	censusBatch = 100 // ids fetched or looked at in one step

	// The brake: a census that would take away more than this share of a project, and more than so
	// many issues, is more likely a lost permission than a clean-up.
	brakeShare = 0.05
	brakeCount = 50
)

// BrakeError says that a census would remove so much of a project that it stopped and removed
// nothing.
type BrakeError struct {
	Project         string
	Shown, Mirrored int
	Lost            bool   // the project itself is no longer visible
	Run             string // by which the removals are confirmed, as the API names it
}

func (e *BrakeError) Error() string {
	advice := fmt.Sprintf("nothing was removed; if the sync account lost a permission (Browse Projects, a security level), "+
		"restore it, else confirm the removals with the mutation confirmRemovals(runId: %q)", e.Run)
	if e.Lost {
		return fmt.Sprintf("project %s, with %d issues in the mirror, is no longer visible to the sync account: %s",
			e.Project, e.Mirrored, advice)
	}
	return fmt.Sprintf("Jira shows only %d of the %d issues that the mirror holds of %s: %s", e.Shown, e.Mirrored, e.Project, advice)
}

// census compares, project by project, the ids that Jira shows with those in the mirror: what is
// missing is fetched, what is extra becomes a suspect.
func (r *runner) census(ctx context.Context, p plan) error {
	r.progress.say("comparing ids with Jira")
	defer r.progress.say("")
	if err := r.fetchLate(ctx, p); err != nil {
		return err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, r.Instance.Concurrency))
	for _, project := range p.projects {
		if !r.judged.has(project.ID) {
			group.Go(func() error { return r.judge(groupCtx, p, subject{project: project}) })
		}
	}
	for _, project := range p.lost {
		group.Go(func() error { return r.judge(groupCtx, p, subject{project: project, lost: true}) })
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

// subject is a project whose census is taken.
type subject struct {
	project db.ProjectRow
	lost    bool      // it is no longer visible
	sighted *sighting // what its own read has just shown; nil: it was not read
}

// judge takes the census of a project. What goes wrong with it costs no other.
func (r *runner) judge(ctx context.Context, p plan, of subject) error {
	project := of.project
	err := r.censusOf(ctx, of, of.lost && p.lostMuch)
	if err != nil && (isFatal(err) || ctx.Err() != nil) {
		return err
	}
	r.judged.add(project.ID)
	if err != nil {
		r.forgetGone(err)
		r.progress.failProject(project.ID, project.Key, err)
	} else if r.Run.Mode == db.Reconcile {
		r.progress.finishProject(project.ID, project.Key)
	}
	return nil
}

// projectSet is safe for use by several workers.
type projectSet struct {
	mu  sync.Mutex
	ids map[int64]bool
}

func (s *projectSet) add(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids == nil {
		s.ids = map[int64]bool{}
	}
	s.ids[id] = true
}

func (s *projectSet) has(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ids[id]
}

// braked: small projects that are lost together stop a census as one big one would.
func braked(extra, of int) bool {
	return extra > brakeCount && float64(extra) > brakeShare*float64(of)
}

// censusOf takes the census of one project.
func (r *runner) censusOf(ctx context.Context, of subject, doubtful bool) error {
	project := of.project
	if r.Run.Mode == db.Reconcile {
		r.progress.beginProject(project.ID, project.Key)
	}
	listed, tally, err := r.compare(ctx, of)
	if err != nil {
		return err
	}
	census := listed.ids
	defer census.Close(ctx)
	// That a project is archived is Jira's own word, as long as it shows the project.
	grave := (doubtful || braked(tally.Extra, tally.Mirrored)) && (of.lost || !project.Archived)
	stopped := grave && tally.Extra > tally.Confirmed
	if err := census.Record(ctx, db.CensusResult{
		SyncID: r.Run.SyncID, JiraCount: listed.count, Shown: tally.Seen, Missing: tally.Missing, Extra: tally.Extra,
		Unlisted: r.unlisted(ctx, listed, project, tally.Seen), Grave: grave, Stopped: stopped,
	}); err != nil {
		return err
	}
	if stopped {
		return &BrakeError{Project: project.Key, Shown: tally.Seen, Mirrored: tally.Mirrored, Lost: of.lost, Run: r.Run.ID()}
	}
	if err := r.fetchReturned(ctx, census); err != nil {
		return err
	}
	return census.Suspect(ctx, listed.began)
}

// compare holds a project's listing against the mirror. What its own read has shown counts only where
// nothing is amiss: what is may have come about since.
func (r *runner) compare(ctx context.Context, of subject) (*listing, db.Tally, error) {
	seen, err := r.listSeen(ctx, of)
	if err != nil {
		return nil, db.Tally{}, err
	}
	if seen != nil {
		tally, err := seen.ids.Tally(ctx, seen.began)
		if err == nil && tally.Missing == 0 && tally.Extra == 0 {
			return seen, tally, nil
		}
		seen.ids.Close(ctx)
		if err != nil {
			return nil, db.Tally{}, err
		}
	}
	listed, err := r.listNow(ctx, of)
	if err != nil {
		return nil, db.Tally{}, err
	}
	var tally db.Tally
	if err = r.fetchBehind(ctx, listed.ids); err == nil {
		tally, err = listed.ids.Tally(ctx, listed.began)
	}
	if err != nil {
		listed.ids.Close(ctx)
		return nil, db.Tally{}, err
	}
	return listed, tally, nil
}

// fetchBehind brings in what Jira shows and the mirror lacks: whole issues, and changes that the index
// told so late that no window reached back to them.
func (r *runner) fetchBehind(ctx context.Context, census *db.Census) error {
	for after := int64(0); ; {
		ids, err := census.Behind(ctx, after, censusBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := r.apart(ctx, ids, r.fetchShown); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

// fetchReturned brings in suspects that are shown again, as they are now: what changed while they
// were hidden from us, no window of changes told.
func (r *runner) fetchReturned(ctx context.Context, census *db.Census) error {
	for after := int64(0); ; {
		ids, err := census.Returned(ctx, after, censusBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := r.apart(ctx, ids, r.fetchAgain); err != nil {
			return fmt.Errorf("look at %d suspects that are shown again: %w", len(ids), err)
		}
		after = ids[len(ids)-1]
	}
}

func (r *runner) fetchAgain(ctx context.Context, ids []int64) error {
	found, broken, err := r.look(ctx, ids)
	if err != nil {
		return err
	}
	return r.storeIssues(ctx, found, broken)
}
