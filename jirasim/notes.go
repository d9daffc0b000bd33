package jirasim

import "strconv"

// notes appends the embedded list of comments or worklogs, cut where the view cuts it.
func (x *writer) notes(b []byte, id string) []byte {
	if id == "comment" {
		list := x.st.comments
		shown := list
		if x.v.cutComments > 0 && len(list) > x.v.cutComments {
			shown = list[:x.v.cutComments]
		}
		b = append(b, `{"comments":`...)
		b = x.comments(b, shown)
		b = append(b, `,"self":"`...)
		b = x.appendSelf(b, "/comment")
		return append(b, `","maxResults":`+strconv.Itoa(len(shown))+`,"total":`+strconv.Itoa(len(list))+`,"startAt":0}`...)
	}
	list := x.st.worklogs
	shown, page := list, max(len(list), 20)
	if x.v.cutWorklogs > 0 {
		shown, page = list[:min(len(list), x.v.cutWorklogs)], x.v.cutWorklogs
	}
	b = append(b, `{"startAt":0,"maxResults":`+strconv.Itoa(page)+`,"total":`+strconv.Itoa(len(list))+`,"worklogs":`...)
	b = x.worklogs(b, shown)
	return append(b, '}')
}

func (x *writer) comments(b []byte, list []note) []byte {
	b = append(b, '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		n := &list[i]
		b = x.noteHead(b, n, "/comment/")
		d := dice(n.salt)
		b = append(b, `,"body":`...)
		b = x.w.appendText(b, d.next(), d.between(40, 350), x.v.adf)
		b = append(b, `,"created":`...)
		b = appendTime(b, n.created, x.w.zone)
		b = append(b, `,"updated":`...)
		b = appendTime(b, n.updated, x.w.zone)
		if x.w.opts.Flavor == Cloud {
			b = append(b, `,"jsdPublic":true`...)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// noteHead begins a comment or worklog: itself, its id and its people.
func (x *writer) noteHead(b []byte, n *note, kind string) []byte {
	b = append(b, `{"self":"`...)
	b = x.appendSelf(b, kind)
	b = appendInt(b, n.id)
	b = append(b, `","id":`...)
	b = appendQuotedInt(b, n.id)
	b = append(b, `,"author":`...)
	b = append(b, x.w.people[n.author].json...)
	b = append(b, `,"updateAuthor":`...)
	return append(b, x.w.people[n.author].json...)
}

func (x *writer) worklogs(b []byte, list []note) []byte {
	b = append(b, '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = x.worklog(b, &list[i])
	}
	return append(b, ']')
}

func (x *writer) worklog(b []byte, n *note) []byte {
	b = x.noteHead(b, n, "/worklog/")
	d := dice(n.salt)
	if d.chance(60) {
		b = append(b, `,"comment":`...)
		b = x.w.appendText(b, d.next(), d.between(20, 200), x.v.adf)
	}
	b = append(b, `,"created":`...)
	b = appendTime(b, n.created, x.w.zone)
	b = append(b, `,"updated":`...)
	b = appendTime(b, n.updated, x.w.zone)
	b = append(b, `,"started":`...)
	b = appendTime(b, n.created-n.created%minute-int64(n.seconds)*1000, x.w.zone)
	b = append(b, `,"timeSpent":"`+jiraDuration(n.seconds)+`","timeSpentSeconds":`+strconv.Itoa(n.seconds)...)
	b = append(b, `,"issueId":`...)
	b = appendQuotedInt(b, x.w.id(x.st.idx))
	return append(b, '}')
}
