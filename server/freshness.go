package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync/atomic"
	"time"

	"jirasync/db"
	"jirasync/events"
)

// freshness is what each answer says of how complete the mirror is. It is joined to cached answers
// as well, so it is held ready as bytes.
type freshness struct {
	store *db.Store
	bus   *events.Bus
	log   *slog.Logger
	text  atomic.Pointer[[]byte]
}

// freshnessEvery is the beat at which the database is asked; the end of a run comes at once.
const freshnessEvery = 2 * time.Second

func newFreshness(store *db.Store, bus *events.Bus, log *slog.Logger) *freshness {
	f := &freshness{store: store, bus: bus, log: log}
	f.text.Store(&[]byte{'[', ']'})
	return f
}

// json is a list with a member for each instance.
func (f *freshness) json() []byte { return *f.text.Load() }

func (f *freshness) run(ctx context.Context) {
	ended := f.bus.Subscribe(ctx, func(e events.Event) bool { return e.Kind == events.KindCompleted }, events.SubscribeOptions{})
	defer ended.Close()
	beat := time.NewTicker(freshnessEvery)
	defer beat.Stop()
	news := ended.C()
	for {
		f.read(ctx)
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		case _, open := <-news:
			if !open {
				news = nil // the beat remains
			}
		}
	}
}

type freshInstance struct {
	Instance     string     `json:"instance"`
	CompleteAsOf *time.Time `json:"completeAsOf"`
}

// read gives up after a beat: what was known stands until the next.
func (f *freshness) read(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, freshnessEvery)
	defer cancel()
	all, err := f.store.Freshness(ctx)
	if err != nil {
		f.log.DebugContext(ctx, "how complete the mirror is could not be read", "error", err)
		return
	}
	list := make([]freshInstance, len(all))
	for i, one := range all {
		list[i] = freshInstance{one.Name, one.CompleteAsOf}
	}
	text, err := json.Marshal(list)
	if err == nil {
		f.text.Store(&text)
	}
}
