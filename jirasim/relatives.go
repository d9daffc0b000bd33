package jirasim

import "sort"

// How far back an epic of the same project is looked for.
const epicReach = 40

// place is where an issue stands among those born in its project.
func (w *world) place(idx int32) ([]int32, int) {
	list := w.born[w.birth(idx).project]
	return list, sort.Search(len(list), func(i int) bool { return list[i] >= idx })
}

// standard is an issue that can have subtasks and belong to an epic.
func standard(kind uint8) bool { return kind != kindSubtask && kind != kindEpic }

// parentOf finds a subtask's parent: the standard issue before it in its project.
func (w *world) parentOf(idx int32, kind uint8) (int32, bool) {
	if kind != kindSubtask {
		return 0, false
	}
	list, at := w.place(idx)
	for at--; at >= 0; at-- {
		if standard(w.recs[list[at]].kind) {
			return list[at], true
		}
	}
	return 0, false
}

// childrenOf finds the subtasks of a standard issue: those that follow it.
func (w *world) childrenOf(idx int32, kind uint8) []int32 {
	if !standard(kind) {
		return nil
	}
	var found []int32
	list, at := w.place(idx)
	for at++; at < len(list) && !standard(w.recs[list[at]].kind); at++ {
		if w.recs[list[at]].kind == kindSubtask {
			found = append(found, list[at])
		}
	}
	return found
}

// epicOf finds the epic that a standard issue belongs to, if to any.
func (w *world) epicOf(idx int32, kind uint8) (int32, bool) {
	if !standard(kind) || mix(mix(w.opts.Seed, 0xe91c), uint64(idx))%100 >= 70 {
		return 0, false
	}
	list, at := w.place(idx)
	for low := max(0, at-epicReach); at > low; {
		at--
		if w.recs[list[at]].kind == kindEpic {
			return list[at], true
		}
	}
	return 0, false
}

// parent is what the field `parent` names: for Cloud an epic too.
func (x *writer) parent() (int32, bool) {
	st := &x.st
	if x.w.opts.Flavor == Cloud {
		if epic, ok := x.w.epicOf(st.idx, st.rec.kind); ok {
			return epic, true
		}
	}
	return x.w.parentOf(st.idx, st.rec.kind)
}

func (x *writer) relatives(b []byte, id string) []byte {
	w, st := x.w, &x.st
	switch id {
	case "parent":
		parent, _ := x.parent()
		return x.embedded(b, parent)
	case "issuelinks":
		return x.links(b)
	}
	b = append(b, '[')
	first := len(b)
	for _, child := range w.childrenOf(st.idx, st.rec.kind) {
		rec, born := w.recordAt(child, st.seq)
		if !born || rec.flags&flagDeleted != 0 {
			continue
		}
		if len(b) > first {
			b = append(b, ',')
		}
		b = x.embedded(b, child)
	}
	return append(b, ']')
}

// embedded appends another issue as documents show it: as it was when this one changed.
func (x *writer) embedded(b []byte, idx int32) []byte {
	w, o := x.w, &x.other
	w.stateAt(o, idx, x.st.seq)
	b = append(b, `{"id":`...)
	b = appendQuotedInt(b, w.id(idx))
	b = append(b, `,"key":"`...)
	b = w.appendKey(b, &o.rec)
	b = append(b, `","self":"`...)
	b = append(b, w.issueURL...)
	b = appendInt(b, w.id(idx))
	b = append(b, `","fields":{"summary":`...)
	b = appendString(b, summary(o.summary))
	b = append(b, `,"status":`...)
	b = append(b, w.dict.statuses[o.status].json...)
	b = append(b, `,"priority":`...)
	b = append(b, w.dict.priorities[o.priority].json...)
	b = append(b, `,"issuetype":`...)
	b = append(b, w.dict.types[o.rec.kind].json...)
	return append(b, `}}`...)
}

type linkType struct{ id, name, inward, outward string }

var linkTypes = []linkType{
	{"10000", "Blocks", "is blocked by", "blocks"},
	{"10001", "Relates", "relates to", "relates to"},
	{"10002", "Duplicate", "is duplicated by", "duplicates"},
	{"10003", "Cloners", "is cloned by", "clones"},
}

func linkTypeOf(low int32) *linkType { return &linkTypes[uint32(low)*7%uint32(len(linkTypes))] }

func (x *writer) links(b []byte) []byte {
	st := &x.st
	if st.link < 0 {
		return append(b, `[]`...)
	}
	if rec, _ := x.w.recordAt(st.link, st.seq); rec.flags&flagDeleted != 0 {
		return append(b, `[]`...)
	}
	low := min(st.link, st.idx)
	t := linkTypeOf(low)
	b = append(b, `[{"id":`...)
	b = appendQuotedInt(b, 10_000+int64(low))
	b = append(b, `,"self":"`+x.w.rest+`/issueLink/`...)
	b = appendInt(b, 10_000+int64(low))
	b = append(b, `","type":{"id":"`+t.id+`","name":"`+t.name+`","inward":"`+t.inward+`","outward":"`+t.outward+
		`","self":"`+x.w.rest+`/issueLinkType/`+t.id+`"},`...)
	if st.idx == low {
		b = append(b, `"outwardIssue":`...)
	} else {
		b = append(b, `"inwardIssue":`...)
	}
	b = x.embedded(b, st.link)
	return append(b, `}]`...)
}
