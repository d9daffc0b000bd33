package jirasim

import "slices"

// What can happen after the epoch.
const (
	doCreate        = "create"
	doEdit          = "edit"
	doTransition    = "transition"
	doComment       = "comment"
	doEditComment   = "editComment"
	doDeleteComment = "deleteComment"
	doWorklog       = "worklog"
	doDeleteWorklog = "deleteWorklog"
	doDelete        = "delete"
	doMove          = "move"
	doArchive       = "archive"
	doRestore       = "restore"
	doHide          = "hide" // a project, from the API user
	doShow          = "show"
	doPile          = "pile" // many histories, comments and worklogs at once
	doPoison        = "poison"

	doRename         = "rename" // see Rename
	doEditVersion    = "editVersion"
	doArchiveProject = "archiveProject"
)

// event is one change since the epoch: a line of the journal.
type event struct {
	At      int64         `json:"at"` // ms
	Do      string        `json:"do"`
	Issue   int32         `json:"i"` // place in world.recs
	Salt    uint64        `json:"salt,omitempty"`
	Project int           `json:"p,omitempty"` // place, of create, move, hide and show
	Kind    int           `json:"kind,omitempty"`
	To      string        `json:"to,omitempty"`   // the status wished for
	What    string        `json:"what,omitempty"` // of a rename: the kind of thing
	Of      string        `json:"of,omitempty"`   // and which
	Set     []FieldChange `json:"set,omitempty"`  // of an edit that says what it sets
	Count   [3]int        `json:"n,omitzero"`     // of a pile: histories, comments, worklogs

	seq                       uint64 // 1, 2, 3 ... over all events
	history, comment, worklog int64  // the first ids it gave out
	num                       uint32 // of a create or move
	worklogs, comments        int    // how many ids it took
}

// FieldChange sets one field to a JSON value, as Jira would show it.
type FieldChange struct {
	Field string `json:"f"`
	Value string `json:"v"`
}

// idRun maps a run of ids of comments or worklogs, given out after the epoch, to their issue.
type idRun struct {
	first int64
	count int
	idx   int32
}

type goneWorklog struct {
	id, at int64
}

// bumps tells whether an event moves `updated` of its issue. What it leaves alone is what
// a mirror cannot find by asking for changes.
func (e *event) bumps() bool {
	switch e.Do {
	case doDelete, doArchive, doRestore, doHide, doShow:
		return false
	}
	return true
}

// apply makes an event part of the world: records and indexes follow, the rest is worked
// out when the issue is shown. Events come in the order of time.
func (w *world) apply(e *event) {
	w.events = append(w.events, e)
	e.seq = uint64(len(w.events))
	switch e.Do {
	case doHide, doShow:
		w.projects[e.Project].hidden = e.Do == doHide
		return
	case doArchiveProject:
		p := w.projects[e.Project]
		p.archived = true
		p.json = append(p.json[:len(p.json)-1:len(p.json)-1], `,"archived":true}`...)
		return
	case doRename:
		w.applyRename(e)
		return
	case doEditVersion:
		w.applyEditVersion(e)
		return
	case doCreate:
		w.applyCreate(e)
	}
	w.giveIDs(e)
	rec := &w.recs[e.Issue]
	p := w.touched[e.Issue]
	if p == nil {
		p = &past{birth: *rec}
		w.touched[e.Issue] = p
	}
	rec.flags |= flagTouched
	p.events = append(p.events, e)
	switch e.Do {
	case doDelete:
		rec.flags |= flagDeleted
		w.loseWorklogs(e)
	case doDeleteWorklog:
		w.loseOneWorklog(e)
	case doArchive:
		rec.flags |= flagArchived
	case doRestore:
		rec.flags &^= flagArchived | flagDeleted
	case doMove:
		w.applyMove(e, rec)
	}
	if e.bumps() {
		rec.updated = e.At
		w.updatedAt = append(w.updatedAt, e.At)
		w.updatedIdx = append(w.updatedIdx, e.Issue)
	}
}

func (w *world) applyCreate(e *event) {
	idx := int32(len(w.recs))
	e.Issue = idx
	w.lastNum[e.Project]++
	e.num = w.lastNum[e.Project]
	rec := record{created: e.At, updated: e.At, num: e.num, project: uint16(e.Project), kind: uint8(e.Kind)}
	w.recs = append(w.recs, rec)
	w.born[e.Project] = append(w.born[e.Project], idx)
	w.touched[idx] = &past{birth: rec, since: e.seq}
}

func (w *world) applyMove(e *event, rec *record) {
	w.moved[w.keyOf(rec)] = e.Issue
	w.lastNum[e.Project]++
	e.num = w.lastNum[e.Project]
	rec.project, rec.num = uint16(e.Project), e.num
	w.moved[w.keyOf(rec)] = e.Issue
	list := w.joined[e.Project]
	if at, found := slices.BinarySearch(list, e.Issue); !found {
		w.joined[e.Project] = slices.Insert(list, at, e.Issue)
	}
}

// giveIDs hands out the ids of what the event adds.
func (w *world) giveIDs(e *event) {
	histories := 0
	switch e.Do {
	case doPile:
		histories, e.comments, e.worklogs = e.Count[0], e.Count[1], e.Count[2]
	case doEdit, doTransition, doMove, doPoison:
		histories = 1
	case doComment:
		e.comments = 1
	case doWorklog:
		histories, e.worklogs = 1, 1
	}
	e.history, e.comment, e.worklog = w.nextHistory, w.nextComment, w.nextWorklog
	w.nextHistory += int64(histories)
	w.nextComment += int64(e.comments)
	w.nextWorklog += int64(e.worklogs)
	if e.comments > 0 {
		w.commentRuns = append(w.commentRuns, idRun{e.comment, e.comments, e.Issue})
	}
	if e.worklogs > 0 {
		w.worklogRuns = append(w.worklogRuns, idRun{e.worklog, e.worklogs, e.Issue})
	}
}

// loseWorklogs notes the worklogs that go with a deleted issue.
func (w *world) loseWorklogs(e *event) {
	var st state
	w.stateAt(&st, e.Issue, e.seq)
	for i := range st.worklogs {
		w.deletedWorklogs = append(w.deletedWorklogs, goneWorklog{st.worklogs[i].id, e.At})
	}
}

// loseOneWorklog notes the worklog that an event takes from its issue.
func (w *world) loseOneWorklog(e *event) {
	var before, after state
	w.stateAt(&before, e.Issue, e.seq-1)
	w.stateAt(&after, e.Issue, e.seq)
	for i := range before.worklogs {
		id := before.worklogs[i].id
		if !slices.ContainsFunc(after.worklogs, func(kept note) bool { return kept.id == id }) {
			w.deletedWorklogs = append(w.deletedWorklogs, goneWorklog{id, e.At})
		}
	}
}

// recordAt is an issue's record as it was after the event seq; false if it was not born.
func (w *world) recordAt(idx int32, seq uint64) (record, bool) {
	rec := w.recs[idx]
	if rec.flags&flagTouched == 0 || seq >= uint64(len(w.events)) {
		return rec, true
	}
	p := w.touched[idx]
	if p.since > seq {
		return rec, false
	}
	at := p.birth
	at.flags |= rec.flags & flagTouched
	for _, e := range p.events {
		if e.seq > seq {
			break
		}
		at.follow(e)
	}
	return at, true
}

// follow moves a record on by one of its issue's events.
func (r *record) follow(e *event) {
	switch e.Do {
	case doDelete:
		r.flags |= flagDeleted
	case doArchive:
		r.flags |= flagArchived
	case doRestore:
		r.flags &^= flagArchived | flagDeleted
	case doMove:
		r.project, r.num = uint16(e.Project), e.num
	}
	if e.bumps() {
		r.updated = e.At
	}
}
