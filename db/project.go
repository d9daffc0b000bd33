package db

import (
	"time"

	"jirasync/query"
)

// Project is a project of an instance.
type Project struct {
	InstanceID   int
	ProjectID    int64 // Jira's
	Key          string
	Name         string
	Lead         *User
	Category     *string
	Archived     bool
	LastSyncedAt *time.Time // when a run last changed something in it
	Instance     *Instance
}

// ID is its global id.
func (p *Project) ID() string { return numberedID(KindProject, p.InstanceID, p.ProjectID) }

// Ref names it.
func (p *Project) Ref() query.ProjectRef {
	return query.ProjectRef{Instance: p.InstanceID, ProjectID: p.ProjectID}
}
