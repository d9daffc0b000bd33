package resolvers

import (
	"context"
	"sync"
	"time"

	"jirasync/db"
)

// runMemo shares one reading of a run among all who hear of the same event.
type runMemo struct {
	mu    sync.Mutex
	known map[int64]*runReading
}

type runReading struct {
	done chan struct{}
	at   time.Time
	run  *db.Run
	err  error
}

// memoFor is how long a reading is shared; who hears of an event does so within moments.
const memoFor = 250 * time.Millisecond

// run reads a run whose state does not change any more, or whose small delay does not matter.
func (m *runMemo) run(ctx context.Context, store *db.Store, id int64) (*db.Run, error) {
	m.mu.Lock()
	reading, ok := m.known[id]
	if !ok || time.Since(reading.at) > memoFor {
		for old, r := range m.known {
			if time.Since(r.at) > memoFor {
				delete(m.known, old)
			}
		}
		if m.known == nil {
			m.known = map[int64]*runReading{}
		}
		reading = &runReading{done: make(chan struct{}), at: time.Now()}
		m.known[id] = reading
		m.mu.Unlock()
		run, err := store.Run(context.WithoutCancel(ctx), id)
		reading.run, reading.err = &run, err
		close(reading.done)
		return reading.run, reading.err
	}
	m.mu.Unlock()
	select {
	case <-reading.done:
		return reading.run, reading.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
