package query

// IssueOrderField is what a list of issues can be sorted by.
type IssueOrderField string

// The order fields.
const (
	ByUpdated  IssueOrderField = "UPDATED"
	ByCreated  IssueOrderField = "CREATED"
	ByResolved IssueOrderField = "RESOLVED"
	ByDue      IssueOrderField = "DUE"
	ByKey      IssueOrderField = "KEY"
	ByPriority IssueOrderField = "PRIORITY" // descending is the most urgent first
	ByStatus   IssueOrderField = "STATUS"   // by category, then name
	BySummary  IssueOrderField = "SUMMARY"

	// ByRelevance is how well an issue answers the search; descending is the best first.
	ByRelevance IssueOrderField = "RELEVANCE"
)

// OrderDirection is which end of an order comes first.
type OrderDirection string

// The directions.
const (
	Ascending  OrderDirection = "ASC"
	Descending OrderDirection = "DESC"
)

// IssueOrder is one key of an order. Nulls come last in either direction.
type IssueOrder struct {
	By        IssueOrderField
	Field     *string // a mapped field, instead of By
	Direction OrderDirection
}
