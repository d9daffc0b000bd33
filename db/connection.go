package db

// PageInfo tells where a page stands in its list.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// edge is an element of a list and its place there.
type edge[T any] struct {
	Node   T
	cursor func(T) string
}

// Cursor is the opaque place of the element. It is made when asked for.
func (e edge[T]) Cursor() string { return e.cursor(e.Node) }

// connection is one page of a list of T, whose edges are of type E.
type connection[T any, E ~struct{ edge[T] }] struct {
	Nodes   []T
	hasNext bool
	hasPrev bool
	total   int // where it was asked for
	cursor  func(T) string
}

// Edges are the elements with their places.
func (c *connection[T, E]) Edges() []E {
	edges := make([]E, len(c.Nodes))
	for i, node := range c.Nodes {
		edges[i] = E(struct{ edge[T] }{edge[T]{node, c.cursor}})
	}
	return edges
}

// PageInfo tells where the page stands in its list.
func (c *connection[T, E]) PageInfo() PageInfo {
	info := PageInfo{HasNextPage: c.hasNext, HasPreviousPage: c.hasPrev}
	if len(c.Nodes) > 0 {
		first, last := c.cursor(c.Nodes[0]), c.cursor(c.Nodes[len(c.Nodes)-1])
		info.StartCursor, info.EndCursor = &first, &last
	}
	return info
}

// TotalCount is the length of the whole list, 0 unless it was asked for.
func (c *connection[T, E]) TotalCount() int { return c.total }

// The pages of lists, and their elements.
type (
	ProjectConnection struct {
		connection[*Project, ProjectEdge]
	}
	ProjectEdge       struct{ edge[*Project] }
	CommentConnection struct {
		connection[*Comment, CommentEdge]
	}
	CommentEdge       struct{ edge[*Comment] }
	WorklogConnection struct {
		connection[*Worklog, WorklogEdge]
	}
	WorklogEdge         struct{ edge[*Worklog] }
	ChangelogConnection struct {
		connection[*Change, ChangeEdge]
	}
	ChangeEdge    struct{ edge[*Change] }
	RunConnection struct {
		connection[*Run, RunEdge]
	}
	RunEdge             struct{ edge[*Run] }
	SyncErrorConnection struct {
		connection[*SyncError, SyncErrorEdge]
	}
	SyncErrorEdge       struct{ edge[*SyncError] }
	JiraFieldConnection struct {
		connection[*JiraField, JiraFieldEdge]
	}
	JiraFieldEdge                struct{ edge[*JiraField] }
	FieldMappingBackupConnection struct {
		connection[*MappingBackup, FieldMappingBackupEdge]
	}
	FieldMappingBackupEdge struct{ edge[*MappingBackup] }
)

// IssueConnection is one page of issues.
type IssueConnection struct {
	connection[*Issue, IssueEdge]
	counted  bool  // the total came with the page
	countErr error // why the total is not known
}

// IssueEdge is an issue and its place in a list.
type IssueEdge struct{ edge[*Issue] }

// TotalCount is the length of the whole list, unless counting ran out of time.
func (c *IssueConnection) TotalCount() (*int, error) {
	if c.countErr != nil {
		return nil, c.countErr
	}
	return &c.total, nil
}
