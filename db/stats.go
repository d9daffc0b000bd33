package db

import "encoding/json"

// IssueStats are counts over a set of issues.
type IssueStats struct {
	Total     int
	Groups    []IssueGroup
	Truncated bool // more groups exist than were asked for
}

// IssueGroup is one group and its size.
type IssueGroup struct {
	Keys  []json.RawMessage // one for each dimension; nil for issues without one
	Count int
}
