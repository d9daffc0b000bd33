package jirasim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

const maxBody = 4 << 20

// Handler serves the API. A context path before /rest/, such as /jira or the gateway's
// /ex/jira/{cloudId}, is accepted; /_sim/ are the simulator's own switches, open to all.
func (s *Sim) Handler() http.Handler {
	api := http.NewServeMux()
	s.routeBoth(api)
	if s.opts.Flavor == Cloud {
		s.routeCloud(api)
	} else {
		s.routeDataCenter(api)
	}
	api.HandleFunc("/", func(rw http.ResponseWriter, _ *http.Request) {
		writeError(rw, http.StatusNotFound, "null for uri")
	})
	own := s.ownHandler()
	guarded := s.withFaults(s.withVersion(s.withLogin(api)))
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_sim/") {
			own.ServeHTTP(rw, r)
			return
		}
		for _, root := range []string{"/rest/", "/_edge/"} {
			if at := strings.Index(r.URL.Path, root); at > 0 {
				r = r.Clone(r.Context())
				r.URL.Path, r.URL.RawPath = r.URL.Path[at:], ""
			}
		}
		guarded.ServeHTTP(rw, r)
	})
}

// routeBoth are the ways that both flavors know. {v} is the version: 3, 2 or latest.
func (s *Sim) routeBoth(m *http.ServeMux) {
	m.HandleFunc("GET /rest/api/{v}/serverInfo", s.serverInfo)
	m.HandleFunc("GET /rest/api/{v}/myself", s.myself)
	m.HandleFunc("GET /rest/api/{v}/field", s.listFields)
	m.HandleFunc("GET /rest/api/{v}/status", s.listStatuses)
	m.HandleFunc("GET /rest/api/{v}/priority", s.listEntries(func(w *world) []entry { return w.dict.priorities }))
	m.HandleFunc("GET /rest/api/{v}/issuetype", s.listEntries(func(w *world) []entry { return w.dict.types }))
	m.HandleFunc("GET /rest/api/{v}/resolution", s.listEntries(func(w *world) []entry { return w.dict.resolutions }))
	m.HandleFunc("GET /rest/api/{v}/project", s.listProjects)
	m.HandleFunc("GET /rest/api/{v}/project/{id}", s.oneProject)
	m.HandleFunc("GET /rest/api/{v}/project/{id}/versions", s.projectEntries(func(p *project) []entry { return p.versions }))
	m.HandleFunc("GET /rest/api/{v}/project/{id}/components", s.projectEntries(func(p *project) []entry { return p.components }))
	m.HandleFunc("GET /rest/api/{v}/issue/{id}", s.oneIssue)
	m.HandleFunc("GET /rest/api/{v}/issue/{id}/comment", s.issueComments)
	m.HandleFunc("GET /rest/api/{v}/issue/{id}/worklog", s.issueWorklogs)
	m.HandleFunc("GET /rest/api/{v}/worklog/updated", s.worklogsUpdated)
	m.HandleFunc("GET /rest/api/{v}/worklog/deleted", s.worklogsDeleted)
	m.HandleFunc("POST /rest/api/{v}/worklog/list", s.worklogList)
	m.HandleFunc("GET /rest/agile/1.0/board", s.boards)
	m.HandleFunc("GET /rest/agile/1.0/board/{id}/sprint", s.boardSprints)
}

func (s *Sim) routeCloud(m *http.ServeMux) {
	m.HandleFunc("GET /rest/api/{v}/search/jql", s.searchCloud)
	m.HandleFunc("POST /rest/api/{v}/search/jql", s.searchCloud)
	m.HandleFunc("/rest/api/{v}/search", searchRemoved)
	m.HandleFunc("POST /rest/api/{v}/search/approximate-count", s.approximateCount)
	m.HandleFunc("POST /rest/api/{v}/issue/bulkfetch", s.bulkFetch)
	m.HandleFunc("POST /rest/api/{v}/changelog/bulkfetch", s.bulkChangelog)
	m.HandleFunc("GET /rest/api/{v}/issue/{id}/changelog", s.issueChangelog)
	m.HandleFunc("GET /rest/api/{v}/field/search", s.searchFields)
	m.HandleFunc("GET /rest/api/{v}/project/search", s.searchProjects)
	m.HandleFunc("GET /_edge/tenant_info", s.tenantInfo)
}

func (s *Sim) routeDataCenter(m *http.ServeMux) {
	m.HandleFunc("GET /rest/api/{v}/search", s.searchDataCenter)
	m.HandleFunc("POST /rest/api/{v}/search", s.searchDataCenter)
	m.HandleFunc("GET /rest/api/{v}/index/summary", s.indexSummary)
}

// withVersion knows the versions that the flavor has: Data Center has no 3.
func (s *Sim) withVersion(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if tail, ok := strings.CutPrefix(r.URL.Path, "/rest/api/"); ok {
			version, _, _ := strings.Cut(tail, "/")
			if version != "2" && version != "latest" && (version != "3" || s.opts.Flavor == DataCenter) {
				writeError(rw, http.StatusNotFound, "null for uri")
				return
			}
		}
		next.ServeHTTP(rw, r)
	})
}

// withLogin lets in who bears the credentials. serverInfo is open, as Jira's is.
func (s *Sim) withLogin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if s.opts.Token != "" && !s.admits(r) && !strings.HasSuffix(r.URL.Path, "/serverInfo") && !strings.HasPrefix(r.URL.Path, "/_edge/") {
			rw.Header().Set("WWW-Authenticate", `Basic realm="Jira"`)
			writeError(rw, http.StatusUnauthorized, statusMessage(http.StatusUnauthorized))
			return
		}
		next.ServeHTTP(rw, r)
	})
}

func (s *Sim) admits(r *http.Request) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token == s.opts.Token
	}
	user, password, ok := r.BasicAuth()
	return ok && password == s.opts.Token && (s.opts.Username == "" || user == s.opts.Username)
}

// adf tells whether texts are Atlassian documents in this version of the API.
func (s *Sim) adf(r *http.Request) bool {
	return s.opts.Flavor == Cloud && r.PathValue("v") != "2"
}

func writeJSON(rw http.ResponseWriter, body []byte) {
	header := rw.Header()
	header.Set("Content-Type", "application/json;charset=UTF-8")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = rw.Write(body) // the client may be gone
}

// writeError answers in the shape of Jira's errors.
func writeError(rw http.ResponseWriter, status int, message string) {
	b := append([]byte(nil), `{"errorMessages":[`...)
	b = appendString(b, message)
	b = append(b, `],"errors":{}}`...)
	rw.Header().Set("Content-Type", "application/json;charset=UTF-8")
	rw.WriteHeader(status)
	_, _ = rw.Write(b) // the client may be gone
}

// readBody reads the JSON of a request, or answers 400.
func readBody(rw http.ResponseWriter, r *http.Request, to any) bool {
	err := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxBody)).Decode(to)
	if err == nil || errors.Is(err, io.EOF) {
		return true
	}
	writeError(rw, http.StatusBadRequest, "There was an error parsing JSON. Check that your request body is valid.")
	return false
}

// intParam reads a number of the query string.
func intParam(r *http.Request, name string, otherwise int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}

// pageOf is the part of a list of total entries that a page shows.
func pageOf(start, limit, total int) (from, to int) {
	from = min(start, total)
	return from, min(from+limit, total)
}
