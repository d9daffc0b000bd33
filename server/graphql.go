package server

import (
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"jirasync/auth"
	"jirasync/graph"
)

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
	if err := fits(r, q, media); err != nil {
		w.Header().Set("Allow", "POST")
		s.writeRefusal(w, r, err)
		return
	}
	ans := s.answers.ask(r.Context(), q)
	ans.left = left
	s.writeAnswer(w, r, media, ans)
}

// fits refuses operations that HTTP of this method cannot carry in an answer of this media type.
func fits(r *http.Request, q *question, media string) error {
	switch {
	case q.kind == ast.Subscription && media != mediaEvents:
		return badRequest("a subscription is opened over a websocket (graphql-transport-ws), or with Accept: " + mediaEvents)
	case q.kind == ast.Mutation && r.Method != http.MethodPost:
		return &httpError{http.StatusMethodNotAllowed, graph.CodeBadUserInput, "a mutation is sent by POST"}
	}
	return nil
}

func isUpgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}
