package jirasim

import (
	"fmt"
	"net/http"
	"slices"
	"sort"
)

const worklogPage = 1000

// changedWorklog is a worklog and the time of its last change.
type changedWorklog struct{ id, at int64 }

// worklogsUpdated lists the worklogs changed since a time, but never those of the last
// minute, as Jira does.
func (s *Sim) worklogsUpdated(rw http.ResponseWriter, r *http.Request) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	w := s.world
	since := int64(intParam(r, "since", 0))
	until := s.opts.Now().UnixMilli() - minute
	var list []changedWorklog
	from := sort.Search(len(w.updatedAt), func(i int) bool { return w.updatedAt[i] >= since })
	places := slices.Clone(w.updatedIdx[from:])
	slices.Sort(places)
	var st state
	for _, idx := range slices.Compact(places) {
		if !w.visible(&w.recs[idx]) {
			continue
		}
		w.stateAt(&st, idx, uint64(len(w.events)))
		for i := range st.worklogs {
			if at := st.worklogs[i].updated; at >= since && at < until {
				list = append(list, changedWorklog{st.worklogs[i].id, at})
			}
		}
	}
	s.writeWorklogs(rw, "updated", since, until, list)
}

func (s *Sim) worklogsDeleted(rw http.ResponseWriter, r *http.Request) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	since := int64(intParam(r, "since", 0))
	until := s.opts.Now().UnixMilli() - minute
	var list []changedWorklog
	for _, gone := range s.world.deletedWorklogs {
		if gone.at >= since && gone.at < until {
			list = append(list, changedWorklog(gone))
		}
	}
	s.writeWorklogs(rw, "deleted", since, until, list)
}

// writeWorklogs writes a page; the next one begins with the time of this one's last, and
// never parts worklogs of one instant.
func (s *Sim) writeWorklogs(rw http.ResponseWriter, kind string, since, until int64, list []changedWorklog) {
	slices.SortFunc(list, func(a, b changedWorklog) int {
		if a.at != b.at {
			return int((a.at-b.at)>>63) | 1
		}
		return int((a.id-b.id)>>63) | 1
	})
	last := true
	if len(list) > worklogPage {
		cut := worklogPage
		for cut < len(list) && list[cut].at == list[cut-1].at {
			cut++
		}
		last = cut == len(list)
		list = list[:cut]
	}
	if !last {
		until = list[len(list)-1].at + 1
	}
	self := s.world.rest + "/worklog/" + kind + "?since="
	b := append([]byte(nil), `{"values":[`...)
	for i, one := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"worklogId":%d,"updatedTime":%d,"properties":[]}`, one.id, one.at)
	}
	b = fmt.Appendf(b, `],"since":%d,"until":%d,"self":"%s%d","lastPage":%t`, since, until, self, since, last)
	if !last {
		b = fmt.Appendf(b, `,"nextPage":"%s%d"`, self, until)
	}
	writeJSON(rw, append(b, '}'))
}

func (s *Sim) worklogList(rw http.ResponseWriter, r *http.Request) {
	req := struct {
		IDs []int64 `json:"ids"`
	}{}
	if !readBody(rw, r, &req) {
		return
	}
	if len(req.IDs) > worklogPage {
		writeError(rw, http.StatusBadRequest, "The number of worklogs must be 1 to 1000.")
		return
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	x := writer{w: s.world, v: &view{adf: s.adf(r)}}
	b := []byte{'['}
	for _, id := range req.IDs {
		idx, ok := s.world.worklogOwner(id)
		if !ok || !s.world.visible(&s.world.recs[idx]) {
			continue
		}
		s.world.stateAt(&x.st, idx, uint64(len(s.world.events)))
		for i := range x.st.worklogs {
			if x.st.worklogs[i].id == id {
				if len(b) > 1 {
					b = append(b, ',')
				}
				b = x.worklog(b, &x.st.worklogs[i])
			}
		}
	}
	writeJSON(rw, append(b, ']'))
}

// worklogOwner finds the issue that a worklog belongs to, or did.
func (w *world) worklogOwner(id int64) (int32, bool) {
	first := worklogID(w.atBirth, 0)
	if id < first {
		idx := (id - worklogID(0, 0)) / noteStep
		return int32(idx), id >= worklogID(0, 0)
	}
	at := sort.Search(len(w.worklogRuns), func(i int) bool { return w.worklogRuns[i].first > id }) - 1
	if at < 0 || id >= w.worklogRuns[at].first+int64(w.worklogRuns[at].count) {
		return 0, false
	}
	return w.worklogRuns[at].idx, true
}

func (s *Sim) boards(rw http.ResponseWriter, r *http.Request) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := s.shownProjects(true, false)
	start, limit := intParam(r, "startAt", 0), min(intParam(r, "maxResults", 50), 50)
	from, to := pageOf(start, limit, len(list))
	b := fmt.Appendf(nil, `{"maxResults":%d,"startAt":%d,"total":%d,"isLast":%t,"values":[`, limit, start, len(list), to == len(list))
	for i, p := range list[from:to] {
		if i > 0 {
			b = append(b, ',')
		}
		kind := "kanban"
		if p.scrum {
			kind = "scrum"
		}
		b = fmt.Appendf(b, `{"id":%d,"self":"%s/rest/agile/1.0/board/%d","name":`, p.boardID, s.opts.baseURL(), p.boardID)
		b = appendString(b, p.key+" board")
		b = append(b, `,"type":"`+kind+`"}`...)
	}
	writeJSON(rw, append(b, `]}`...))
}

func (s *Sim) boardSprints(rw http.ResponseWriter, r *http.Request) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	id, _ := parseMillis(r.PathValue("id")) // what is no number finds no board
	at := slices.IndexFunc(s.world.projects, func(p *project) bool { return p.boardID == id && !p.hidden })
	if at < 0 {
		writeError(rw, http.StatusNotFound, "The requested board cannot be viewed because it either does not exist or you do not have permission to view it.")
		return
	}
	p := s.world.projects[at]
	if !p.scrum {
		writeError(rw, http.StatusBadRequest, "The board does not support sprints")
		return
	}
	start, limit := intParam(r, "startAt", 0), min(intParam(r, "maxResults", 50), 50)
	total := s.world.lastSprint() + 1
	from, to := pageOf(start, limit, total)
	b := fmt.Appendf(nil, `{"maxResults":%d,"startAt":%d,"isLast":%t,"values":[`, limit, start, to == total)
	for n := from; n < to; n++ {
		if n > from {
			b = append(b, ',')
		}
		b = s.world.appendSprint(b, p, n)
	}
	writeJSON(rw, append(b, `]}`...))
}
