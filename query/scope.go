package query

import (
	"fmt"
	"strings"
)

// ProjectRef names a project in all of the mirror.
type ProjectRef struct {
	Instance  int
	ProjectID int64 // Jira's
}

// Scope is what an asker may see. The zero Scope is nothing.
type Scope struct {
	everything bool
	projects   []ProjectRef
}

// Everything is the scope of those who may see all projects.
func Everything() Scope { return Scope{everything: true} }

// Nothing is the scope of those who may see no project.
func Nothing() Scope { return Scope{} }

// Only is the scope of those who may see the named projects.
func Only(projects ...ProjectRef) Scope { return Scope{projects: projects} }

// Unrestricted reports whether all projects may be seen.
func (s Scope) Unrestricted() bool { return s.everything }

// Projects are what a restricted asker may see.
func (s Scope) Projects() []ProjectRef { return s.projects }

// Key tells scopes apart in the keys of cached answers.
func (s Scope) Key() string {
	if s.everything {
		return "all"
	}
	var b strings.Builder
	for _, p := range s.projects {
		fmt.Fprintf(&b, "%d/%d ", p.Instance, p.ProjectID)
	}
	return b.String()
}
