package jirasim

import "strconv"

// advance leads an issue's state past one event.
func (w *world) advance(st *state, e *event) {
	st.rec.flags |= flagTouched
	before := st.rec
	st.rec.follow(e)
	d := dice(e.Salt)
	h := history{id: e.history, at: e.At, author: w.member(&d, st.rec.project)}
	switch e.Do {
	case doEdit:
		w.edit(st, &h, e, &d)
	case doTransition:
		w.moveTo(st, &h, w.wished(st, e, &d), &d)
	case doComment, doEditComment, doDeleteComment, doWorklog, doDeleteWorklog:
		w.discuss(st, &h, e, &d)
	case doMove:
		h.add(item{kind: itProject, fromText: strconv.Itoa(int(before.project)), toText: strconv.Itoa(e.Project)})
		h.add(item{kind: itKey, fromText: w.keyOf(&before), toText: w.keyOf(&st.rec)})
	case doArchive:
		st.archived, st.archivedBy = e.At, h.author
	case doRestore:
		st.archived, st.archivedBy = 0, -1
	case doPoison:
		st.poison = 1 + e.Count[0]%poisons
		h.add(item{kind: itRank})
	case doPile:
		w.pile(st, e, before.updated, &d)
	}
	if h.count > 0 {
		st.histories = append(st.histories, h)
	}
	if e.bumps() {
		st.seq = e.seq
	}
}

// wished is the status asked for by name, or one that the workflow leads to.
func (w *world) wished(st *state, e *event, d *dice) int {
	for i, s := range statusKinds {
		if e.To == s.name {
			return i
		}
	}
	return w.nextStatus(st, d)
}

func (w *world) edit(st *state, h *history, e *event, d *dice) {
	if len(e.Set) == 0 {
		w.fiddle(st, h, d)
		if d.chance(40) {
			w.fiddle(st, h, d)
		}
		return
	}
	for _, change := range e.Set {
		old := ""
		for i := range st.raws {
			if st.raws[i].Field == change.Field {
				old = st.raws[i].Value
				st.raws = append(st.raws[:i:i], st.raws[i+1:]...)
				break
			}
		}
		st.raws = append(st.raws, change)
		h.add(item{kind: itRaw, field: w.fieldAt[change.Field], fromText: old, toText: change.Value})
	}
}

func (w *world) discuss(st *state, h *history, e *event, d *dice) {
	switch e.Do {
	case doComment:
		st.comments = append(st.comments, note{id: e.comment, created: e.At, updated: e.At, author: h.author, salt: d.next()})
	case doEditComment:
		if n := len(st.comments); n > 0 {
			c := &st.comments[d.n(n)]
			c.updated, c.salt = e.At, d.next()
		}
	case doDeleteComment:
		if n := len(st.comments); n > 0 {
			at := d.n(n)
			st.comments = append(st.comments[:at], st.comments[at+1:]...)
		}
	case doWorklog:
		spent := st.timeSpent()
		st.worklogs = append(st.worklogs, note{
			id: e.worklog, created: e.At, updated: e.At, author: h.author, salt: d.next(), seconds: 60 * 15 * d.between(1, 24),
		})
		h.add(item{kind: itTimeSpent, from: int64(spent), to: int64(st.timeSpent())})
	case doDeleteWorklog:
		if n := len(st.worklogs); n > 0 {
			at := d.n(n)
			st.worklogs = append(st.worklogs[:at], st.worklogs[at+1:]...)
		}
	}
}

// pile adds many entries at once, spread over the time since the last change.
func (w *world) pile(st *state, e *event, since int64, d *dice) {
	at := func(n, of int) int64 { return e.At - (e.At-since)*int64(of-1-n)/int64(of+1) }
	for n := range e.Count[0] {
		h := history{id: e.history + int64(n), at: at(n, e.Count[0]), author: w.member(d, st.rec.project)}
		w.fiddle(st, &h, d)
		st.histories = append(st.histories, h)
	}
	for n := range e.comments {
		t := at(n, e.comments)
		st.comments = append(st.comments, note{
			id: e.comment + int64(n), created: t, updated: t, author: w.member(d, st.rec.project), salt: d.next(),
		})
	}
	for n := range e.worklogs {
		t := at(n, e.worklogs)
		st.worklogs = append(st.worklogs, note{
			id: e.worklog + int64(n), created: t, updated: t, author: w.member(d, st.rec.project),
			salt: d.next(), seconds: 900 * d.between(1, 8),
		})
	}
}
