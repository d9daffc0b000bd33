package server

import (
	"errors"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"jirasync/auth"
	"jirasync/graph"
)

// admit counts a request, tells what its client may still ask, and refuses who has asked too often.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (left *allowance, ok bool) {
	left, wait, ok := s.rates.allow(s.client(r), time.Now())
	if !ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		s.writeRefusal(w, r, &httpError{http.StatusTooManyRequests, graph.CodeRateLimited, s.tooManyRequests()})
	}
	return left, ok
}

// serveGraphQL answers one operation, or opens what lasts.
func (s *Server) serveGraphQL(w http.ResponseWriter, r *http.Request) {
	left, ok := s.admit(w, r)
	if !ok {
		return
	}
	r = r.WithContext(auth.With(r.Context(), auth.LocalAdmin()))
	if isUpgrade(r) {
		s.serveWebsocket(w, r)
		return
	}
	media := acceptable(r.Header.Get("Accept"))
	if media == "" {
		s.writeRefusal(w, r, &httpError{http.StatusNotAcceptable, graph.CodeBadUserInput, "answers are " + mediaGraphQL + ", " + mediaJSON + " or " + mediaEvents})
		return
	}
	q, err := readQuestion(w, r, s.deps.Limits.BodyBytes)
	if err != nil {
		s.writeRefusal(w, r, err)
		return
	}
	if media == mediaEvents {
		s.serveEvents(w, r, q, left)
		return
	}
	if err := s.answers.prepare(r.Context(), q); err != nil {
		s.writeAnswer(w, r, media, s.answers.refuse(r.Context(), err))
		return
	}
	if err := fits(r, q); err != nil {
		w.Header().Set("Allow", "POST")
		s.writeRefusal(w, r, err)
		return
	}
	ans := s.answers.ask(r.Context(), q)
	ans.left = left
	s.writeAnswer(w, r, media, ans)
}

func (s *Server) tooManyRequests() string {
	return "too many requests: at most " + thousands(s.deps.Limits.RequestsPerMinute) + " a minute are allowed"
}

// fits refuses operations that plain HTTP of this method cannot carry.
func fits(r *http.Request, q *question) error {
	switch {
	case q.kind == ast.Subscription:
		return badRequest("a subscription is opened over a websocket (graphql-transport-ws), or with Accept: " + mediaEvents)
	case q.kind == ast.Mutation && r.Method != http.MethodPost:
		return &httpError{http.StatusMethodNotAllowed, graph.CodeBadUserInput, "a mutation is sent by POST"}
	}
	return nil
}

// buffers are reused: an answer is written in one piece.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func (s *Server) writeAnswer(w http.ResponseWriter, r *http.Request, media string, ans answer) {
	if r.Method != http.MethodPost && len(ans.errors) == 0 {
		tag := s.answers.tag(ans) // before the body is made: it may be newer than its tag, never older
		header := w.Header()
		header.Set("Etag", tag)
		header.Set("Cache-Control", "private, no-cache") // to be asked about each time
		header.Add("Vary", "Accept, Authorization, Cookie")
		if matches(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	buffer := buffers.Get().(*[]byte) //nolint:forcetypeassert // only those are in the pool
	defer buffers.Put(buffer)
	*buffer = s.answers.appendAnswer((*buffer)[:0], ans)
	write(w, r, media, statusOf(media, ans), *buffer)
}

// matches reports whether a list of tags names this one.
func matches(list, tag string) bool {
	for each := range strings.SplitSeq(list, ",") {
		if each = strings.TrimSpace(each); each == tag || each == "*" {
			return true
		}
	}
	return false
}

// statusOf follows GraphQL over HTTP: with application/json everything well formed is a 200.
func statusOf(media string, ans answer) int {
	if media != mediaGraphQL || !ans.refused || len(ans.errors) == 0 {
		return http.StatusOK
	}
	switch ans.errors[0].Extensions["code"] {
	case graph.CodeNotPersisted: // no failure: the client sends the text next
		return http.StatusOK
	case graph.CodeInternal:
		return http.StatusInternalServerError
	case graph.CodeUnavailable:
		return http.StatusServiceUnavailable
	case graph.CodeTimeout:
		return http.StatusGatewayTimeout
	}
	return http.StatusBadRequest
}

// writeRefusal answers what did not get as far as GraphQL.
func (s *Server) writeRefusal(w http.ResponseWriter, r *http.Request, err error) {
	var refused *httpError
	if !errors.As(err, &refused) {
		refused = &httpError{http.StatusInternalServerError, graph.CodeInternal, "something went wrong on the server"}
	}
	media := acceptable(r.Header.Get("Accept"))
	if media != mediaGraphQL {
		media = mediaJSON
	}
	ans := s.answers.refuse(r.Context(), &graph.RefusedError{Code: refused.code, Message: refused.message})
	write(w, r, media, refused.status, s.answers.appendAnswer(nil, ans))
}

func write(w http.ResponseWriter, r *http.Request, media string, status int, body []byte) {
	header := w.Header()
	header.Set("Content-Type", media+"; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "no-store")
	}
	taken(len(body), w)
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // who has left hears nothing
	}
}

// client is who is counted: the address that the connection, or the proxy in front, names.
func (s *Server) client(r *http.Request) string {
	if s.deps.TrustNetwork {
		// The last entry is the one that the proxy itself wrote.
		if lines := r.Header.Values("X-Forwarded-For"); len(lines) > 0 {
			last := lines[len(lines)-1]
			return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func isUpgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// thousands writes a number as the contract does: 10,000.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
