package jirasim

import (
	"context"
	"math/rand/v2"
	"time"
)

// Run lets the Jira live: issues are created, edited, transitioned, discussed, moved and
// deleted at Options.Rate. It returns nil when the context ends.
func (s *Sim) Run(ctx context.Context) error {
	if s.opts.Rate <= 0 {
		<-ctx.Done()
		return nil
	}
	mean := float64(time.Minute) / s.opts.Rate
	timer := time.NewTimer(pauseOf(mean))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			s.liveOnce()
			timer.Reset(pauseOf(mean))
		}
	}
}

// pauseOf draws the time to the next change: they come in bursts, as from people.
func pauseOf(mean float64) time.Duration {
	return time.Duration(min(rand.ExpFloat64(), 8) * mean)
}

// liveOnce does one thing that people do.
func (s *Sim) liveOnce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	idx, ok := s.someIssue()
	if !ok {
		return
	}
	e := &event{Issue: idx}
	switch n := rand.IntN(1000); {
	case n < 120:
		e = &event{Do: doCreate, Project: s.someProject(), Kind: []int{kindStory, kindTask, kindTask, kindBug, kindBug, kindSubtask}[rand.IntN(6)]}
	case n < 440:
		e.Do = doEdit
	case n < 740:
		e.Do = doTransition
	case n < 870:
		e.Do = doComment
	case n < 890:
		e.Do = doEditComment
	case n < 900:
		e.Do = doDeleteComment
	case n < 960:
		e.Do = doWorklog
	case n < 970:
		e.Do = doDeleteWorklog
	case n < 980:
		e.Do, e.Project = doMove, s.someProject()
	default:
		e.Do = doDelete
		if len(s.world.childrenOf(idx, s.world.recs[idx].kind)) > 0 {
			e.Do = doEdit
		}
	}
	if e.Do == doMove && int(s.world.recs[idx].project) == e.Project {
		e.Do, e.Project = doEdit, 0
	}
	s.commit(e)
}

// someIssue chooses a visible issue, newer ones far more often.
func (s *Sim) someIssue() (int32, bool) {
	n := len(s.world.recs)
	for range 100 {
		f := rand.Float64()
		idx := int32(float64(n-1) * (1 - f*f*f))
		if s.world.visible(&s.world.recs[idx]) {
			return idx, true
		}
	}
	return 0, false
}

// someProject chooses a visible project, bigger ones more often.
func (s *Sim) someProject() int {
	for range 20 {
		f := rand.Float64()
		p := int(f * f * float64(len(s.world.projects)))
		if !s.world.projects[p].hidden && s.world.projects[p].until == 1 {
			return p
		}
	}
	return 0
}
