package resolvers

import (
	"context"
	"time"

	"jirasync/auth"
	"jirasync/cache"
	"jirasync/db"
	"jirasync/events"
	"jirasync/graph"
	"jirasync/loaders"
	"jirasync/query"
)

// changesBuffer is how many pages of changes may wait until a watcher counts as slow.
const changesBuffer = 256

// changesTime bounds the reading of the changed issues of one page.
const changesTime = 10 * time.Second

var errUnheard = &graph.RefusedError{
	Code:    graph.CodeUnavailable,
	Message: "issues have changed of which nobody could be told one by one: subscribe again, and read what changed meanwhile by issues(where: {synced: {gte: ...}}, visibility: ALL)",
}

// watchIssues sends each change of an issue that the filter holds for, until ctx ends or the watcher
// falls behind.
func (r *Resolver) watchIssues(ctx context.Context, where *query.IssueFilter) (<-chan *db.IssueChange, error) {
	if _, err := r.changesQuestion(ctx, where); err != nil {
		return nil, err
	}
	out := make(chan *db.IssueChange)
	if presentOnly(ctx) { // a change has no present state
		close(out)
		return out, nil
	}
	news := r.Events.Subscribe(ctx, func(e events.Event) bool { return e.Kind == events.KindIssues || e.Kind == events.KindUnheard },
		events.SubscribeOptions{Buffer: changesBuffer})
	return filled(ctx, out, func() {
		defer news.Close()
		for e := range news.C() {
			switch e.Kind {
			case events.KindUnheard:
				fail(ctx, errUnheard)
				return
			case events.KindResumed: // changes do not come by Redis
				continue
			}
			if !r.sendChanges(ctx, out, e, where) {
				return
			}
		}
		sayWhy(ctx, news)
	}), nil
}

// sendChanges sends the matching issues of one page. It is false when the watching has ended.
func (r *Resolver) sendChanges(ctx context.Context, out chan<- *db.IssueChange, e events.Event, where *query.IssueFilter) bool {
	question, err := r.changesQuestion(ctx, where) // anew: the mapped fields may be others by now
	if err != nil {
		return !fail(ctx, err)
	}
	reading, cancel := context.WithTimeout(cache.WithNewest(ctx), changesTime) // a replica may not have it yet
	changes, err := r.Store.ChangedIssues(reading, e.Payload, question, r.changeWants(ctx))
	cancel()
	if err != nil {
		return !fail(ctx, err)
	}
	for i := range changes {
		if !send(ctx, out, &changes[i]) {
			return false
		}
	}
	return true
}

func (r *Resolver) changesQuestion(ctx context.Context, where *query.IssueFilter) (*query.Issues, error) {
	columns, err := r.Store.Columns(ctx)
	if err != nil {
		return nil, err
	}
	return query.IssueList{Scope: auth.Scope(ctx), Where: where, Visibility: query.All, Columns: columns}.Compile(r.Limits)
}

// changeWants is what a changed issue must bring, by the mapped fields as they are now.
func (r *Resolver) changeWants(ctx context.Context) db.IssueWants {
	ctx = loaders.With(ctx, loaders.Source{Store: r.Store}.New(auth.Scope(ctx)))
	var w db.IssueWants
	change := selected(ctx, "IssueChange")
	for _, f := range change.fields {
		if f.Name == "issue" {
			r.issueWants(ctx, &w, change.below(f, "Issue", "Node"))
		}
	}
	w.Changes = readAlong(w)
	return w
}
