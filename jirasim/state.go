package jirasim

// state is an issue in full, worked out from its birth and its events.
type state struct {
	idx  int32
	rec  record
	home uint16 // the project of birth: its sprints and versions stay with the issue
	seq  uint64 // as of this event others are shown in its document
	seed uint64

	status, priority, resolution int // resolution -1: none
	statusChanged, resolved      int64
	assignee, reporter, creator  int // assignee -1: nobody
	due                          int64
	summary, description, labels uint64 // salts
	sprints                      []int  // numbers on the project's board
	link                         int32  // partner, -1: none
	cells                        []cell // custom fields set since birth
	raws                         []FieldChange
	archived                     int64
	archivedBy                   int
	poison                       int // its kind and 1, 0: none

	histories []history
	comments  []note
	worklogs  []note
}

// cell is a custom field's value that is not the one of birth.
type cell struct {
	field int
	salt  uint64
	full  bool
	raw   string // JSON, set on purpose
}

// note is a comment or a worklog.
type note struct {
	id, created, updated int64
	author               int
	salt                 uint64
	seconds              int
}

// stateAt works out the issue as it was after the event seq. st's slices are used again.
func (w *world) stateAt(st *state, idx int32, seq uint64) {
	w.birthState(st, idx)
	p := w.touched[idx]
	if p == nil {
		return
	}
	st.seq = p.since
	for _, e := range p.events {
		if e.seq > seq {
			break
		}
		w.advance(st, e)
	}
}

// birthState is the issue at the epoch, with the history it has behind it then.
func (w *world) birthState(st *state, idx int32) {
	rec := w.birth(idx)
	seed := mix(mix(w.opts.Seed, 0x155e), uint64(idx))
	d := dice(seed)
	*st = state{
		idx: idx, rec: rec, home: rec.project, seed: seed, resolution: -1, assignee: -1, link: -1,
		reporter: d.skewed(len(w.people)), priority: d.weighted([]int{4, 20, 50, 20, 6}),
		status: workflows[w.projects[rec.project].flow].start, statusChanged: rec.created,
		summary: mix(seed, 1), description: mix(seed, 2), labels: mix(seed, 3), archivedBy: -1,
		sprints: st.sprints[:0], cells: st.cells[:0], raws: st.raws[:0],
		histories: st.histories[:0], comments: st.comments[:0], worklogs: st.worklogs[:0],
	}
	st.creator = st.reporter
	if d.chance(8) {
		st.creator = d.n(len(w.people))
	}
	if d.chance(60) {
		st.assignee = w.member(&d, rec.project)
	}
	if d.chance(35) {
		st.due = rec.created + int64(d.between(3, 120))*day
	}
	if w.opts.PoisonEvery > 0 && (int(idx)+1)%w.opts.PoisonEvery == 0 {
		st.poison = 1 + int(mix(seed, 0xbad)%poisons)
	}
	if p := w.touched[idx]; p != nil && p.since > 0 {
		return
	}
	st.link = w.partner(idx, &rec)
	w.walk(st, &d)
	w.talk(st, &d)
}

// member is somebody who works in the project: each has a pool of its own, with few who
// do most.
func (w *world) member(d *dice, project uint16) int {
	pool := min(len(w.people), 6+len(w.people)/8)
	return (int(project)*17 + d.skewed(pool)) % len(w.people)
}

// partner is the issue linked with this one: both find each other by the same rule.
func (w *world) partner(idx int32, rec *record) int32 {
	const block = 64
	other := idx ^ int32(1+mix(w.opts.Seed, uint64(idx)/block)%(block-1))
	if int(other) >= w.atBirth {
		return -1
	}
	low, high := min(idx, other), max(idx, other)
	if mix(mix(w.opts.Seed, 0x117c), uint64(low))%100 >= 28 {
		return -1
	}
	if w.birth(high).created > min(rec.updated, w.birth(other).updated) {
		return -1
	}
	return other
}

// talk makes the comments and worklogs of birth.
func (w *world) talk(st *state, d *dice) {
	span := st.rec.updated - st.rec.created
	if span <= 0 {
		return
	}
	comments, worklogs := d.weighted([]int{55, 20, 10, 7, 4, 2, 1, 1}), d.weighted([]int{76, 10, 6, 4, 2, 2})
	if w.opts.PayloadScale == ScaleBench {
		comments, worklogs = d.weighted([]int{20, 25, 25, 15, 10, 5}), d.weighted([]int{45, 25, 15, 10, 5})
	}
	if st.idx%1500 == 700 { // the one that everybody talks about
		comments, worklogs = 60, 45
	}
	for n := range comments {
		at := st.rec.created + span*int64(n+1)/int64(comments+1)
		c := note{id: commentID(int(st.idx), n), created: at, updated: at, author: w.member(d, st.rec.project), salt: d.next()}
		if d.chance(10) {
			c.updated += (st.rec.updated - at) / 2
		}
		st.comments = append(st.comments, c)
	}
	for n := range worklogs {
		at := st.rec.created + span*int64(2*n+1)/int64(2*worklogs+1)
		st.worklogs = append(st.worklogs, note{
			id: worklogID(int(st.idx), n), created: at, updated: at, author: w.member(d, st.rec.project),
			salt: d.next(), seconds: 60 * 15 * d.between(1, 24),
		})
	}
}

// timeSpent is the sum of the worklogs in seconds.
func (st *state) timeSpent() int {
	sum := 0
	for i := range st.worklogs {
		sum += st.worklogs[i].seconds
	}
	return sum
}

// set is the cell of a custom field that was set since birth, or nil.
func (st *state) set(field int) *cell {
	for i := range st.cells {
		if st.cells[i].field == field {
			return &st.cells[i]
		}
	}
	return nil
}

// cell is the value of a custom field now.
func (w *world) cell(st *state, field int) cell {
	if c := st.set(field); c != nil {
		return *c
	}
	f := w.fields[field]
	salt := mix(st.seed, f.salt)
	return cell{field: field, salt: salt, full: int(salt>>32%1000) < f.filled}
}

// put sets a custom field from now on.
func (st *state) put(c cell) {
	if old := st.set(c.field); old != nil {
		*old = c
		return
	}
	st.cells = append(st.cells, c)
}
