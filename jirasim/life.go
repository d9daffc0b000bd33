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

// deeds are what people do to issues, and how often of a thousand.
var deeds = []struct {
	do    string
	share int
}{
	{doCreate, 120},
	{doEdit, 320},
	{doTransition, 300},
	{doComment, 130},
	{doEditComment, 20},
	{doDeleteComment, 10},
	{doWorklog, 60},
	{doDeleteWorklog, 10},
	{doMove, 10},
	{doDelete, 20},
}

// liveOnce does one thing that people do.
func (s *Sim) liveOnce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	idx, ok := s.someIssue()
	if !ok {
		return
	}
	e := &event{Issue: idx, Do: doEdit}
	n := rand.IntN(1000)
	for _, deed := range deeds {
		if n -= deed.share; n < 0 {
			e.Do = deed.do
			break
		}
	}
	switch e.Do {
	case doCreate:
		e.Issue, e.Project = 0, s.someProject()
		e.Kind = []int{kindStory, kindTask, kindTask, kindBug, kindBug, kindSubtask}[rand.IntN(6)]
		if e.Kind == kindSubtask && !s.takesSubtask(e.Project) {
			e.Kind = kindTask
		}
	case doMove:
		e.Project = s.someProject()
		if int(s.world.recs[idx].project) == e.Project || len(s.family(idx)) > 1 {
			e.Do, e.Project = doEdit, 0
		}
	case doDelete:
		if len(s.family(idx)) > 1 {
			e.Do = doEdit
		}
	}
	s.commit(e)
}

// takesSubtask tells whether the issue that a new subtask would belong to is still there.
func (s *Sim) takesSubtask(project int) bool {
	list := s.world.born[project]
	for at := len(list) - 1; at >= 0; at-- {
		if rec := &s.world.recs[list[at]]; standard(rec.kind) {
			return s.world.visible(rec) && int(rec.project) == project
		}
	}
	return false
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
		if s.world.projects[p].shown() && s.world.projects[p].until == 1 {
			return p
		}
	}
	return 0
}
