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
		return filled(ctx, out, func() { r.sendMappings(ctx, out, mapping, false) })
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
		return r.sendMappings(ctx, out, mapping, true)
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

// sendMappings sends the present state: of one mapping, or of those whose fill is under way, and after
// a gap of all.
func (r *Resolver) sendMappings(ctx context.Context, out chan<- *db.FieldMappingProgress, mapping int, gap bool) (ended bool) {
	list, err := r.Store.FieldMappings(ctx)
	if err != nil {
		return fail(ctx, err)
	}
	if err := r.followMappings(ctx); err != nil { // who hears that one is READY can read it
		return fail(ctx, err)
	}
	for _, m := range presentMappings(list, mapping, gap) {
		p := &db.FieldMappingProgress{MappingID: m.MappingID, State: m.State, Done: or(m.FillDone, 0), Total: or(m.FillTotal, 0)}
		if !send(ctx, out, p) {
			return true
		}
	}
	return false
}

// presentMappings are those to tell of. A fill may have ended in the gap, and of the watchers who share
// these news each was told something else before it.
func presentMappings(list []db.FieldMapping, mapping int, gap bool) []db.FieldMapping {
	under := []db.MappingState{db.MappingPending, db.MappingFilling, db.MappingHasError}
	room := 0 // for those whose fill has ended
	if gap {
		room = db.MaxUnpaged
	}
	return slices.DeleteFunc(list, func(m db.FieldMapping) bool {
		if mapping != 0 {
			return m.MappingID != mapping
		}
		if slices.Contains(under, m.State) {
			return false
		}
		room--
		return room < 0
	})
}
