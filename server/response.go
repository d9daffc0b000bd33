package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"jirasync/graph"
)

// buffers are reused: an answer is written in one piece.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func (s *Server) writeAnswer(w http.ResponseWriter, r *http.Request, media string, ans answer) {
	if r.Method != http.MethodPost && len(ans.errors) == 0 {
		tag := tagOf(ans)
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

// tagOf tells answers apart by what they say and how complete the mirror was, not by where they were
// found: an HTTP cache that is told of no change must not hold an older truth.
func tagOf(ans answer) string {
	sum := sha256.New()
	_, _ = sum.Write(ans.data) // never fails
	_, _ = sum.Write(ans.freshness)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:15]) + `"`
}

// matches reports whether a list of tags names this one. What weakened a tag on its way, as a proxy that
// compresses does, made no other of it.
func matches(list, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	for each := range strings.SplitSeq(list, ",") {
		if each = strings.TrimPrefix(strings.TrimSpace(each), "W/"); each == tag || each == "*" {
			return true
		}
	}
	return false
}

// takesGzip reads an Accept-Encoding.
func takesGzip(accepted string) bool {
	for each := range strings.SplitSeq(accepted, ",") {
		coding, params, err := mime.ParseMediaType(strings.TrimSpace(each))
		if err == nil && coding == "gzip" {
			weight, err := strconv.ParseFloat(params["q"], 64)
			return err != nil || weight > 0
		}
	}
	return false
}

// statusOf follows GraphQL over HTTP: with application/json everything well formed is a 200.
func statusOf(media string, ans answer) int {
	if media != mediaGraphQL || !ans.refused || len(ans.errors) == 0 {
		return http.StatusOK
	}
	code, _ := ans.errors[0].Extensions["code"].(string)
	if code == graph.CodeNotPersisted { // no failure: the client sends the text next
		return http.StatusOK
	}
	return statusOfCode(code)
}

// statusOfCode is that of what did not run.
func statusOfCode(code string) int {
	switch code {
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
	refused := s.refusal(r.Context(), err)
	media := acceptable(r.Header.Get("Accept"))
	if media != mediaGraphQL {
		media = mediaJSON
	}
	ans := s.answers.refuse(r.Context(), &graph.RefusedError{Code: refused.code, Message: refused.message})
	write(w, r, media, refused.status, s.answers.appendAnswer(nil, ans))
}

// refusal is a failure on the level of HTTP. One that is nil has been logged.
func (s *Server) refusal(ctx context.Context, err error) *httpError {
	var refused *httpError
	switch {
	case errors.As(err, &refused):
		return refused
	case err == nil:
		return &httpError{http.StatusInternalServerError, graph.CodeInternal, graph.InternalMessage}
	}
	shown := s.answers.presenter.Present(ctx, err)
	code, _ := shown.Extensions["code"].(string)
	return &httpError{statusOfCode(code), code, shown.Message}
}

// write sends an answer in one piece.
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
