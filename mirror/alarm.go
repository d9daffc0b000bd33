package mirror

import (
	"context"
	"log/slog"

	"jirasync/db"
)

// Cloud's count is an estimate: it alarms only when it is off by more than this share, and more than so many.
const (
	estimateShare = 0.05
	estimateCount = 20
)

// unlisted is the alarm of a census: how many more issues Jira counts of a project than it has shown.
// A listing that ends early over issues that were never mirrored shows in nothing else. Issues come and
// go while a project is listed, so what looks short is counted once more.
func (r *runner) unlisted(ctx context.Context, l *listing, project db.ProjectRow, shown int) int {
	if l.count == nil || r.short(*l.count, shown) == 0 {
		return 0
	}
	again, _, err := r.client.Count(ctx, r.allOf(project.Key))
	if err != nil { // only the alarm: a Jira that does not count is read too
		return 0
	}
	lacks := r.short(min(*l.count, again), shown)
	if lacks > 0 {
		r.log.WarnContext(ctx, "Jira counts more issues of a project than it lists, and what it does not list can be missing here: "+
			"have it checked again with the mutation startSync(input: {mode: RECONCILE}), and where that finds the same, have Jira's index of the project rebuilt",
			slog.String("project", project.Key), slog.Int("counted", min(*l.count, again)), slog.Int("listed", shown))
	}
	return lacks
}

// short is how many issues a listing lacks of a count, beyond what that may be off.
func (r *runner) short(counted, shown int) int {
	lacks := counted - shown
	if !r.known.isDataCenter() && (lacks <= estimateCount || float64(lacks) <= estimateShare*float64(counted)) {
		return 0
	}
	return max(lacks, 0)
}
