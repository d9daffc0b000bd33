package server

import "github.com/99designs/gqlgen/graphql"

// Use adds to what happens around operations.
func (s *Server) Use(e graphql.HandlerExtension) { s.answers.exec.Use(e) }
