package jirasim

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s *Sim) serverInfo(rw http.ResponseWriter, _ *http.Request) {
	now := s.opts.Now().Add(s.faults.Settings().ClockSkew).UnixMilli()
	b := append([]byte(nil), `{"baseUrl":"`+s.opts.baseURL()+`","version":"`...)
	if s.opts.Flavor == Cloud {
		b = append(b, `1001.0.0-SNAPSHOT","versionNumbers":[1001,0,0],"deploymentType":"Cloud","buildNumber":100288`...)
	} else {
		b = append(b, `10.3.24","versionNumbers":[10,3,24],"deploymentType":"Server","buildNumber":10030024`...)
	}
	b = append(b, `,"buildDate":"2025-11-28T00:00:00.000+0000","serverTime":`...)
	b = appendTime(b, now, time.UTC)
	b = append(b, `,"scmInfo":"0123456789abcdef","serverTitle":`...)
	b = appendString(b, "Jira "+s.opts.Name)
	if s.opts.Flavor == Cloud {
		b = append(b, `,"displayUrl":"`+s.opts.baseURL()+`"`...)
	}
	writeJSON(rw, append(b, '}'))
}

func (s *Sim) myself(rw http.ResponseWriter, _ *http.Request) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	me := s.world.people[0].json
	text := strings.Replace(string(me), `"timeZone":"Europe/Berlin"`, `"timeZone":"`+cmp.Or(s.faults.Settings().ZoneTold, s.opts.TimeZone)+`"`, 1)
	writeJSON(rw, []byte(text))
}

func (s *Sim) tenantInfo(rw http.ResponseWriter, _ *http.Request) {
	writeJSON(rw, fmt.Appendf(nil, `{"cloudId":"%s"}`, s.CloudID()))
}

// CloudID is the id by which Atlassian's gateway knows the site.
func (s *Sim) CloudID() string {
	d := dice(mix(s.opts.Seed, 0xc10d))
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", d.next()&0xffffffff, d.next()&0xffff, d.next()&0xfff, d.next()&0xfff, d.next()&0xffffffffffff)
}

// shownFields are the dictionary's fields that the API user may see.
func (s *Sim) shownFields() []*field {
	hidden := s.faults.Settings().HiddenFields
	var list []*field
	for _, f := range s.world.fields {
		if f.listed() && !slices.Contains(hidden, f.id) {
			list = append(list, f)
		}
	}
	return list
}

func (s *Sim) listFields(rw http.ResponseWriter, _ *http.Request) {
	b := []byte{'['}
	for i, f := range s.shownFields() {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.appendField(b, f)
	}
	writeJSON(rw, append(b, ']'))
}

func (s *Sim) appendField(b []byte, f *field) []byte {
	b = append(b, `{"id":"`+f.id+`"`...)
	if s.opts.Flavor == Cloud {
		b = append(b, `,"key":"`+f.id+`"`...)
	}
	b = append(b, `,"name":`...)
	b = appendString(b, f.name)
	b = fmt.Appendf(b, `,"custom":%t,"orderable":true,"navigable":%t,"searchable":true,"clauseNames":[`, f.custom(), f.navigate)
	for i, name := range f.clauseNames() {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, name)
	}
	b = append(b, ']')
	if f.schema.typ != "" {
		b = appendSchema(append(b, `,"schema":`...), f)
	}
	return append(b, '}')
}

func appendSchema(b []byte, f *field) []byte {
	kind := f.schema.typ
	if kind == "" {
		kind = "any"
	}
	b = append(b, `{"type":"`+kind+`"`...)
	if f.schema.items != "" {
		b = append(b, `,"items":"`+f.schema.items+`"`...)
	}
	if !f.custom() {
		return append(b, `,"system":"`+f.schema.custom+`"}`...)
	}
	b = append(b, `,"custom":"`+f.schema.custom+`","customId":`...)
	return append(appendInt(b, f.number), '}')
}

// searchFields pages over the dictionary; type and query narrow it.
func (s *Sim) searchFields(rw http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	types, text := values["type"], strings.ToLower(values.Get("query"))
	var list []*field
	for _, f := range s.shownFields() {
		kind := "system"
		if f.custom() {
			kind = "custom"
		}
		if (len(types) == 0 || slices.Contains(types, kind)) && strings.Contains(strings.ToLower(f.name), text) {
			list = append(list, f)
		}
	}
	start, limit := intParam(r, "startAt", 0), min(intParam(r, "maxResults", 50), 100)
	from, to := pageOf(start, limit, len(list))
	b := fmt.Appendf(nil, `{"maxResults":%d,"startAt":%d,"total":%d,"isLast":%t,"values":[`, limit, start, len(list), to == len(list))
	for i, f := range list[from:to] {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"id":"`+f.id+`","key":"`+f.id+`","name":`...)
		b = appendString(b, f.name)
		b = append(b, `,"schema":`...)
		b = append(appendSchema(b, f), '}')
	}
	writeJSON(rw, append(b, `]}`...))
}

func appendEntryList(b []byte, entries []entry) []byte {
	b = append(b, '[')
	for i := range entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, entries[i].json...)
	}
	return append(b, ']')
}

func (s *Sim) listEntries(of func(*world) []entry) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		writeJSON(rw, appendEntryList(nil, of(s.world)))
	}
}

func (s *Sim) listStatuses(rw http.ResponseWriter, _ *http.Request) {
	writeJSON(rw, appendEntryList(nil, s.world.dict.statuses))
}

// shownProjects are those that the API user may browse, live or archived. The lock is held.
func (s *Sim) shownProjects(live, archived bool) []*project {
	var list []*project
	for _, p := range s.world.projects {
		if !p.hidden && (live && !p.archived || archived && p.archived) {
			list = append(list, p)
		}
	}
	return list
}

func (s *Sim) listProjects(rw http.ResponseWriter, r *http.Request) {
	archived := r.URL.Query().Get("includeArchived") == "true"
	s.mu.RLock()
	defer s.mu.RUnlock()
	b := []byte{'['}
	for i, p := range s.shownProjects(true, archived) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, p.json...)
	}
	writeJSON(rw, append(b, ']'))
}

func (s *Sim) searchProjects(rw http.ResponseWriter, r *http.Request) {
	insight := slices.Contains(splitFields(r.URL.Query()["expand"]), "insight")
	status := r.URL.Query()["status"]
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := s.shownProjects(len(status) == 0 || slices.Contains(status, "live"), slices.Contains(status, "archived"))
	start, limit := intParam(r, "startAt", 0), min(intParam(r, "maxResults", 50), 100)
	from, to := pageOf(start, limit, len(list))
	self := s.world.rest + "/project/search"
	b := fmt.Appendf(nil, `{"self":"%s?maxResults=%d&startAt=%d",`, self, limit, start)
	if to < len(list) {
		b = fmt.Appendf(b, `"nextPage":"%s?maxResults=%d&startAt=%d",`, self, limit, to)
	}
	b = fmt.Appendf(b, `"maxResults":%d,"startAt":%d,"total":%d,"isLast":%t,"values":[`, limit, start, len(list), to == len(list))
	for i, p := range list[from:to] {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, p.json[:len(p.json)-1]...), `,"style":"classic","isPrivate":false`...)
		if insight {
			b = s.appendInsight(b, p)
		}
		b = append(b, '}')
	}
	writeJSON(rw, append(b, `]}`...))
}

func (s *Sim) appendInsight(b []byte, p *project) []byte {
	w := s.world
	n, last := 0, int64(0)
	at := uint16(w.keyed[strings.ToUpper(p.key)])
	for _, list := range [][]int32{w.born[at], w.joined[at]} {
		for _, idx := range list {
			if rec := &w.recs[idx]; rec.project == at && w.visible(rec) {
				n, last = n+1, max(last, rec.updated)
			}
		}
	}
	b = append(b, `,"insight":{"totalIssueCount":`+strconv.Itoa(n)...)
	if n > 0 {
		b = append(b, `,"lastIssueUpdateTime":`...)
		b = appendTime(b, last, w.zone)
	}
	return append(b, '}')
}

// project finds the one named in the path, or answers 404. The lock is held.
func (s *Sim) project(rw http.ResponseWriter, r *http.Request) (*project, bool) {
	at, ok := s.world.findProject(r.PathValue("id"))
	if !ok {
		writeError(rw, http.StatusNotFound, fmt.Sprintf("No project could be found with key '%s'.", r.PathValue("id")))
		return nil, false
	}
	return s.world.projects[at], true
}

func (s *Sim) oneProject(rw http.ResponseWriter, r *http.Request) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	p, ok := s.project(rw, r)
	if !ok {
		return
	}
	b := append([]byte(nil), p.json[:len(p.json)-1]...)
	b = append(append(b, `,"lead":`...), s.world.people[p.lead].json...)
	b = appendEntryList(append(b, `,"components":`...), p.components)
	b = appendEntryList(append(b, `,"versions":`...), p.versions)
	b = appendEntryList(append(b, `,"issueTypes":`...), s.world.dict.types)
	writeJSON(rw, append(b, '}'))
}

func (s *Sim) projectEntries(of func(*project) []entry) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		s.mu.RLock()
		defer s.mu.RUnlock()
		if p, ok := s.project(rw, r); ok {
			writeJSON(rw, appendEntryList(nil, of(p)))
		}
	}
}

func (s *Sim) indexSummary(rw http.ResponseWriter, _ *http.Request) {
	settings := s.faults.Settings()
	s.mu.RLock()
	defer s.mu.RUnlock()
	w := s.world
	now := s.opts.Now()
	behind := w.seqAt(now, settings.IndexLag)
	all := w.newSearch(query{simple: boundsOf(nil)}, uint64(len(w.events))).count()
	indexed := w.newSearch(query{simple: boundsOf(nil)}, behind).count()
	last, lastIndexed := w.epoch, w.epoch
	if n := len(w.events); n > 0 {
		last = w.events[n-1].At
	}
	if behind > 0 {
		lastIndexed = w.events[behind-1].At
	}
	b := append([]byte(nil), `{"nodeId":"node1","reportTime":`...)
	b = appendTime(b, now.UnixMilli(), time.UTC)
	b = fmt.Appendf(b, `,"issueIndex":{"indexReadable":true,"countInDatabase":%d,"countInIndex":%d,"lastUpdatedInDatabase":`, all, indexed)
	b = appendTime(b, last, time.UTC)
	b = append(b, `,"lastUpdatedInIndex":`...)
	b = appendTime(b, lastIndexed, time.UTC)
	b = fmt.Appendf(b, `},"replicationQueues":{"node1":{"queueSize":%d}}}`, uint64(len(w.events))-behind)
	writeJSON(rw, b)
}
