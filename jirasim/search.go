package jirasim

import (
	"slices"
	"sort"
	"strings"
	"time"
)

// search is one look at the index: a query, and the event up to which the index has
// followed the world.
type search struct {
	w     *world
	q     query
	seq   uint64
	order []orderTerm
}

// mark is a place in an order: the last issue of the page before.
type mark struct {
	idx     int32
	updated int64 // as it was then
}

func (w *world) newSearch(q query, seq uint64) *search {
	order := q.order
	if len(order) == 0 {
		order = []orderTerm{{by: "created", desc: true}}
	}
	order = append(slices.Clone(order), orderTerm{by: "id"})
	return &search{w: w, q: q, seq: seq, order: order}
}

// seqAt is the last event that an index sees that lags behind.
func (w *world) seqAt(now time.Time, lag time.Duration) uint64 {
	if lag <= 0 {
		return uint64(len(w.events))
	}
	cutoff := now.Add(-lag).UnixMilli()
	return uint64(sort.Search(len(w.events), func(i int) bool { return w.events[i].At > cutoff }))
}

// visible tells whether search shows the issue to the API user at all.
func (w *world) visible(rec *record) bool {
	return rec.flags&(flagDeleted|flagArchived) == 0 && w.projects[rec.project].shown()
}

// find finds an issue that the API user can read, by id or key.
func (w *world) find(idOrKey string) (int32, bool) {
	var idx int32
	id, ok := parseMillis(idOrKey)
	if ok {
		idx, ok = w.byID(id)
	} else {
		idx, ok = w.byKey(idOrKey)
	}
	if !ok || w.recs[idx].flags&flagDeleted != 0 || w.projects[w.recs[idx].project].hidden {
		return 0, false
	}
	return idx, true
}

// look fills c with the issue as the index knows it; false if it is no match.
func (s *search) look(c *candidate, idx int32) bool {
	rec, born := s.w.recordAt(idx, s.seq)
	if !born || !s.w.visible(&rec) {
		return false
	}
	c.idx, c.rec = idx, rec
	return s.q.where == nil || s.q.where.match(c)
}

func (s *search) compare(a, b *candidate) int {
	for _, term := range s.order {
		if c := term.compare(a, b); c != 0 {
			return c
		}
	}
	return 0
}

// page returns up to limit issues behind the mark, or from the skip-th on, and whether
// there are more.
func (s *search) page(after *mark, skip, limit int) (found []int32, more bool) {
	var last *candidate
	if after != nil {
		rec, _ := s.w.recordAt(after.idx, s.seq)
		rec.updated = after.updated
		last = &candidate{w: s.w, idx: after.idx, rec: rec}
	}
	take := func(c *candidate) bool {
		if last != nil && s.compare(c, last) <= 0 {
			return true
		}
		if skip > 0 {
			skip--
			return true
		}
		if len(found) == limit {
			more = true
			return false
		}
		found = append(found, c.idx)
		return true
	}
	if list, few := s.few(); few {
		s.sorted(list, take)
	} else if by := s.order[0].by; by == "created" || by == "id" {
		s.stream(last, take)
	} else {
		s.sorted(s.places(), take)
	}
	return found, more
}

// few lists the places where matches can be, if these are few: by ids or a late `updated`.
func (s *search) few() ([]int32, bool) {
	b := &s.q.simple
	if b.issues != nil {
		list := make([]int32, 0, len(b.issues))
		for idx := range b.issues {
			list = append(list, idx)
		}
		return list, true
	}
	w := s.w
	from := sort.Search(len(w.updatedAt), func(i int) bool { return w.updatedAt[i] >= b.updatedFrom })
	if n := len(w.updatedAt) - from; n > 2000 && n > len(w.recs)/16 {
		return nil, false
	}
	list := slices.Clone(w.updatedIdx[from:])
	slices.Sort(list)
	return slices.Compact(list), true
}

// sorted offers the matches among the places in order, until take has enough.
func (s *search) sorted(places []int32, take func(*candidate) bool) {
	matches := make([]candidate, 0, len(places))
	c := candidate{w: s.w}
	for _, idx := range places {
		if s.look(&c, idx) {
			matches = append(matches, c)
		}
	}
	slices.SortFunc(matches, func(a, b candidate) int { return s.compare(&a, &b) })
	for i := range matches {
		if !take(&matches[i]) {
			return
		}
	}
}

// stream offers the matches by their creation without looking at all of them. Those of
// one instant are ordered among themselves by the further terms.
func (s *search) stream(last *candidate, take func(*candidate) bool) {
	desc := s.order[0].desc
	if b := &s.q.simple; last != nil {
		if desc {
			b.createdTo = min(b.createdTo, last.rec.created)
		} else {
			b.createdFrom = max(b.createdFrom, last.rec.created)
		}
	}
	at := s.walker()
	var run []candidate
	c := candidate{w: s.w}
	flush := func() bool {
		if len(run) > 1 {
			slices.SortFunc(run, func(a, b candidate) int { return s.compare(&a, &b) })
		}
		for i := range run {
			if !take(&run[i]) {
				return false
			}
		}
		run = run[:0]
		return true
	}
	for i := range at.n {
		if desc {
			i = at.n - 1 - i
		}
		if !s.look(&c, at.idx(i)) {
			continue
		}
		if len(run) > 0 && run[0].rec.created != c.rec.created && !flush() {
			return
		}
		run = append(run, c)
	}
	flush()
}

// walker is a list of places, either written out or a range.
type walker struct {
	list  []int32
	first int32
	n     int
}

func (w walker) idx(i int) int32 {
	if w.list != nil {
		return w.list[i]
	}
	return w.first + int32(i)
}

// walker says where matches can be, in the order of creation.
func (s *search) walker() walker {
	b, w := &s.q.simple, s.w
	if len(b.projects) == 1 {
		for p := range b.projects {
			list := w.createdWithin(w.born[p], b)
			if moved := w.createdWithin(w.joined[p], b); len(moved) > 0 {
				list = slices.Concat(list, moved)
				slices.Sort(list)
				list = slices.Compact(list)
			}
			return walker{list: list, n: len(list)}
		}
	}
	from := sort.Search(len(w.recs), func(i int) bool { return w.recs[i].created >= b.createdFrom })
	to := sort.Search(len(w.recs), func(i int) bool { return w.recs[i].created > b.createdTo })
	return walker{first: int32(from), n: max(0, to-from)}
}

// createdWithin is the part of a list, in the order of creation, within the bounds.
func (w *world) createdWithin(list []int32, b *simpleBounds) []int32 {
	from := sort.Search(len(list), func(i int) bool { return w.recs[list[i]].created >= b.createdFrom })
	to := sort.Search(len(list), func(i int) bool { return w.recs[list[i]].created > b.createdTo })
	return list[from:max(from, to)]
}

func (s *search) places() []int32 {
	at := s.walker()
	list := make([]int32, at.n)
	for i := range list {
		list[i] = at.idx(i)
	}
	return list
}

// count counts all matches.
func (s *search) count() int {
	if n, ok := s.quickCount(); ok {
		return n
	}
	places, few := s.few()
	if !few {
		places = s.places()
	}
	n := 0
	c := candidate{w: s.w}
	for _, idx := range places {
		if s.look(&c, idx) {
			n++
		}
	}
	return n
}

// quickCount counts the matches of queries that ask for projects and times of creation
// only: what was born there, corrected by what happened since.
func (s *search) quickCount() (int, bool) {
	if !s.plain(s.q.where) || len(s.w.touched) > 5000 {
		return 0, false
	}
	b, w, n := &s.q.simple, s.w, 0
	for p, list := range w.born {
		if w.projects[p].shown() && (b.projects == nil || b.projects[uint16(p)]) {
			n += len(w.createdWithin(list, b))
		}
	}
	c := candidate{w: w}
	for idx, past := range w.touched {
		was := &past.birth
		if w.projects[was.project].shown() && (b.projects == nil || b.projects[was.project]) &&
			was.created >= b.createdFrom && was.created <= b.createdTo {
			n--
		}
		if s.look(&c, idx) {
			n++
		}
	}
	return n, true
}

// plain tells whether the bounds say all that the condition says.
func (s *search) plain(where condition) bool {
	switch c := where.(type) {
	case nil:
		return true
	case projectCondition:
		return true
	case timeCondition:
		return !c.updated && strings.ContainsAny(c.op, "<>")
	case andCondition:
		projects := 0
		for _, one := range c {
			if _, isProject := one.(projectCondition); isProject {
				projects++
			}
			if _, nested := one.(andCondition); nested || !s.plain(one) {
				return false
			}
		}
		return projects <= 1
	}
	return false
}
