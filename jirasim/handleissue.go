package jirasim

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const (
	bulkIssues        = 100
	bulkWithChangelog = 40
	bulkChangelogs    = 1000
	missingIssue      = "Issue does not exist or you do not have permission to see it."
)

func (s *Sim) oneIssue(rw http.ResponseWriter, r *http.Request) {
	settings := s.faults.Settings()
	s.mu.RLock()
	defer s.mu.RUnlock()
	idx, ok := s.world.find(r.PathValue("id"))
	if !ok {
		writeError(rw, http.StatusNotFound, missingIssue)
		return
	}
	values := r.URL.Query()
	changelog := slices.Contains(splitFields(values["expand"]), "changelog")
	v := s.world.newView(splitFields(values["fields"]), "*all", s.adf(r), changelog, &settings)
	x := writer{w: s.world, v: v}
	writeJSON(rw, s.appendDocument(nil, &x, idx, uint64(len(s.world.events))))
}

// bulkRequest asks for many issues by id or key.
type bulkRequest struct {
	Issues        []string `json:"issueIdsOrKeys"`
	Fields        []string `json:"fields"`
	Expand        []string `json:"expand"`
	FieldIDs      []string `json:"fieldIds"`
	MaxResults    int      `json:"maxResults"`
	NextPageToken string   `json:"nextPageToken"`
}

// readable are the places of the issues asked for, in the order of ids, each once. Those
// that cannot be read are left out in silence.
func (s *Sim) readable(ids []string) []int32 {
	var places []int32
	for _, id := range ids {
		if idx, ok := s.world.find(strings.TrimSpace(id)); ok {
			places = append(places, idx)
		}
	}
	slices.Sort(places)
	return slices.Compact(places)
}

func (s *Sim) bulkFetch(rw http.ResponseWriter, r *http.Request) {
	req := &bulkRequest{}
	if !readBody(rw, r, req) {
		return
	}
	changelog := slices.Contains(req.Expand, "changelog")
	most := bulkIssues
	if changelog {
		most = bulkWithChangelog
	}
	if len(req.Issues) == 0 || len(req.Issues) > most {
		writeError(rw, http.StatusBadRequest, fmt.Sprintf("The number of issues must be 1 to %d.", most))
		return
	}
	settings := s.faults.Settings()
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := s.world.newView(req.Fields, "*navigable", s.adf(r), changelog, &settings)
	b := append(make([]byte, 0, 64<<10), `{"issueErrors":[`...)
	shown := s.readable(req.Issues)
	b, shown = s.world.withhold(b, shown, settings.Withheld)
	b = append(b, `],"issues":`...)
	b = s.appendIssues(b, v, shown, uint64(len(s.world.events)))
	writeJSON(rw, append(b, '}'))
}

// withhold tells of those issues that are not sent although they can be read, and returns the others.
func (w *world) withhold(b []byte, places []int32, ids []int64) (told []byte, shown []int32) {
	for _, idx := range places {
		if !slices.Contains(ids, w.id(idx)) {
			shown = append(shown, idx)
			continue
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		b = append(b, `{"id":`...)
		b = appendQuotedInt(b, w.id(idx))
		b = append(b, `,"errorMessage":"The issue could not be loaded in time."}`...)
	}
	return b, shown
}

// bulkChangelog pages over the entries of many issues, oldest first within each; the
// entries of one issue can lie on two pages.
func (s *Sim) bulkChangelog(rw http.ResponseWriter, r *http.Request) {
	req := &bulkRequest{}
	if !readBody(rw, r, req) {
		return
	}
	if len(req.Issues) == 0 || len(req.Issues) > bulkChangelogs {
		writeError(rw, http.StatusBadRequest, fmt.Sprintf("The number of issues must be 1 to %d.", bulkChangelogs))
		return
	}
	limit := 1000
	if req.MaxResults > 0 {
		limit = min(req.MaxResults, 10_000)
	}
	place, entry, ok := changelogToken(req.NextPageToken)
	if !ok {
		writeError(rw, http.StatusBadRequest, "The provided next page token is invalid or expired.")
		return
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	x := writer{w: s.world, v: &view{}}
	b := append(make([]byte, 0, 64<<10), `{"issueChangeLogs":[`...)
	first, next := len(b), ""
	for n, idx := range s.readable(req.Issues) {
		if n < place {
			continue
		}
		s.world.stateAt(&x.st, idx, uint64(len(s.world.events)))
		list := x.st.histories
		if n == place {
			list = list[min(entry, len(list)):]
		} else {
			entry = 0
		}
		if len(list) > limit {
			next = fmt.Sprint(n, " ", entry+limit)
			list = list[:limit]
		}
		limit -= len(list)
		b = x.appendIssueChangelog(b, list, req.FieldIDs, first)
		if next != "" {
			break
		}
	}
	b = append(b, ']')
	if next != "" {
		b = append(b, `,"nextPageToken":"`+base64.StdEncoding.EncodeToString([]byte(next))+`"`...)
	}
	writeJSON(rw, append(b, '}'))
}

// changelogToken reads the place among the issues asked for and the entry to go on from.
func changelogToken(token string) (place, entry int, ok bool) {
	if token == "" {
		return 0, 0, true
	}
	text, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return 0, 0, false
	}
	_, err = fmt.Sscan(string(text), &place, &entry)
	return place, entry, err == nil && place >= 0 && entry >= 0
}

func (x *writer) appendIssueChangelog(b []byte, list []history, only []string, first int) []byte {
	if len(list) == 0 {
		return b
	}
	if len(b) > first {
		b = append(b, ',')
	}
	b = append(b, `{"issueId":`...)
	b = appendQuotedInt(b, x.w.id(x.st.idx))
	b = append(b, `,"changeHistories":[`...)
	start := len(b)
	for i := range list {
		if only != nil && !x.touches(&list[i], only) {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = x.history(b, &list[i], only)
	}
	return append(b, `]}`...)
}

func (x *writer) touches(h *history, only []string) bool {
	for i := range h.items[:h.count] {
		if t := x.tell(&h.items[i]); slices.Contains(only, t.id) {
			return true
		}
	}
	return false
}

// part is a list within an issue that has its own paged endpoint.
func (s *Sim) part(rw http.ResponseWriter, r *http.Request, write func(x *writer, start, limit int) []byte) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	idx, ok := s.world.find(r.PathValue("id"))
	if !ok {
		writeError(rw, http.StatusNotFound, missingIssue)
		return
	}
	x := writer{w: s.world, v: &view{adf: s.adf(r)}}
	s.world.stateAt(&x.st, idx, uint64(len(s.world.events)))
	most := 5000
	if s.opts.Flavor == DataCenter {
		most = 1 << 30
	}
	writeJSON(rw, write(&x, intParam(r, "startAt", 0), min(intParam(r, "maxResults", most), most)))
}

func (s *Sim) issueChangelog(rw http.ResponseWriter, r *http.Request) {
	s.part(rw, r, func(x *writer, start, limit int) []byte {
		limit = min(limit, 100)
		total := len(x.st.histories)
		from, to := pageOf(start, limit, total)
		self := string(x.appendSelf(nil, "/changelog"))
		b := fmt.Appendf(nil, `{"self":"%s?maxResults=%d&startAt=%d",`, self, limit, start)
		if to < total {
			b = fmt.Appendf(b, `"nextPage":"%s?maxResults=%d&startAt=%d",`, self, limit, to)
		}
		b = fmt.Appendf(b, `"maxResults":%d,"startAt":%d,"total":%d,"isLast":%t,"values":[`, limit, start, total, to == total)
		for i := from; i < to; i++ {
			if i > from {
				b = append(b, ',')
			}
			b = x.history(b, &x.st.histories[i], nil)
		}
		return append(b, `]}`...)
	})
}

func (s *Sim) issueComments(rw http.ResponseWriter, r *http.Request) {
	s.part(rw, r, func(x *writer, start, limit int) []byte {
		total := len(x.st.comments)
		from, to := pageOf(start, limit, total)
		b := fmt.Appendf(nil, `{"startAt":%d,"maxResults":%d,"total":%d,"comments":`, start, min(limit, 1048576), total)
		return append(x.comments(b, x.st.comments[from:to]), '}')
	})
}

func (s *Sim) issueWorklogs(rw http.ResponseWriter, r *http.Request) {
	s.part(rw, r, func(x *writer, start, limit int) []byte {
		total := len(x.st.worklogs)
		from, to := pageOf(start, limit, total)
		b := fmt.Appendf(nil, `{"startAt":%d,"maxResults":%d,"total":%d,"worklogs":`, start, min(limit, 1048576), total)
		return append(x.worklogs(b, x.st.worklogs[from:to]), '}')
	})
}
