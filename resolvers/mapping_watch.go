package resolvers

import (
	"context"
	"encoding/json"
	"slices"

	"jirasync/db"
	"jirasync/events"
)

// watchMappings sends how far the fill of a mapping, or of every one (0), is.
func (r *Resolver) watchMappings(ctx context.Context, mapping int) <-chan *db.FieldMappingProgress {
	out := make(chan *db.FieldMappingProgress)
	if presentOnly(ctx) {
		return filled(ctx, out, func() { r.sendMappings(ctx, out, mapping) })
	}
	news := r.Events.Subscribe(ctx, func(e events.Event) bool { return e.Kind == events.KindMapping }, events.SubscribeOptions{})
	return filled(ctx, out, func() {
		defer news.Close()
		for e := range news.C() {
			if r.sendMappingNews(ctx, out, mapping, e) {
				return
			}
		}
		sayWhy(ctx, news)
	})
}

func (r *Resolver) sendMappingNews(ctx context.Context, out chan<- *db.FieldMappingProgress, mapping int, e events.Event) (ended bool) {
	if e.Kind == events.KindResumed {
		return r.sendMappings(ctx, out, mapping)
	}
	var p db.FieldMappingProgress
	if json.Unmarshal(e.Payload, &p) != nil || mapping != 0 && p.MappingID != mapping {
		return false // of another release, or of another mapping
	}
	if p.Version != 0 { // who hears that it is READY can read it
		if err := r.Store.FollowMappings(ctx, p.Version); err != nil {
			return fail(ctx, err)
		}
	}
	return !send(ctx, out, &p)
}

// sendMappings sends the present state: of one mapping, or of those that are not READY yet.
func (r *Resolver) sendMappings(ctx context.Context, out chan<- *db.FieldMappingProgress, mapping int) (ended bool) {
	list, err := r.Store.FieldMappings(ctx)
	if err != nil {
		return fail(ctx, err)
	}
	under := []db.MappingState{db.MappingPending, db.MappingFilling, db.MappingHasError}
	for _, m := range list {
		if m.MappingID != mapping && (mapping != 0 || !slices.Contains(under, m.State)) {
			continue
		}
		p := &db.FieldMappingProgress{MappingID: m.MappingID, State: m.State, Done: or(m.FillDone, 0), Total: or(m.FillTotal, 0)}
		if !send(ctx, out, p) {
			return true
		}
	}
	return false
}
