package jirasim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
)

// maxPile is the most entries that a pile can hold of a kind.
const maxPile = 100_000

// The changes below are what tests do on purpose; life does the same at random. Each tells
// false, or 0, when there is no such issue or project to change.

// Create makes an issue in the project and returns its id.
func (s *Sim) Create(projectKey string) (id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.world.keyed[projectKey]
	if !ok {
		return 0
	}
	e := &event{Do: doCreate, Project: p, Kind: kindTask}
	if !s.commit(e) {
		return 0
	}
	return s.world.id(e.Issue)
}

// Edit sets fields to JSON values as Jira would show them, or changes something at random.
func (s *Sim) Edit(id int64, set ...FieldChange) bool {
	for _, change := range set {
		if !json.Valid([]byte(change.Value)) {
			return false
		}
	}
	return s.change(id, event{Do: doEdit, Set: set})
}

// Transition moves the issue along its workflow, or to the status named.
func (s *Sim) Transition(id int64, status ...string) bool {
	e := event{Do: doTransition}
	if len(status) > 0 {
		e.To = status[0]
	}
	return s.change(id, e)
}

// Comment adds a comment.
func (s *Sim) Comment(id int64) bool { return s.change(id, event{Do: doComment}) }

// EditComment changes the text of one of the issue's comments.
func (s *Sim) EditComment(id int64) bool { return s.change(id, event{Do: doEditComment}) }

// DeleteComment removes one of the issue's comments.
func (s *Sim) DeleteComment(id int64) bool { return s.change(id, event{Do: doDeleteComment}) }

// Worklog logs work.
func (s *Sim) Worklog(id int64) bool { return s.change(id, event{Do: doWorklog}) }

// DeleteWorklog removes one of the issue's worklogs.
func (s *Sim) DeleteWorklog(id int64) bool { return s.change(id, event{Do: doDeleteWorklog}) }

// Pile adds many entries at once, more than embedded lists show.
func (s *Sim) Pile(id int64, histories, comments, worklogs int) bool {
	return s.change(id, event{Do: doPile, Count: [3]int{histories, comments, worklogs}})
}

// Poison gives the issue unpleasant content; kind 0 to 9 chooses which, see poison.
func (s *Sim) Poison(id int64, kind int) bool {
	return s.change(id, event{Do: doPoison, Count: [3]int{kind % poisons}})
}

// Archive hides the issue from search; it can still be read by id. `updated` stays.
func (s *Sim) Archive(id int64) bool { return s.change(id, event{Do: doArchive}) }

// Restore brings an archived or deleted issue back. `updated` stays.
func (s *Sim) Restore(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	idx, ok := s.world.byID(id)
	return ok && s.commit(&event{Do: doRestore, Issue: idx})
}

// Move takes the issue and its subtasks to another project: their keys change, their ids
// stay.
func (s *Sim) Move(id int64, projectKey string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.world.keyed[projectKey]
	idx, ok := s.live(id)
	if !known || !ok {
		return false
	}
	var events []*event
	for _, one := range s.family(idx) {
		events = append(events, &event{Do: doMove, Issue: one, Project: p})
	}
	return s.commit(events...)
}

// Delete removes the issue and its subtasks, and returns the ids of all that went.
func (s *Sim) Delete(id int64) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	idx, ok := s.live(id)
	if !ok {
		return nil
	}
	var gone []int64
	for _, one := range s.family(idx) {
		if s.commit(&event{Do: doDelete, Issue: one}) {
			gone = append(gone, s.world.id(one))
		}
	}
	return gone
}

// family is an issue and the subtasks that it has still.
func (s *Sim) family(idx int32) []int32 {
	list := []int32{idx}
	for _, child := range s.world.childrenOf(idx, s.world.recs[idx].kind) {
		if s.world.recs[child].flags&flagDeleted == 0 {
			list = append(list, child)
		}
	}
	return list
}

// HideProject takes the API user's permission to browse the project.
func (s *Sim) HideProject(key string) bool { return s.changeProject(key, doHide) }

// ShowProject gives it back.
func (s *Sim) ShowProject(key string) bool { return s.changeProject(key, doShow) }

func (s *Sim) changeProject(key, do string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.world.keyed[key]
	return ok && s.commit(&event{Do: do, Project: p})
}

// Touch changes n issues at random, all at one instant, and returns their ids.
func (s *Sim) Touch(n int) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []int64
	var events []*event
	chosen := map[int32]bool{}
	for tries := 0; len(events) < n && tries < 20*n+1000; tries++ {
		idx := int32(rand.IntN(len(s.world.recs)))
		if chosen[idx] || !s.world.visible(&s.world.recs[idx]) {
			continue
		}
		chosen[idx] = true
		do := []string{doEdit, doEdit, doTransition, doComment, doWorklog}[rand.IntN(5)]
		events = append(events, &event{Do: do, Issue: idx})
		ids = append(ids, s.world.id(idx))
	}
	if !s.commit(events...) {
		return nil
	}
	slices.Sort(ids)
	return ids
}

func (s *Sim) live(id int64) (int32, bool) {
	idx, ok := s.world.byID(id)
	return idx, ok && s.world.recs[idx].flags&flagDeleted == 0
}

func (s *Sim) change(id int64, e event) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	idx, ok := s.live(id)
	if !ok {
		return false
	}
	e.Issue = idx
	return s.commit(&e)
}

// commit stamps events with one instant, never before the last one's, keeps them and makes
// them true. The lock is held.
func (s *Sim) commit(events ...*event) bool {
	w := s.world
	at := max(s.opts.Now().UnixMilli(), w.epoch)
	if n := len(w.events); n > 0 {
		at = max(at, w.events[n-1].At)
	}
	for _, e := range events {
		e.At = at
		e.Salt = rand.Uint64()
		if err := w.check(e); err != nil {
			s.log.Error("refuse a change", "error", err)
			return false
		}
	}
	if err := s.journal.write(events); err != nil {
		s.log.Error("keep a change", "error", err)
		return false
	}
	for _, e := range events {
		w.apply(e)
	}
	return true
}

// check refuses events that the world cannot follow: a journal may be damaged.
func (w *world) check(e *event) error {
	if e.Do != doCreate && (e.Issue < 0 || int(e.Issue) >= len(w.recs)) {
		return fmt.Errorf("event %s of unknown issue %d", e.Do, e.Issue)
	}
	if e.Project < 0 || e.Project >= len(w.projects) || e.Kind < 0 || e.Kind >= len(typeNames) {
		return fmt.Errorf("event %s of unknown project %d or type %d", e.Do, e.Project, e.Kind)
	}
	for _, n := range e.Count {
		if n < 0 || n > maxPile {
			return fmt.Errorf("event %s of %d entries", e.Do, n)
		}
	}
	for _, change := range e.Set {
		if _, ok := w.fieldAt[change.Field]; !ok {
			return fmt.Errorf("event %s of unknown field %q", e.Do, change.Field)
		}
	}
	return w.checkRename(e)
}
