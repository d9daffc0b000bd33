package query

// IssueDimension is what issues can be grouped by.
type IssueDimension string

// The dimensions.
const (
	DimInstance       IssueDimension = "INSTANCE"
	DimProject        IssueDimension = "PROJECT"
	DimType           IssueDimension = "TYPE"
	DimStatus         IssueDimension = "STATUS"
	DimStatusCategory IssueDimension = "STATUS_CATEGORY"
	DimPriority       IssueDimension = "PRIORITY"
	DimResolution     IssueDimension = "RESOLUTION"
	DimAssignee       IssueDimension = "ASSIGNEE"
	DimReporter       IssueDimension = "REPORTER"
	DimLabel          IssueDimension = "LABEL"
	DimComponent      IssueDimension = "COMPONENT"
	DimFixVersion     IssueDimension = "FIX_VERSION"
	DimSprint         IssueDimension = "SPRINT"
	DimCreated        IssueDimension = "CREATED"
	DimUpdated        IssueDimension = "UPDATED"
	DimResolved       IssueDimension = "RESOLVED"
	DimDue            IssueDimension = "DUE"
)

// TimeInterval is the width of a bucket of time.
type TimeInterval string

// The intervals.
const (
	Day     TimeInterval = "DAY"
	Week    TimeInterval = "WEEK"
	Month   TimeInterval = "MONTH"
	Quarter TimeInterval = "QUARTER"
	Year    TimeInterval = "YEAR"
)

// IssueGroupBy is one dimension of a grouping; Interval counts for dimensions of time.
type IssueGroupBy struct {
	Dimension IssueDimension
	Field     *string // a mapped field, instead of Dimension
	Interval  TimeInterval
}
