package jira

import (
	"context"
	"iter"
)

// dialect is what differs between Cloud and Data Center.
type dialect interface {
	kind() string
	root() string // of the API, such as rest/api/2/

	// scan yields pages until yield returns false; an error is the last thing it yields.
	scan(ctx context.Context, q Query, yield func(Page, error) bool)
	census(jql string) Query // the query that reads ids only
	count(ctx context.Context, jql string) (n int, exact bool, err error)
	few(ctx context.Context, jql string) (answer, error) // the first issues found, with their times alone

	projects(ctx context.Context) iter.Seq2[Project, error]
	// issues reads a chunk of at most 100 by id. What is not there is left out.
	issues(ctx context.Context, ids []int64, changelog bool) (answer, error)
	// histories refills the changelogs of issues.
	histories(ctx context.Context, issues []*Issue) error
}

// timesOnly are the fields that tell when an issue was made and changed.
func timesOnly() []string { return []string{"created", "updated"} }
