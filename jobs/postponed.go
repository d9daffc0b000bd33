package jobs

import (
	"errors"
	"sync"
	"time"

	"jirasync/jira"
)

// postponed remembers of which instances the webhooks could not be followed, so that a Jira that fails
// is not asked at each look: a refused login each second locks the account. Like [again] it is not kept.
type postponed struct {
	mu    sync.Mutex
	waits map[int]pause // by instance
}

type pause struct {
	length time.Duration
	end    time.Time
}

func newPostponed() *postponed { return &postponed{waits: map[int]pause{}} }

// isDue is false until the pause of an instance has ended.
func (p *postponed) isDue(instance int, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !now.Before(p.waits[instance].end)
}

// failed postpones what waits of an instance: each time for twice as long, up to the interval; for all
// of it when the login was refused; and until Jira wants to be asked again, if it said so.
func (p *postponed) failed(instance int, err error, now time.Time, interval time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	length := min(firstWait, interval)
	if before := p.waits[instance].length; before > 0 {
		length = min(2*before, interval)
	}
	if _, refused := errors.AsType[*jira.RefusedError](err); refused {
		length = interval
	}
	end := now.Add(length)
	if throttled, ok := errors.AsType[*jira.ThrottledError](err); ok && throttled.Until.After(end) {
		end = throttled.Until
	}
	p.waits[instance] = pause{length, end}
}

// passed has an instance wait no longer.
func (p *postponed) passed(instance int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waits, instance)
}
