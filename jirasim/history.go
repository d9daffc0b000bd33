package jirasim

// What a history's item tells of.
type itemKind uint8

const (
	itStatus itemKind = iota
	itResolution
	itAssignee
	itPriority
	itSprint
	itLabels
	itLink
	itSummary
	itDescription
	itDueDate
	itRank
	itCustom
	itKey
	itProject
	itTimeSpent
	itRaw
)

// item is one change within a history; what from and to mean depends on its kind.
type item struct {
	kind             itemKind
	field            int // of itCustom
	from, to         int64
	fromText, toText string // of itKey, itProject and itRaw
}

// history is one entry of the changelog.
type history struct {
	id, at int64
	author int
	items  [2]item
	count  int
}

// walk leads the issue from its birth to the epoch: moves along the workflow, now and
// then reopened, between them what people do to issues. The last entry is of `updated`.
func (w *world) walk(st *state, d *dice) {
	span := st.rec.updated - st.rec.created
	if span <= 0 {
		return
	}
	steps := d.between(2, 8)
	if w.opts.PayloadScale == ScaleBench {
		steps = d.between(5, 12)
	}
	if st.idx%1500 == 700 {
		steps = 150
	}
	age := w.epoch - st.rec.created
	wantDone := d.n(int(min(age/day, 60))+30) > 25
	for n := range steps {
		h := history{id: historyID(int(st.idx), n), author: w.member(d, st.rec.project)}
		h.at = st.rec.updated - span*int64(steps-1-n)/int64(steps)
		done := statusKinds[st.status].category == 2
		switch {
		case n == steps-1 && wantDone && !done:
			w.moveTo(st, &h, stDone, d)
		case n == 0 && st.link >= 0:
			h.add(item{kind: itLink, to: int64(st.link)})
		case d.chance(50) && (!done || d.chance(12)):
			w.moveTo(st, &h, w.nextStatus(st, d), d)
		default:
			w.fiddle(st, &h, d)
		}
		st.histories = append(st.histories, h)
	}
}

func (h *history) add(i item) {
	if h.count < len(h.items) {
		h.items[h.count] = i
		h.count++
	}
}

func (w *world) nextStatus(st *state, d *dice) int {
	steps := workflows[w.projects[st.rec.project].flow].steps[st.status]
	if len(steps) == 0 {
		return stProgress
	}
	total := 0
	for _, s := range steps {
		total += s.weight
	}
	at := d.n(total)
	for _, s := range steps {
		if at -= s.weight; at < 0 {
			return s.to
		}
	}
	return steps[0].to
}

// moveTo changes the status; entering or leaving the done ones sets or clears the
// resolution.
func (w *world) moveTo(st *state, h *history, to int, d *dice) {
	h.add(item{kind: itStatus, from: int64(st.status), to: int64(to)})
	if statusKinds[st.status].category != statusKinds[to].category {
		st.statusChanged = h.at
	}
	st.status = to
	resolution := -1
	if statusKinds[to].category == 2 {
		resolution = d.weighted([]int{80, 8, 5, 4, 3})
		if to == stCancelled {
			resolution = 1
		}
	}
	if resolution == st.resolution || resolution >= 0 && st.resolution >= 0 {
		return
	}
	h.add(item{kind: itResolution, from: int64(st.resolution), to: int64(resolution)})
	st.resolution, st.resolved = resolution, 0
	if resolution >= 0 {
		st.resolved = h.at
	}
}

// fiddle changes something that is not the status.
func (w *world) fiddle(st *state, h *history, d *dice) {
	switch d.weighted([]int{20, 8, 16, 6, 4, 3, 6, 4, 33}) {
	case 0:
		to := w.member(d, st.rec.project)
		if to == st.assignee {
			to = -1
		}
		h.add(item{kind: itAssignee, from: int64(st.assignee), to: int64(to)})
		st.assignee = to
	case 1:
		to := (st.priority + 1 + d.n(len(priorityNames)-1)) % len(priorityNames)
		h.add(item{kind: itPriority, from: int64(st.priority), to: int64(to)})
		st.priority = to
	case 2:
		w.nextSprint(st, h)
	case 3:
		to := d.next()
		h.add(item{kind: itLabels, from: int64(st.labels), to: int64(to)})
		st.labels = to
	case 4:
		to := d.next()
		h.add(item{kind: itSummary, from: int64(st.summary), to: int64(to)})
		st.summary = to
	case 5:
		to := d.next()
		h.add(item{kind: itDescription, from: int64(st.description), to: int64(to)})
		st.description = to
	case 6:
		to := h.at + int64(d.between(2, 60))*day
		h.add(item{kind: itDueDate, from: st.due, to: to})
		st.due = to
	case 7:
		h.add(item{kind: itRank})
	default:
		w.fillField(st, h, d)
	}
}

// nextSprint puts the issue into the sprint that runs, on top of those it was in.
func (w *world) nextSprint(st *state, h *history) {
	p := w.projects[st.home]
	if !p.scrum || st.rec.kind == kindEpic || st.rec.kind == kindSubtask {
		h.add(item{kind: itRank})
		return
	}
	n := w.sprintAt(h.at)
	if len(st.sprints) > 0 {
		n = max(n, st.sprints[len(st.sprints)-1]+1)
	}
	if n > w.lastSprint() {
		h.add(item{kind: itRank})
		return
	}
	st.sprints = append(st.sprints, n)
	h.add(item{kind: itSprint, to: int64(len(st.sprints))})
}

// fillField gives a custom field of the project another value.
func (w *world) fillField(st *state, h *history, d *dice) {
	places := w.projects[st.rec.project].fields
	for range 8 {
		place := places[d.n(len(places))]
		f := w.fields[place]
		if !f.custom() || f.kind >= fkSLA {
			continue
		}
		if d.chance(40) {
			place = w.points
		}
		old := w.cell(st, place)
		now := cell{field: place, salt: d.next(), full: true}
		if old.full && d.chance(15) {
			now.full = false
		}
		h.add(item{kind: itCustom, field: place, from: cellBits(old), to: cellBits(now)})
		st.put(now)
		return
	}
	h.add(item{kind: itRank})
}

// cellBits packs a generated cell into one number: its lowest bit says whether it is full.
func cellBits(c cell) int64 {
	bits := c.salt &^ 1
	if c.full {
		bits |= 1
	}
	return int64(bits)
}
