package jirasim

import "strconv"

// writer writes documents of issues; it is used by one goroutine at a time.
type writer struct {
	w     *world
	v     *view
	st    state
	other state // of an issue that the document embeds
}

// document appends the issue as it was after the event seq.
func (x *writer) document(b []byte, idx int32, seq uint64) []byte {
	w := x.w
	if x.v.light && x.v.none && !x.v.changelog { // a census asks for millions of these
		rec, _ := w.recordAt(idx, seq)
		return append(w.appendHead(b, idx, &rec, `"`), '}')
	}
	w.stateAt(&x.st, idx, seq)
	b = w.appendHead(b, idx, &x.st.rec, `operations,versionedRepresentations,editmeta,changelog,renderedFields"`)
	if !x.v.none {
		b = append(b, `,"fields":`...)
		b = x.fields(b)
	}
	if x.v.changelog {
		b = append(b, `,"changelog":`...)
		b = x.changelog(b)
	}
	return append(b, '}')
}

func (w *world) appendHead(b []byte, idx int32, rec *record, expand string) []byte {
	id := w.id(idx)
	b = append(b, `{"expand":"`...)
	b = append(b, expand...)
	b = append(b, `,"id":`...)
	b = appendQuotedInt(b, id)
	b = append(b, `,"self":"`...)
	b = append(b, w.issueURL...)
	b = appendInt(b, id)
	b = append(b, `","key":"`...)
	b = w.appendKey(b, rec)
	return append(b, '"')
}

// fields appends the object of the issue's fields: all that its project bears, null where
// there is nothing.
func (x *writer) fields(b []byte) []byte {
	w, st := x.w, &x.st
	b = append(b, '{')
	first := len(b)
	for _, place := range w.projects[st.rec.project].fields {
		if !x.v.want[place] {
			continue
		}
		f := w.fields[place]
		if f.kind == fkSystem && !x.bears(f.id) {
			continue
		}
		if len(b) > first {
			b = append(b, ',')
		}
		b = append(b, f.title...)
		if raw := st.raw(f.id); raw != "" {
			b = append(b, raw...)
			continue
		}
		if st.poison != 0 {
			if text := poison(st.poison-1, f); text != "" {
				b = append(b, text...)
				continue
			}
		}
		b = x.value(b, f, place)
	}
	if st.poison != 0 {
		b = x.twice(b, first)
	}
	return append(b, '}')
}

func (st *state) raw(id string) string {
	for i := range st.raws {
		if st.raws[i].Field == id {
			return st.raws[i].Value
		}
	}
	return ""
}

// bears tells whether the document has the member at all: parents stand only in those who
// have one, archiving only where it happened.
func (x *writer) bears(id string) bool {
	switch id {
	case "parent":
		_, ok := x.parent()
		return ok
	case "archiveddate", "archivedby":
		return x.st.archived != 0
	}
	return true
}

func (x *writer) value(b []byte, f *field, place int) []byte {
	w, st := x.w, &x.st
	switch f.kind {
	case fkSystem:
		return x.system(b, f.id)
	case fkSprint:
		return x.sprints(b)
	case fkEpicLink:
		if epic, ok := w.epicOf(st.idx, st.rec.kind); ok {
			rec, _ := w.recordAt(epic, st.seq)
			b = append(b, '"')
			b = w.appendKey(b, &rec)
			return append(b, '"')
		}
		return append(b, "null"...)
	case fkEpicName:
		if st.rec.kind == kindEpic {
			return appendString(b, summary(mix(st.seed, 9)))
		}
		return append(b, "null"...)
	case fkRank:
		b = append(b, `"0|i`...)
		b = strconv.AppendUint(b, st.seed&0xfffff|0x100000, 36)
		return append(b, `:"`...)
	case fkParentLink:
		if w.opts.Flavor == Cloud {
			return append(b, `{"hasEpicLinkFieldDependency":false,"showField":false,"nonEditableReason":{"reason":"PLUGIN_LICENSE_ERROR","message":"The Parent Link is only available to Jira Premium users."}}`...)
		}
		return append(b, "null"...)
	}
	return w.appendCell(b, f, w.cell(st, place), st.home, x.v.adf)
}

func (x *writer) sprints(b []byte) []byte {
	w, st := x.w, &x.st
	if len(st.sprints) == 0 {
		return append(b, "null"...)
	}
	p := w.projects[st.home]
	b = append(b, '[')
	for i, n := range st.sprints {
		if i > 0 {
			b = append(b, ',')
		}
		if w.opts.Flavor == Cloud {
			b = w.appendSprint(b, p, n)
		} else {
			b = w.appendSprintText(b, p, n)
		}
	}
	return append(b, ']')
}
