package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/introspection"
	"github.com/stretchr/testify/require"

	"jirasync/db/dbtest"
	"jirasync/db/dbtest/seed"
	"jirasync/server"
)

// asked is a request of a certain size.
type asked struct {
	query     string
	variables map[string]any
}

// limit is one of the contract's: how it is set, what it is unless set, and what is of a size.
type limit struct {
	set     func(*server.Limits, int)
	usual   int
	little  int // another setting
	of      func(n int) asked
	code    string
	because string // what the refusal names, besides the number
}

// numbered repeats a text, with a number for each #.
func numbered(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// lots are as many values.
func lots(n int) []string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprint("v", i)
	}
	return values
}

// limits are those that a single question can come up to.
func limits() map[string]limit {
	filtered := func(member string, value any) asked {
		return asked{`query ($f: IssueFilter) { issues(where: $f, first: 1) { nodes { key } } }`, map[string]any{"f": map[string]any{member: value}}}
	}
	return map[string]limit{
		"LIMIT_TOKENS": {func(l *server.Limits, n int) { l.Tokens = n }, 10_000, 50, func(n int) asked { return asked{query: ofTokens(n)} }, "QUERY_TOO_COMPLEX", "tokens"},
		"LIMIT_DEPTH": {func(l *server.Limits, n int) { l.Depth = n }, 20, 4, func(n int) asked {
			return asked{query: `{ issue(key: "WEB-2") {` + strings.Repeat("parent {", n-2) + "key" + strings.Repeat("}", n)}
		}, "QUERY_TOO_DEEP", "deep"},
		"LIMIT_DEPTH of filters": {func(l *server.Limits, n int) { l.Depth = n }, 20, 4, func(n int) asked {
			filter := map[string]any{}
			for range n - 1 {
				filter = map[string]any{"not": filter}
			}
			return asked{`query ($f: IssueFilter) { issues(where: $f, first: 1) { nodes { key } } }`, map[string]any{"f": filter}}
		}, "QUERY_TOO_DEEP", "filters nested"},
		"LIMIT_ROOT_FIELDS": {func(l *server.Limits, n int) { l.RootFields = n }, 20, 2, func(n int) asked {
			return asked{query: "{" + numbered(n, " a#: __typename") + "}"}
		}, "QUERY_TOO_COMPLEX", "root"},
		"LIMIT_ALIASES": {func(l *server.Limits, n int) { l.Aliases = n }, 60, 2, func(n int) asked {
			return asked{query: `{ issue(key: "WEB-1") {` + numbered(n, " a#: key") + "} }"}
		}, "QUERY_TOO_COMPLEX", "aliases"},
		"LIMIT_DIRECTIVES": {func(l *server.Limits, n int) { l.Directives = n }, 60, 3, func(n int) asked {
			return asked{query: `{ issue(key: "WEB-1") {` + numbered(n/2, " a#: key @skip(if: false) @include(if: true)") + strings.Repeat(" key @skip(if: false)", n%2) + " summary } }"}
		}, "QUERY_TOO_COMPLEX", "directives"},
		"LIMIT_PAGE": {func(l *server.Limits, n int) { l.Page = n }, 500, 2, func(n int) asked {
			return asked{query: fmt.Sprintf("{ issues(first: %d) { nodes { key } } }", n)}
		}, "BAD_USER_INPUT", "first"},
		"LIMIT_PAGE from the end": {func(l *server.Limits, n int) { l.Page = n }, 500, 2, func(n int) asked {
			return asked{query: fmt.Sprintf(`{ issue(key: "WEB-1") { comments(last: %d) { nodes { body } } } }`, n)}
		}, "BAD_USER_INPUT", "last"},
		"LIMIT_COST": {func(l *server.Limits, n int) { l.Cost = n }, 20_000, 100, func(n int) asked { return asked{query: ofCost(n)} }, "QUERY_TOO_COMPLEX", "costs"},
		"LIMIT_IN_LIST": {func(l *server.Limits, n int) { l.InList = n }, 5_000, 3, func(n int) asked {
			return filtered("key", map[string]any{"in": lots(n)})
		}, "QUERY_TOO_COMPLEX", "list of key"},
		"LIMIT_IN_LIST of notIn": {func(l *server.Limits, n int) { l.InList = n }, 5_000, 3, func(n int) asked {
			return filtered("label", map[string]any{"notIn": lots(n)})
		}, "QUERY_TOO_COMPLEX", "list of label"},
		"LIMIT_SEARCH_CHARS": {func(l *server.Limits, n int) { l.SearchChars = n }, 500, 7, func(n int) asked {
			return asked{`query ($s: String!) { issues(search: $s) { nodes { key } } }`, map[string]any{"s": strings.Repeat("ä", n)}}
		}, "QUERY_TOO_COMPLEX", "characters of search"},
		"LIMIT_SEARCH_CHARS of contains": {func(l *server.Limits, n int) { l.SearchChars = n }, 500, 7, func(n int) asked {
			return filtered("summary", map[string]any{"contains": strings.Repeat("ä", n)})
		}, "QUERY_TOO_COMPLEX", "summary"},
		"LIMIT_GROUP_ROWS": {func(l *server.Limits, n int) { l.GroupRows = n }, 10_000, 2, func(n int) asked {
			return asked{query: fmt.Sprintf("{ issueStats(groupBy: [{dimension: STATUS}], limit: %d) { total } }", n)}
		}, "BAD_USER_INPUT", "limit"},
	}
}

// ofTokens is an operation of so many tokens. The values of a list are tokens too.
func ofTokens(n int) string {
	const around = 34 // of the text below, without values
	key := min(n-around, 4_990)
	return "{ issues(first: 1, where: {key: {in: [" + strings.Repeat(`"k" `, key) + "]} status: {notIn: [" +
		strings.Repeat(`"s" `, n-around-key) + "]}}) { nodes { key } } }"
}

// ofCost is an operation of that cost: pages of 20 an element, then one of what is left.
func ofCost(n int) string {
	var b strings.Builder
	page := func(size, fields int) {
		fmt.Fprintf(&b, " p%d: issues(first: %d) { nodes {%s } }", b.Len(), size, " "+strings.Join(leaves[:fields], " "))
	}
	for n > 20 {
		size := min((n-4)/20, 400)
		if size == 0 {
			size = 1
			page(size, n-5)
			n = 3
			continue
		}
		page(size, 19)
		n -= 1 + 20*size
	}
	page(1, n-2)
	return "{" + b.String() + " }"
}

// leaves are fields without fields.
var leaves = []string{
	"id", "jiraId", "key", "url", "resolution", "summary", "description", "labels", "components", "fixVersions", "affectsVersions",
	"createdAt", "updatedAt", "resolvedAt", "dueDate", "timeSpentSeconds", "syncedAt", "deletedAt", "deletedReason",
}

func TestEachLimitIsSettableAndHoldsAtItsEdge(t *testing.T) {
	t.Parallel()
	url := dbtest.New(t)
	populate(newSiteOn(t, url))
	for name, l := range limits() {
		for _, setting := range []int{l.usual, l.little} {
			s := newSiteOn(t, url, withDeps(func(d *server.Deps) {
				if setting != l.usual {
					l.set(&d.Limits, setting)
				}
			}))
			within, beyond := l.of(setting), l.of(setting+1)
			got := s.ask(within.query, within.variables)
			require.Empty(t, got.Errors, "%s of %d: %s", name, setting, got.raw)
			got = s.ask(beyond.query, beyond.variables)
			require.Equal(t, l.code, got.code(t), "%s of %d: %s", name, setting, got.raw)
			require.Contains(t, got.Errors[0].Message, l.because, name)
			require.Contains(t, strings.ReplaceAll(got.Errors[0].Message, ",", ""), fmt.Sprint(setting), name)
		}
	}
}

func TestBodyMayBeAsLongAsItsLimit(t *testing.T) {
	t.Parallel()
	for _, setting := range []int{1 << 20, 500} {
		s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.BodyBytes = setting }))
		body := func(n int) string {
			const text = `{"query": "{ __typename }", "variables": {"x": ""}}`
			return strings.Replace(text, `""`, `"`+strings.Repeat("x", n-len(text))+`"`, 1)
		}
		require.Empty(t, s.post(body(setting)).Errors)
		got := s.post(body(setting + 1))
		require.Equal(t, 413, got.status)
		require.Equal(t, "QUERY_TOO_COMPLEX", got.code(t))
		require.Contains(t, strings.ReplaceAll(got.Errors[0].Message, ",", ""), fmt.Sprint(setting))
	}
}

func TestConnectionHasAsManySubscriptionsAsItsLimit(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.Subscriptions = 2 }))
	populate(s)
	c := s.connect(t)
	for n := range 2 {
		c.subscribe(fmt.Sprint(n), `subscription { syncCompleted { id } }`)
	}
	require.Eventually(t, func() bool { return s.counter("jirasync_graphql_subscribers") == 2 }, patience, tick)
	c.subscribe("more", `subscription { syncCompleted { id } }`)
	refused := c.next()
	require.Equal(t, "error", refused.Type)
	require.Contains(t, string(refused.Payload), "QUERY_TOO_COMPLEX")
	require.Contains(t, string(refused.Payload), "at most 2 ")
	s.connect(t).subscribe("another's", `subscription { syncCompleted { id } }`)
	require.Eventually(t, func() bool { return s.counter("jirasync_graphql_subscribers") == 3 }, patience, tick)
}

func TestTimeoutIsNamedAndNothingRunsOn(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.Time = 250 * time.Millisecond }))
	populate(s)
	release := s.seed.Hold(`LOCK TABLE jira_sync.jira_issues IN ACCESS EXCLUSIVE MODE`)
	defer release()
	for _, q := range []string{`{ issues { nodes { key } } }`, `{ issueStats(groupBy: []) { total } }`, `{ issue(key: "WEB-1") { key } }`} {
		got := s.ask(q)
		require.Equal(t, "TIMEOUT", got.code(t), got.raw)
		require.Contains(t, got.Errors[0].Message, "250ms")
	}
	// The lock is still held: a statement that had not been cancelled would be waiting for it.
	require.Eventually(t, func() bool { return s.seed.Active("jira_issues") == 0 }, patience, tick)
}

func TestListsWithoutPagesEndAndSaySo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := populate(s)
	crowded := func(n int) {
		s.seed.Exec(`DELETE FROM jira_sync.jira_issue_links`)
		s.seed.Exec(`INSERT INTO jira_sync.jira_issue_links (issue_id, instance_id, jira_id, type, direction, other_key)
			SELECT $1, 1, n, 'blocks', 'OUTWARD', 'FAR-' || n FROM generate_series(1, $2::int) n`, w.web1.ID(), n)
		s.seed.Exec(`UPDATE jira_sync.jira_issue_raw SET fields = jsonb_build_object('attachment', (SELECT jsonb_agg(jsonb_build_object(
			'id', n::text, 'filename', 'f', 'created', '2026-01-01T00:00:00.000+0000')) FROM generate_series(1, $2::int) n)) WHERE issue_id = $1`, w.web1.ID(), n)
		s.seed.Exec(`DELETE FROM jira_sync.field_mappings`)
		s.seed.Exec(`INSERT INTO jira_sync.field_mappings (name, label, field_type, sources, state)
			SELECT 'f' || n, 'f', 'TEXT', '[]', 'PENDING' FROM generate_series(1, $1::int) n`, n)
		s.seed.Raise(1, 10)
		s.learn()
	}
	children := make([]seed.Issue, 1001)
	for n := range children {
		children[n] = seed.Issue{Instance: 1, Project: 10, JiraID: int64(5000 + n), Key: fmt.Sprintf("WEB-%d", 5000+n), ParentID: 1, ParentKey: "WEB-1"}
	}
	s.seed.Issues(children[:1000]...)
	var data struct {
		Issue         struct{ Subtasks, Links, Attachments []json.RawMessage }
		FieldMappings []json.RawMessage
	}
	const question = `{ issue(key: "WEB-1") { subtasks { key } links { key } attachments { jiraId } } fieldMappings { name } }`
	crowded(1000)
	decode(t, s.data(question), &data)
	require.Equal(t, []int{1000, 1000, 1000, 1000}, []int{len(data.Issue.Subtasks), len(data.Issue.Links), len(data.Issue.Attachments), len(data.FieldMappings)})

	s.seed.Issues(children[1000])
	crowded(1001)
	got := s.ask(question)
	decode(t, string(got.Data), &data)
	require.Equal(t, []int{1000, 1000, 1000, 1000}, []int{len(data.Issue.Subtasks), len(data.Issue.Links), len(data.Issue.Attachments), len(data.FieldMappings)})
	said := map[string]string{}
	for _, e := range got.Errors {
		require.Equal(t, "QUERY_TOO_COMPLEX", e.Extensions["code"])
		said[fmt.Sprint(e.Path...)] = e.Message
	}
	require.Len(t, said, 4, got.raw)
	for _, list := range []string{"subtasks", "links", "attachments"} {
		require.Contains(t, said[fmt.Sprint("issue", list)], "more "+list+" than the first 1000")
	}
}

// What a list without pages holds is known once it is read, so that the cost has to guess.
func TestListsWithinLongListsAreBounded(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.Cost = 200 }))
	populate(s)
	for n := range int64(130) {
		key := fmt.Sprintf("P%d", n)
		s.seed.Project(1, 100+n, key)
		s.seed.Issues(seed.Issue{Instance: 1, Project: 100 + n, JiraID: 10_000 + n, Key: key + "-1"})
	}
	const projects = `{ completeness { project { issues(first: %d) { nodes { key } } } } }`
	var data struct{ Completeness []json.RawMessage }
	decode(t, s.data(fmt.Sprintf(projects, 2)), &data)
	require.Len(t, data.Completeness, 133)
	got := s.ask(fmt.Sprintf(projects, 5))
	require.Equal(t, "QUERY_TOO_COMPLEX", got.code(t))
	require.Contains(t, got.Errors[0].Message, "rows in lists within lists")
}

// What a field costs says nothing of how long its text is.
func TestAnswerThatIsTooLargeIsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.AnswerBytes = 100_000 }))
	populate(s)
	long := strings.Repeat("long ", 2_000)
	for n := range int64(20) {
		s.seed.Issues(seed.Issue{Instance: 1, Project: 10, JiraID: 8000 + n, Key: fmt.Sprintf("WEB-%d", 8000+n), Description: long})
	}
	var few struct {
		Issues struct{ Nodes []json.RawMessage }
	}
	decode(t, s.data(`{ issues(first: 9) { nodes { key description } } }`), &few)
	require.Len(t, few.Issues.Nodes, 9)
	for _, q := range []string{
		`{ issues(first: 15) { nodes { key description } } }`,
		`{ a: issues(first: 9) { nodes { description } } b: issues(first: 9, orderBy: {by: KEY}) { nodes { description } } c: issues(first: 9, orderBy: {by: CREATED}) { nodes { description } } }`,
	} {
		got := s.ask(q)
		require.Equal(t, "QUERY_TOO_COMPLEX", got.code(t))
		require.Contains(t, got.Errors[0].Message, "100000")
		require.Contains(t, got.Errors[0].Message, "fewer issues a page")
	}
}

// That an object is kept makes an answer quicker, not smaller.
func TestAnswerIsTooLargeAlsoWhereItsObjectsAreKept(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.AnswerBytes = 100_000 }))
	populate(s)
	long := strings.Repeat("long ", 2_000)
	for n := range int64(20) {
		parent := seed.Issue{Instance: 1, Project: 10, JiraID: 8000 + n, Key: fmt.Sprintf("WEB-%d", 8000+n), Description: long}
		child := seed.Issue{Instance: 1, Project: 11, JiraID: 9000 + n, Key: fmt.Sprintf("OPS-%d", 9000+n), ParentID: parent.JiraID, ParentKey: parent.Key}
		s.seed.Issues(parent, child)
	}
	const parents = `{ issues(first: %d, where: {key: {startsWith: "OPS-9"}}) { nodes { parent { description } } } }`
	const parent = `{ issues(where: {key: {eq: "OPS-%d"}}) { nodes { parent { description } } } }`
	for _, when := range []string{"nothing is kept", "each parent is kept"} {
		got := s.ask(fmt.Sprintf(parents, 20))
		require.Equal(t, "QUERY_TOO_COMPLEX", got.code(t), when)
		require.Contains(t, got.Errors[0].Message, "at most 100000 are allowed", when)
		for n := range 20 {
			s.data(fmt.Sprintf(parent, 9000+n))
		}
	}
	s.data(fmt.Sprintf(parents, 8))
}

// Whose sub-tasks are read once are handed out as often as somebody asks for them.
func TestListsThatAreHandedOutAgainAreCountedAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	populate(s)
	children := make([]seed.Issue, 40)
	for n := range children {
		children[n] = seed.Issue{Instance: 1, Project: 10, JiraID: int64(5000 + n), Key: fmt.Sprintf("WEB-%d", 5000+n), ParentID: 1, ParentKey: "WEB-1"}
	}
	s.seed.Issues(children...)
	for n, from := range children[:20] { // each is linked to each
		for i, to := range children[:n] {
			s.seed.Link(int64(100*n+i), from, to, "blocks", "is blocked by")
		}
	}
	for _, q := range []string{
		`{ issue(key: "WEB-1") { subtasks { parent { subtasks { parent { subtasks { parent { subtasks { key } } } } } } } } }`,
		`{ issue(key: "WEB-5000") { links { issue { links { issue { links { issue { links { key } } } } } } } } }`,
	} {
		got := s.ask(q)
		require.Equal(t, "QUERY_TOO_COMPLEX", got.code(t))
		require.Contains(t, got.Errors[0].Message, "rows in lists within lists")
		require.Contains(t, got.Errors[0].Message, "40000")
		require.Len(t, got.Errors, 1, "what is left out is told once")
	}
}

func TestRowsInListsWithinListsMayBeTwiceWhatAnOperationMayCost(t *testing.T) {
	t.Parallel()
	url := dbtest.New(t)
	s := newSiteOn(t, url)
	w := populate(s)
	add := func(from, to int64) {
		for n := from; n < to; n++ {
			s.seed.Issues(seed.Issue{Instance: 1, Project: 10, JiraID: 5000 + n, Key: fmt.Sprintf("WEB-%d", 5000+n), ParentID: 1, ParentKey: "WEB-1"})
			s.seed.History(w.web1, 100+n, "ann", seed.At(3), `[{"field":"summary","fromString":"a","toString":"b"}]`)
			s.seed.Comment(w.web1, 100+n, "bob", "And me", seed.At(3))
		}
		s.seed.Raise(1, 10)
		s.learn()
	}
	const (
		subtasks  = `subtasks { key }`                         // as many as there are, with an operation of 122
		comments  = `comments(first: 20) { nodes { body } }`   // 20 of each, 422
		changelog = `changelog(first: 21) { nodes { field } }` // 21 of each, 442
	)
	children := int64(0)
	for _, tt := range []struct {
		children int64
		list     string
		cost     int
		within   bool
	}{
		{15, subtasks, 122, true},
		{16, subtasks, 122, false},
		{42, comments, 422, true},
		{42, changelog, 442, true},
		{43, comments, 422, false},
		{43, changelog, 442, false},
	} {
		add(children, tt.children)
		children = tt.children
		other := newSiteOn(t, url, withDeps(func(d *server.Deps) { d.Limits.Cost = tt.cost }))
		other.learn()
		got := other.ask(`{ issue(key: "WEB-1") { subtasks { parent { ` + tt.list + ` } } } }`)
		if tt.within {
			require.Empty(t, got.Errors, "%d times %s: %.300s", tt.children, tt.list, got.raw)
			continue
		}
		require.Equal(t, "QUERY_TOO_COMPLEX", got.code(t), "%d times %s", tt.children, tt.list)
		require.Contains(t, got.Errors[0].Message, "rows in lists within lists")
		require.Contains(t, got.Errors[0].Message, fmt.Sprint(2*tt.cost))
	}
}

// dawdling holds a field back until the time of its answer is over, and perhaps gives it then.
type dawdling struct {
	field string
	gives bool
}

func (dawdling) ExtensionName() string                   { return "Dawdling" }
func (dawdling) Validate(graphql.ExecutableSchema) error { return nil }
func (d dawdling) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	if graphql.GetFieldContext(ctx).Field.Name == d.field {
		select {
		case <-ctx.Done():
			if !d.gives {
				return nil, context.Cause(ctx)
			}
		case <-time.After(patience):
			return nil, errors.New("its time has no end")
		}
	}
	return value, err
}

func TestNothingIsHandedOutOnceTheTimeIsOver(t *testing.T) {
	t.Parallel()
	s := newSite(t, withDeps(func(d *server.Deps) { d.Limits.Time = 300 * time.Millisecond }))
	populate(s)
	s.seed.Issues(seed.Issue{Instance: 1, Project: 10, Key: "WEB-3", ParentID: 1, ParentKey: "WEB-1"})
	s.server.Use(dawdling{"subtasks", true})
	got := s.ask(`{ issue(key: "WEB-1") { subtasks { key } } }`)
	require.Equal(t, "TIMEOUT", got.code(t))
	require.Contains(t, got.Errors[0].Message, "300ms")
	require.JSONEq(t, `{"issue": null}`, string(got.Data))
}

// aliased asks for the fields of each type's fields, under so many names.
func aliased(n int) string {
	return "{ __schema { types {" + numbered(n, " a#: fields { type { ...F ofType { ...F } } }") + " } } } fragment F on __Type {" + numbered(n, " b#: fields { name }") + " }"
}

// introspection asks for all that clients ask of a schema, to such a depth of lists of lists.
func introspectionTo(depth int) string {
	ref := strings.Repeat("kind name ofType { ", depth) + "kind name" + strings.Repeat(" }", depth)
	value := "name description type { " + ref + " } defaultValue isDeprecated deprecationReason"
	return `query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
		types { kind name description specifiedByURL isOneOf
			fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ` + value + ` } type { ` + ref + ` } isDeprecated deprecationReason }
			inputFields(includeDeprecated: true) { ` + value + ` } interfaces { ` + ref + ` }
			enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ` + ref + ` } }
		directives { name description isRepeatable locations args(includeDeprecated: true) { ` + value + ` } } } }`
}

func TestSchemaIsReadAsClientsDoAndNoMore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, query := range map[string]string{
		"graphql-js and GraphiQL": introspectionTo(9), "older clients": introspectionTo(7),
		"gqlgen": introspection.NewQuery(introspection.QueryOptions{OneOf: true}),
	} {
		var told struct {
			Extensions struct{ Cost struct{ Operation int } }
		}
		got := s.ask(query)
		require.Empty(t, got.Errors, "%s: %.300s", name, got.raw)
		decode(t, got.raw, &told)
		require.Greater(t, told.Extensions.Cost.Operation, 100, name)
		require.Less(t, told.Extensions.Cost.Operation, server.DefaultLimits().Cost/2, name)
	}
	require.Empty(t, s.ask(`{ __type(name: "Issue") { fields { name type { name fields { name } } } } }`).Errors)
	got := s.ask(aliased(30))
	require.Equal(t, "QUERY_TOO_COMPLEX", got.code(t))
	require.Contains(t, got.Errors[0].Message, "costs")
}
