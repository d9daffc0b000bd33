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
	Measures   []Measure // of each group
	TimeZone   string    // IANA name, for the edges of days
	Limit      int       // groups
	Columns    *Columns  // the mapped fields it may speak of
}

// Stats is a question for counts that has been understood.
type Stats struct {
	set      *Issues
	groupBy  []IssueGroupBy
	mapped   []*Column // of each dimension; nil: it is none
	measures []measured
	zone     string
	limit    int
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
		return nil, noZone(s.TimeZone)
	}
	set, err := compileSet(s.Scope, s.Where, s.Search, s.Visibility, limits, s.Columns)
	if err != nil {
		return nil, err
	}
	stats := &Stats{set: set, groupBy: s.GroupBy, zone: region(s.TimeZone), limit: s.Limit}
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
	return stats, stats.measure(s.Measures, s.Columns)
}

func noZone(name string) error {
	return inputErrorf("%q is no time zone: give an IANA name such as \"Europe/Berlin\"", name)
}

// region is a name of the same zone that PostgreSQL does not read as an abbreviation, by which it means
// winter's time all the year. Those of zones without a summer's are left as they are.
func region(zone string) string {
	switch zone {
	case "CET", "MET":
		return "Europe/Brussels"
	case "EET":
		return "Europe/Athens"
	case "WET":
		return "Europe/Lisbon"
	}
	return zone
}

// NoZone is what is wrong with a question whose zone the database does not know: its list is not ours.
func (s *Stats) NoZone() error { return noZone(s.zone) }

// measure understands the measures, each once.
func (s *Stats) measure(measures []Measure, columns *Columns) error {
	asked := map[Measure]bool{}
	for _, m := range measures {
		known, err := m.understand(columns)
		if err != nil {
			return err
		}
		if asked[m] {
			continue
		}
		asked[m] = true
		s.measures = append(s.measures, known)
		if known.column != nil {
			s.set.mapped = append(s.set.mapped, *known.column)
		}
	}
	return nil
}

// Measures are what each row tells after its keys, and of which type.
func (s *Stats) Measures() (measures []Measure, types []ValueType) {
	for _, m := range s.measures {
		measures, types = append(measures, m.Measure), append(types, m.kind)
	}
	return measures, types
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

// Dimensions is how many keys a group has.
func (s *Stats) Dimensions() int { return len(s.groupBy) }

// dimension is how a group's key is read: an expression, and what must be joined for it.
type dimension struct {
	expr, join string
	many       bool // an issue can be in several groups
	isTime     bool
}

// SQL is the statement. Its rows are: the versions the answer depends on, the total, whether there are
// more groups than the limit, the count of the group or null, then its keys as text and its measures as
// JSON. Without groups it is one row. Without dimensions all issues are one group.
func (s *Stats) SQL() Statement {
	w := newWriter()
	w.fresh = s.set.search != nil
	versions := InstanceVersions
	if s.set.projects != nil {
		versions = projectVersions
	}
	w.listedProjects(s.set)
	w.add(prefix(s.set.projects == nil, "WITH "), prefix(s.set.projects != nil, ", "))
	dims := s.dimensions(w)
	total := "(SELECT coalesce(sum(n), 0)::bigint FROM g)" // each issue is in exactly one group
	spread := anyMany(dims)
	if spread { // the issues are counted before they are spread over the groups of a list
		total = "(SELECT count(*) FROM m)"
		w.add("m AS MATERIALIZED (SELECT i.* FROM ")
		w.set(s.set)
		w.add("), ")
	}
	w.add("g AS MATERIALIZED (SELECT count(*) AS n")
	for n, d := range dims {
		w.add(", ", d.expr, " AS d", strconv.Itoa(n))
	}
	for n, m := range s.measures {
		w.add(", ", m.sql(w), " AS a", strconv.Itoa(n))
	}
	w.add(" FROM ")
	if spread {
		w.add("m i")
		for _, d := range dims {
			w.add(d.join)
		}
	} else {
		w.setWith(s.set, dims)
	}
	w.groupBy(len(dims))
	limit := strconv.Itoa(s.limit)
	w.add(")\nSELECT v.versions, v.total, v.truncated, ", s.columns(), "\nFROM (SELECT ", versions,
		" AS versions, ", total, " AS total, (SELECT count(*) FROM g) > ", limit, " AS truncated) v\nLEFT JOIN (SELECT * FROM g ",
		groupOrder(dims, " DESC"), " LIMIT ", limit, ") g ON true\n", groupOrder(dims, " ASC"))
	return w.statement()
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
	if n == 0 {
		w.add(" HAVING count(*) > 0")
		return
	}
	places := make([]string, n)
	for i := range places {
		places[i] = strconv.Itoa(i + 2) // the count stands first
	}
	w.add(" GROUP BY ", strings.Join(places, ", "))
}

// columns are what is read of each group.
func (s *Stats) columns() string {
	list := "g.n"
	for i := range s.groupBy {
		list += ", g.d" + strconv.Itoa(i) + "::text"
	}
	for i := range s.measures {
		list += ", g.a" + strconv.Itoa(i)
	}
	return list
}

// groupOrder: groups of a time stand in its order, others by size. Of too many the newest are kept, so
// that they are chosen in the other direction.
func groupOrder(dims []dimension, ofTime string) string {
	var times, rest []string
	for n, d := range dims {
		key := "g.d" + strconv.Itoa(n)
		if d.isTime {
			times = append(times, key+ofTime+" NULLS LAST")
		} else {
			rest = append(rest, key+" NULLS LAST")
		}
	}
	return "ORDER BY " + strings.Join(append(append(times, "g.n DESC"), rest...), ", ")
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
	case DimSprint: // by name, as people say it: two of one name are one
		return dimension{
			expr: alias + ".member", many: true,
			join: " CROSS JOIN LATERAL (SELECT DISTINCT sp.name AS member FROM (SELECT 1) one LEFT JOIN jira_sync.jira_sprints sp ON sp.instance_id = i.instance_id AND sp.sprint_id = ANY(i.sprint_ids)) " + alias,
		}
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
		return dimension{ // two people of one name are one member
			expr: member, many: true,
			join: " CROSS JOIN LATERAL (SELECT DISTINCT member FROM unnest(coalesce(nullif(" + column + ", '{}'), ARRAY[NULL]::" + c.Type.SQLType() +
				")) AS u (member)) AS " + alias,
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
	case "":
		return Week
	}
	panic("query: unknown interval") // the schema lets no other through
}

// Words are those of the search; see [Issues.Words].
func (s *Stats) Words() []Word { return s.set.Words() }

// Instead is the same question where words stand for others too; see [Issues.Instead].
func (s *Stats) Instead(others map[int][]string) *Stats {
	other := *s
	other.set = s.set.Instead(others)
	return &other
}
