package jirasim

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
)

const (
	defaultPage      = 50
	lightPage        = 5000 // ids and keys only
	narrowPage       = 1000 // a few fields
	fullPage         = 100
	narrowFields     = 10
	dataCenterPage   = 1000
	removedSearch    = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
	unboundedMessage = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
)

func searchRemoved(rw http.ResponseWriter, _ *http.Request) {
	writeError(rw, http.StatusGone, removedSearch)
}

// searchRequest is what both dialects ask for.
type searchRequest struct {
	JQL           string   `json:"jql"`
	NextPageToken string   `json:"nextPageToken"`
	StartAt       int      `json:"startAt"`
	MaxResults    *int     `json:"maxResults"`
	Fields        []string `json:"fields"`
	Expand        any      `json:"expand"` // a string on Cloud, a list on Data Center
	Reconcile     []int64  `json:"reconcileIssues"`
}

func readSearch(rw http.ResponseWriter, r *http.Request) (*searchRequest, bool) {
	q := &searchRequest{}
	if r.Method == http.MethodPost {
		return q, readBody(rw, r, q)
	}
	values := r.URL.Query()
	q.JQL, q.NextPageToken, q.StartAt = values.Get("jql"), values.Get("nextPageToken"), intParam(r, "startAt", 0)
	q.Fields, q.Expand = splitFields(values["fields"]), values.Get("expand")
	if values.Has("maxResults") {
		n := intParam(r, "maxResults", defaultPage)
		q.MaxResults = &n
	}
	for _, text := range splitFields(values["reconcileIssues"]) {
		if id, ok := parseMillis(text); ok {
			q.Reconcile = append(q.Reconcile, id)
		}
	}
	return q, true
}

func (q *searchRequest) expands(what string) bool {
	switch e := q.Expand.(type) {
	case string:
		return slices.Contains(splitFields([]string{e}), what)
	case []any:
		return slices.Contains(e, any(what))
	}
	return false
}

// limit is the size of the page: as asked, within what Jira gives.
func (q *searchRequest) limit(most int, s *Settings) int {
	n := defaultPage
	if q.MaxResults != nil && *q.MaxResults >= 0 {
		n = *q.MaxResults
	}
	n = min(n, most)
	if s.PageCap > 0 {
		n = min(n, s.PageCap)
	}
	if s.ShortPages {
		n = max(1, n*2/3)
	}
	return n
}

// cloudCap: the fewer fields, the larger the pages.
func cloudCap(v *view) int {
	switch {
	case v.light:
		return lightPage
	case v.named <= narrowFields:
		return narrowPage
	}
	return fullPage
}

func (s *Sim) searchCloud(rw http.ResponseWriter, r *http.Request) {
	req, ok := readSearch(rw, r)
	if !ok {
		return
	}
	settings := s.faults.Settings()
	s.mu.RLock()
	defer s.mu.RUnlock()
	w := s.world
	q, err := w.parseJQL(req.JQL, s.opts.Now(), settings.Millis)
	if err == nil && q.where == nil {
		err = queryErrorf(unboundedMessage)
	}
	if err != nil {
		writeError(rw, http.StatusBadRequest, err.Error())
		return
	}
	after, turn, err := readToken(req, len(w.recs))
	if err != nil {
		writeError(rw, http.StatusBadRequest, err.Error())
		return
	}
	v := w.newView(req.Fields, "id", s.adf(r), req.expands("changelog"), &settings)
	look := s.look(q, req, &settings)
	p := cloudPage{look: look, more: true}
	if !settings.EmptyPages || turn%2 == 0 {
		p.found, p.more = look.page(after, 0, req.limit(cloudCap(v), &settings))
	}
	p.token = pageToken(req, w, p.found, after, turn+1)
	if settings.RepeatToken && turn > 0 {
		p.token = req.NextPageToken
	}
	p.shown = s.shown(p.found, after, &settings)
	writeJSON(rw, s.cloudBody(&p, v, req, &settings))
}

// cloudPage is one answer of search/jql.
type cloudPage struct {
	look         *search
	found, shown []int32
	more         bool
	token        string
}

func (s *Sim) cloudBody(p *cloudPage, v *view, req *searchRequest, settings *Settings) []byte {
	b := append(make([]byte, 0, 64<<10), `{"issues":`...)
	b = s.appendIssues(b, v, p.shown, p.look.seq)
	if p.more {
		b = append(b, `,"nextPageToken":"`+p.token+`"`...)
	}
	if !settings.NoIsLast {
		b = append(b, `,"isLast":`+fmt.Sprint(!p.more)...)
	}
	b = s.appendNames(b, v, req)
	return append(b, '}')
}

// look searches the index as it stands. Issues to be reconciled are seen as they are.
func (s *Sim) look(q query, req *searchRequest, settings *Settings) *search {
	w := s.world
	look := w.newSearch(q, w.seqAt(s.opts.Now(), settings.IndexLag))
	if len(req.Reconcile) > 0 {
		look.seq = uint64(len(w.events))
	}
	return look
}

// shown is the page as the client gets it: without issues that flicker or are never shown, and with the last
// one of the page before, where these faults are on.
func (s *Sim) shown(found []int32, after *mark, settings *Settings) []int32 {
	turn := s.searches.Add(1)
	if settings.FlickerEvery > 0 {
		kept := make([]int32, 0, len(found))
		for _, idx := range found {
			if (uint64(idx)+turn)%uint64(settings.FlickerEvery) != 0 {
				kept = append(kept, idx)
			}
		}
		found = kept
	}
	if len(settings.Unlisted) > 0 {
		found = slices.DeleteFunc(slices.Clone(found), func(idx int32) bool { return slices.Contains(settings.Unlisted, s.world.id(idx)) })
	}
	if settings.RepeatIssue && after != nil {
		found = append([]int32{after.idx}, found...)
	}
	return found
}

func (s *Sim) appendIssues(b []byte, v *view, found []int32, seq uint64) []byte {
	x := writer{w: s.world, v: v}
	b = append(b, '[')
	for i, idx := range found {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.appendDocument(b, &x, idx, seq)
	}
	return append(b, ']')
}

// appendNames appends the names and schemas of fields, if asked for.
func (s *Sim) appendNames(b []byte, v *view, req *searchRequest) []byte {
	list := func(b []byte, one func(b []byte, f *field) []byte) []byte {
		first := len(b)
		for at, f := range s.world.fields {
			if v.want[at] && f.listed() {
				if len(b) > first {
					b = append(b, ',')
				}
				b = one(append(b, f.title...), f)
			}
		}
		return append(b, '}')
	}
	if req.expands("names") {
		b = list(append(b, `,"names":{`...), func(b []byte, f *field) []byte { return appendString(b, f.name) })
	}
	if req.expands("schema") {
		b = list(append(b, `,"schema":{`...), appendSchema)
	}
	return b
}

// A page token names the query, the last issue found and how many pages went before.
const tokenForm = "1 %x %d %d %d"

func (q *searchRequest) fingerprint() uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(q.JQL)) // never fails
	return h.Sum64()
}

func pageToken(q *searchRequest, w *world, found []int32, after *mark, turn int) string {
	last := mark{idx: -1}
	if after != nil {
		last = *after
	}
	if n := len(found); n > 0 {
		last = mark{found[n-1], w.recs[found[n-1]].updated}
	}
	text := fmt.Sprintf(tokenForm, q.fingerprint(), last.idx, last.updated, turn)
	return base64.StdEncoding.EncodeToString([]byte(text)) // with + / =, which must be escaped in a URL
}

func readToken(q *searchRequest, issues int) (after *mark, turn int, err error) {
	if q.NextPageToken == "" {
		return nil, 0, nil
	}
	refused := queryErrorf("The provided next page token is invalid or expired.")
	text, err := base64.StdEncoding.DecodeString(q.NextPageToken)
	if err != nil {
		return nil, 0, refused
	}
	var query uint64
	last := mark{}
	if _, err := fmt.Sscanf(string(text), tokenForm, &query, &last.idx, &last.updated, &turn); err != nil || query != q.fingerprint() || int(last.idx) >= issues {
		return nil, 0, refused
	}
	if last.idx < 0 {
		return nil, turn, nil
	}
	return &last, turn, nil
}

func (s *Sim) searchDataCenter(rw http.ResponseWriter, r *http.Request) {
	req, ok := readSearch(rw, r)
	if !ok {
		return
	}
	settings := s.faults.Settings()
	s.mu.RLock()
	defer s.mu.RUnlock()
	q, err := s.world.parseJQL(req.JQL, s.opts.Now(), settings.Millis)
	if err != nil {
		writeError(rw, http.StatusBadRequest, err.Error())
		return
	}
	v := s.world.newView(req.Fields, "*navigable", false, req.expands("changelog"), &settings)
	limit := req.limit(dataCenterPage, &settings)
	look := s.look(q, req, &settings)
	total := look.count()
	found, _ := look.page(nil, req.StartAt, limit)
	found = s.shown(found, nil, &settings)
	b := fmt.Appendf(make([]byte, 0, 64<<10), `{"expand":"schema,names","startAt":%d,"maxResults":%d,"total":%d,"issues":`, req.StartAt, limit, total)
	b = s.appendIssues(b, v, found, look.seq)
	b = s.appendNames(b, v, req)
	writeJSON(rw, append(b, '}'))
}

func (s *Sim) approximateCount(rw http.ResponseWriter, r *http.Request) {
	req := &searchRequest{}
	if !readBody(rw, r, req) {
		return
	}
	settings := s.faults.Settings()
	s.mu.RLock()
	defer s.mu.RUnlock()
	q, err := s.world.parseJQL(strings.TrimSpace(req.JQL), s.opts.Now(), settings.Millis)
	if err == nil && q.where == nil {
		err = queryErrorf(unboundedMessage)
	}
	if err != nil {
		writeError(rw, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(rw, fmt.Appendf(nil, `{"count":%d}`, s.look(q, req, &settings).count()))
}
