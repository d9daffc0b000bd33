package query

import (
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are known wherever the server runs
)

// maxDimensions is how many dimensions a grouping has at most.
const maxDimensions = 4

// IssueStats is a question for counts.
type IssueStats struct {
	Scope      Scope
	Where      *IssueFilter
	Search     string
	Visibility Visibility
	GroupBy    []IssueGroupBy
	TimeZone   string   // IANA name, for the edges of days
	Limit      int      // groups
	Columns    *Columns // the mapped fields it may speak of
}

// Stats is a question for counts that has been understood.
type Stats struct {
	set     *Issues
	groupBy []IssueGroupBy
	mapped  []*Column // of each dimension; nil: it is none
	zone    string
	limit   int
}

// Compile understands the question, or says what is wrong with it: [InputError], [LimitError].
func (s IssueStats) Compile(limits Limits) (*Stats, error) {
	if len(s.GroupBy) > maxDimensions {
		return nil, inputErrorf("groupBy names %d dimensions, at most %d are allowed", len(s.GroupBy), maxDimensions)
	}
	if s.Limit < 1 || s.Limit > limits.Groups {
		return nil, inputErrorf("limit is %d, it must be 1 to %d", s.Limit, limits.Groups)
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "" || s.TimeZone == "Local" {
		return nil, inputErrorf("%q is no time zone: give an IANA name such as \"Europe/Berlin\"", s.TimeZone)
	}
	set, err := compileSet(s.Scope, s.Where, s.Search, s.Visibility, limits, s.Columns)
	if err != nil {
		return nil, err
	}
	stats := &Stats{set: set, groupBy: s.GroupBy, zone: s.TimeZone, limit: s.Limit}
	for _, by := range s.GroupBy {
		column, err := by.column(s.Columns)
		if err != nil {
			return nil, err
		}
		if column != nil {
			set.mapped = append(set.mapped, *column)
		}
		stats.mapped = append(stats.mapped, column)
	}
	return stats, nil
}

// column is the mapped field of a dimension, nil if it is one of an issue's own.
func (by IssueGroupBy) column(columns *Columns) (*Column, error) {
	if (by.Field == nil) == (by.Dimension == "") {
		return nil, inputErrorf("groupBy: give either dimension or field")
	}
	if by.Field == nil {
		return nil, nil
	}
	column, err := columns.Named(*by.Field)
	if err != nil {
		return nil, err
	}
	if column.Type == JSONField {
		return nil, inputErrorf("the field %s is JSON, which cannot be grouped by", column.Name)
	}
	return &column, nil
}

// Mapped are the mapped fields that the question speaks of.
func (s *Stats) Mapped() []Column { return s.set.mapped }

// Keys are the types of the keys of a group: empty for an issue's own, which are texts.
func (s *Stats) Keys() []ValueType {
	types := make([]ValueType, len(s.mapped))
	for n, column := range s.mapped {
		if column != nil {
			types[n] = column.Type
		}
	}
	return types
}

// Limit is how many groups are asked for.
func (s *Stats) Limit() int { return s.limit }

// Dimensions is how many keys a group has.
func (s *Stats) Dimensions() int { return len(s.groupBy) }

// dimension is how a group's key is read: an expression, and what must be joined for it.
type dimension struct {
	expr, join string
	many       bool // an issue can be in several groups
	isTime     bool
}

// SQL is the statement. Its rows are: the versions the answer depends on, the total, the count of
// the group or null, then its keys as text. Without groups it is one row; one group more than the
// limit is read, which tells whether there are more.
func (s *Stats) SQL() Statement {
	w := newWriter()
	versions := instanceVersions
	if s.set.projects != nil {
		versions = projectVersions
	}
	w.listedProjects(s.set)
	with := "WITH "
	if s.set.projects != nil {
		with = ", "
	}
	if len(s.groupBy) == 0 {
		w.add("SELECT ", versions, ", count(*), NULL::bigint FROM ")
		w.set(s.set)
		return w.statement()
	}
	dims := s.dimensions(w)
	if anyMany(dims) {
		s.distinctTotal(w, with, dims, versions)
	} else {
		s.plainTotal(w, with, dims, versions)
	}
	return w.statement()
}

// plainTotal sums the groups: each issue is in exactly one.
func (s *Stats) plainTotal(w *writer, with string, dims []dimension, versions string) {
	w.add(with, "g AS MATERIALIZED (SELECT count(*) AS n")
	for n, d := range dims {
		w.add(", ", d.expr, " AS d", strconv.Itoa(n))
	}
	w.add(" FROM ")
	w.setWith(s.set, dims)
	w.groupBy(len(dims))
	w.add(")\nSELECT v.versions, v.total, ", keys(len(dims)), "\nFROM (SELECT ", versions,
		" AS versions, (SELECT coalesce(sum(n), 0)::bigint FROM g) AS total) v\nLEFT JOIN g ON true\n", s.groupOrder(dims))
}

// distinctTotal counts the issues before they are spread over the groups of a list.
func (s *Stats) distinctTotal(w *writer, with string, dims []dimension, versions string) {
	w.add(with, "m AS MATERIALIZED (SELECT i.* FROM ")
	w.set(s.set)
	w.add("), g AS MATERIALIZED (SELECT count(*) AS n")
	for n, d := range dims {
		w.add(", ", d.expr, " AS d", strconv.Itoa(n))
	}
	w.add(" FROM m i")
	for _, d := range dims {
		w.add(d.join)
	}
	w.groupBy(len(dims))
	w.add(")\nSELECT v.versions, v.total, ", keys(len(dims)), "\nFROM (SELECT ", versions,
		" AS versions, (SELECT count(*) FROM m) AS total) v\nLEFT JOIN g ON true\n", s.groupOrder(dims))
}

func (w *writer) setWith(q *Issues, dims []dimension) {
	if q.projects != nil {
		w.add("pf JOIN ", source(q.mapped), " USING (instance_id, project_id)")
	} else {
		w.add(source(q.mapped))
	}
	for _, d := range dims {
		w.add(d.join)
	}
	w.add(" ")
	q.where(w)
}

func (w *writer) groupBy(n int) {
	places := make([]string, n)
	for i := range places {
		places[i] = strconv.Itoa(i + 2) // the count stands first
	}
	w.add(" GROUP BY ", strings.Join(places, ", "))
}

func keys(n int) string {
	list := "g.n"
	for i := range n {
		list += ", g.d" + strconv.Itoa(i) + "::text"
	}
	return list
}

// groupOrder: groups of a time stand in its order, others by size.
func (s *Stats) groupOrder(dims []dimension) string {
	var times, rest []string
	for n, d := range dims {
		key := "g.d" + strconv.Itoa(n) + " NULLS LAST"
		if d.isTime {
			times = append(times, key)
		} else {
			rest = append(rest, key)
		}
	}
	order := append(append(times, "g.n DESC"), rest...)
	return "ORDER BY " + strings.Join(order, ", ") + " LIMIT " + strconv.Itoa(s.limit+1)
}

func anyMany(dims []dimension) bool {
	for _, d := range dims {
		if d.many {
			return true
		}
	}
	return false
}

func (s *Stats) dimensions(w *writer) []dimension {
	zone := ""
	dims := make([]dimension, len(s.groupBy))
	for n, by := range s.groupBy {
		column := s.mapped[n]
		zoned := isTime(by.Dimension) && by.Dimension != DimDue || column != nil && column.Type == TimeField
		if zoned && zone == "" {
			zone = w.arg(s.zone)
		}
		if column != nil {
			dims[n] = mappedDimension(*column, by.Interval, "j"+strconv.Itoa(n), zone)
			continue
		}
		dims[n] = dimensionOf(by, "j"+strconv.Itoa(n), zone)
	}
	return dims
}

func isTime(d IssueDimension) bool {
	switch d {
	case DimCreated, DimUpdated, DimResolved, DimDue:
		return true
	default:
		return false
	}
}

func dimensionOf(by IssueGroupBy, alias, zone string) dimension {
	column := func(name string) dimension { return dimension{expr: "i." + name} }
	person := func(name string) dimension {
		return dimension{
			expr: "coalesce(" + alias + ".display_name, i." + name + ")",
			join: " LEFT JOIN jira_sync.jira_users " + alias + " ON " + alias + ".instance_id = i.instance_id AND " + alias + ".account_id = i." + name,
		}
	}
	members := func(name string) dimension {
		return dimension{
			expr: alias + ".member", many: true,
			join: " CROSS JOIN LATERAL unnest(coalesce(nullif(i." + name + ", '{}'), ARRAY[NULL]::text[])) AS " + alias + " (member)",
		}
	}
	bucket := func(local string) dimension { return bucketOf(local, by.Interval) }
	switch by.Dimension {
	case DimInstance:
		return dimension{
			expr: alias + ".name",
			join: " LEFT JOIN jira_sync.jira_instances " + alias + " ON " + alias + ".instance_id = i.instance_id",
		}
	case DimProject:
		return column("project_key")
	case DimType:
		return column("issue_type")
	case DimStatus:
		return column("status")
	case DimStatusCategory:
		return column("status_category")
	case DimPriority:
		return column("priority")
	case DimResolution:
		return column("resolution")
	case DimAssignee:
		return person("assignee_id")
	case DimReporter:
		return person("reporter_id")
	case DimLabel:
		return members("labels")
	case DimComponent:
		return members("components")
	case DimFixVersion:
		return members("fix_versions")
	case DimCreated:
		return bucket("i.created_at AT TIME ZONE " + zone)
	case DimUpdated:
		return bucket("i.updated_at AT TIME ZONE " + zone)
	case DimResolved:
		return bucket("i.resolved_at AT TIME ZONE " + zone)
	case DimDue:
		return bucket("i.due_date::timestamp")
	}
	panic("query: unknown dimension") // the schema lets no other through
}

// bucketOf groups a local time by the first day of its interval.
func bucketOf(local string, width TimeInterval) dimension {
	return dimension{expr: "date_trunc('" + strings.ToLower(string(interval(width))) + "', " + local + ")::date", isTime: true}
}

// mappedDimension is how a mapped field groups: lists by each member, times by interval.
func mappedDimension(c Column, width TimeInterval, alias, zone string) dimension {
	column := "i." + c.ID
	switch c.Type {
	case TextListField, NumberListField:
		member := alias + ".member"
		if c.Type == NumberListField {
			member = "trim_scale(" + member + ")"
		}
		return dimension{
			expr: member, many: true,
			join: " CROSS JOIN LATERAL unnest(coalesce(nullif(" + column + ", '{}'), ARRAY[NULL]::" + c.Type.SQLType() + ")) AS " + alias + " (member)",
		}
	case NumberField:
		return dimension{expr: "trim_scale(" + column + ")"}
	case DateField:
		return bucketOf(column+"::timestamp", width)
	case TimeField:
		return bucketOf(column+" AT TIME ZONE "+zone, width)
	case TextField, BooleanField, JSONField:
	}
	return dimension{expr: column}
}

// interval answers only the words that may stand in a statement.
func interval(i TimeInterval) TimeInterval {
	switch i {
	case Day, Week, Month, Quarter, Year:
		return i
	}
	return Week
}
