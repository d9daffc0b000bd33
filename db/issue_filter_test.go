package db_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/db/dbtest/seed"
	"jirasync/query"
)

// filtered is a small mirror whose issues differ in everything a filter asks about.
func filtered(t *testing.T) reading {
	t.Helper()
	r := newReading(t)
	r.seed.User(1, "ann", "Ann Archer")
	r.seed.User(1, "bob", "Bob Baker")
	r.seed.User(2, "ann", "Another Ann")
	r.seed.Issues(
		seed.Issue{Instance: 1, Project: 10, Key: "WEB-1", Summary: "Login 100% broken", Assignee: "ann", Reporter: "bob", Priority: "High", Rank: 2, Labels: []string{"ui", "slow"}, Components: []string{"Shop"}, Created: seed.At(1), Updated: seed.At(9), Description: "the wheel turns"},
		seed.Issue{Instance: 1, Project: 10, Key: "WEB-2", Summary: "Logout", Type: "Bug", Status: "Closed", Category: "DONE", Resolution: "Fixed", Resolved: seed.At(30), Due: seed.At(48), FixVersions: []string{"1.0"}, Created: seed.At(2), Updated: seed.At(8), ParentID: 1, ParentKey: "WEB-1"},
		seed.Issue{Instance: 1, Project: 11, JiraID: 90, Key: "OPS-1", Summary: `back\slash_and 'quote'`, Assignee: "bob", Labels: []string{"ui"}, Created: seed.At(3), Updated: seed.At(7), Due: seed.At(72), EpicKey: "WEB-1"},
		seed.Issue{Instance: 2, Project: 10, JiraID: 7, Key: "WEB-7", Summary: "Häuser", Assignee: "ann", Status: "Doing", Category: "IN_PROGRESS", Created: seed.At(4), Updated: seed.At(6)},
		seed.Issue{Instance: 2, Project: 10, JiraID: 8, Key: "WEB-8", Summary: "gone", Created: seed.At(5), Updated: seed.At(5), Deleted: true},
	)
	r.seed.FormerKey(seed.Issue{Instance: 1, Key: "OPS-1", JiraID: 90}, "OLD-5", seed.At(1))
	return r
}

func TestFilters(t *testing.T) {
	t.Parallel()
	r := filtered(t)
	const login, logout, disk, house = "1/WEB-1", "1/WEB-2", "1/OPS-1", "2/WEB-7"
	str := func(s string) *string { return &s }
	is := func(s string) *query.StringFilter { return &query.StringFilter{Eq: &s} }
	at := func(hours float64) *time.Time { return ptr(seed.At(hours)) }
	for name, tt := range map[string]struct {
		where query.IssueFilter
		want  []string // in order of update, newest first
	}{
		"nothing":                   {query.IssueFilter{}, []string{login, logout, disk, house}},
		"instance":                  {query.IssueFilter{Instance: is("beta")}, []string{house}},
		"instance in part":          {query.IssueFilter{Instance: &query.StringFilter{Contains: str("LPH")}}, []string{login, logout, disk}},
		"unknown instance":          {query.IssueFilter{Instance: is("gamma")}, nil},
		"key":                       {query.IssueFilter{Key: is("WEB-2")}, []string{logout}},
		"key begins":                {query.IssueFilter{Key: &query.StringFilter{StartsWith: str("web-")}}, []string{login, logout, house}},
		"project":                   {query.IssueFilter{Project: is("WEB")}, []string{login, logout, house}},
		"projects":                  {query.IssueFilter{Project: &query.StringFilter{In: []string{"OPS", "NONE"}}}, []string{disk}},
		"project not":               {query.IssueFilter{Project: &query.StringFilter{Ne: str("WEB")}}, []string{disk}},
		"project and instance":      {query.IssueFilter{Project: is("WEB"), Instance: is("beta")}, []string{house}},
		"type":                      {query.IssueFilter{Type: is("Bug")}, []string{logout}},
		"status not in":             {query.IssueFilter{Status: &query.StringFilter{NotIn: []string{"Open", "Doing"}}}, []string{logout}},
		"category":                  {query.IssueFilter{StatusCategory: []query.StatusCategory{query.Done, query.InProgress}}, []string{logout, house}},
		"no category":               {query.IssueFilter{StatusCategory: []query.StatusCategory{}}, nil},
		"in nothing":                {query.IssueFilter{Type: &query.StringFilter{In: []string{}}}, nil},
		"not in nothing":            {query.IssueFilter{Type: &query.StringFilter{NotIn: []string{}}}, []string{login, logout, disk, house}},
		"priority":                  {query.IssueFilter{Priority: is("High")}, []string{login}},
		"priority not matches none": {query.IssueFilter{Priority: &query.StringFilter{Ne: str("High")}}, []string{logout, disk, house}},
		"resolution missing":        {query.IssueFilter{Resolution: &query.StringFilter{IsNull: ptr(true)}}, []string{login, disk, house}},
		"resolution present":        {query.IssueFilter{Resolution: &query.StringFilter{IsNull: ptr(false)}}, []string{logout}},
		"assignee by account":       {query.IssueFilter{Assignee: is("ann")}, []string{login, house}},
		"assignee by name":          {query.IssueFilter{Assignee: is("Ann Archer")}, []string{login}},
		"assignee by email":         {query.IssueFilter{Assignee: is("bob@example.org")}, []string{disk}},
		"assignee in part":          {query.IssueFilter{Assignee: &query.StringFilter{Contains: str("arch")}}, []string{login}},
		"assignee not":              {query.IssueFilter{Assignee: &query.StringFilter{Ne: str("Ann Archer")}}, []string{logout, disk, house}},
		"assignee missing":          {query.IssueFilter{Assignee: &query.StringFilter{IsNull: ptr(true)}}, []string{logout}},
		"reporter":                  {query.IssueFilter{Reporter: is("Bob Baker")}, []string{login}},
		"summary in part":           {query.IssueFilter{Summary: &query.StringFilter{Contains: str("LOG")}}, []string{login, logout}},
		"summary with percent":      {query.IssueFilter{Summary: &query.StringFilter{Contains: str("100%")}}, []string{login}},
		"summary with underscore":   {query.IssueFilter{Summary: &query.StringFilter{Contains: str("h_a")}}, []string{disk}},
		"underscore is no pattern":  {query.IssueFilter{Summary: &query.StringFilter{Contains: str("_ogin")}}, nil},
		"summary with backslash":    {query.IssueFilter{Summary: &query.StringFilter{StartsWith: str(`back\s`)}}, []string{disk}},
		"summary with quotes":       {query.IssueFilter{Summary: &query.StringFilter{Contains: str(`'quote'`)}}, []string{disk}},
		"summary in other letters":  {query.IssueFilter{Summary: &query.StringFilter{StartsWith: str("häu")}}, []string{house}},
		"summary exactly":           {query.IssueFilter{Summary: is("logout")}, nil},
		"label":                     {query.IssueFilter{Label: is("ui")}, []string{login, disk}},
		"label not matches none":    {query.IssueFilter{Label: &query.StringFilter{Ne: str("slow")}}, []string{logout, disk, house}},
		"label in part":             {query.IssueFilter{Label: &query.StringFilter{Contains: str("LO")}}, []string{login}},
		"no label":                  {query.IssueFilter{Label: &query.StringFilter{IsNull: ptr(true)}}, []string{logout, house}},
		"component":                 {query.IssueFilter{Component: &query.StringFilter{In: []string{"Shop", "x"}}}, []string{login}},
		"fix version":               {query.IssueFilter{FixVersion: is("1.0")}, []string{logout}},
		"parent":                    {query.IssueFilter{Parent: is("WEB-1")}, []string{logout}},
		"epic":                      {query.IssueFilter{Epic: is("WEB-1")}, []string{disk}},
		"epic missing":              {query.IssueFilter{Epic: &query.StringFilter{IsNull: ptr(true)}}, []string{login, logout, house}},
		"created after":             {query.IssueFilter{Created: &query.TimeFilter{Gt: at(2)}}, []string{disk, house}},
		"created from to":           {query.IssueFilter{Created: &query.TimeFilter{Gte: at(2), Lte: at(3)}}, []string{logout, disk}},
		"updated before":            {query.IssueFilter{Updated: &query.TimeFilter{Lt: at(7)}}, []string{house}},
		"resolved":                  {query.IssueFilter{Resolved: &query.TimeFilter{IsNull: ptr(false)}}, []string{logout}},
		"due on the day":            {query.IssueFilter{Due: &query.DateFilter{Gte: at(48), Lte: at(48)}}, []string{logout}},
		"due later":                 {query.IssueFilter{Due: &query.DateFilter{Gt: at(48)}}, []string{disk}},
		"or":                        {query.IssueFilter{Or: []*query.IssueFilter{{Type: is("Bug")}, {Label: is("slow")}}}, []string{login, logout}},
		"or of nothing":             {query.IssueFilter{Or: []*query.IssueFilter{}}, nil},
		"and":                       {query.IssueFilter{And: []*query.IssueFilter{{Label: is("ui")}, {Assignee: is("bob")}}}, []string{disk}},
		"not":                       {query.IssueFilter{Not: &query.IssueFilter{Label: is("ui"), Assignee: is("bob")}}, []string{login, logout, house}},
		"not or":                    {query.IssueFilter{Not: &query.IssueFilter{Or: []*query.IssueFilter{{Type: is("Bug")}, {Label: is("slow")}}}}, []string{disk, house}},
		"two on one field":          {query.IssueFilter{Key: &query.StringFilter{StartsWith: str("WEB"), Ne: str("WEB-1")}}, []string{logout, house}},
	} {
		t.Run(name, func(t *testing.T) {
			l := everything()
			l.Where = &tt.where
			require.Equal(t, append([]string{}, tt.want...), keysOf(r.on(t).list(l, db.IssueWants{})))
			l.Where = &query.IssueFilter{Not: &query.IssueFilter{Not: &tt.where}}
			require.Equal(t, append([]string{}, tt.want...), keysOf(r.on(t).list(l, db.IssueWants{})), "not not")
			l.Where = &query.IssueFilter{Not: &tt.where}
			rest := keysOf(r.on(t).list(l, db.IssueWants{}))
			both := append(slices.Clone(tt.want), rest...)
			require.ElementsMatch(t, []string{login, logout, disk, house}, both, "an issue meets a filter or its negation")
			requireCounts(t, r, l, len(rest))
		})
	}
}

// What stands below an epic hangs on it by one key or the other, and there are a million issues.
func TestIndexesLeadToWhatStandsBelowAnEpic(t *testing.T) {
	t.Parallel()
	r := newReading(t)
	issues := make([]seed.Issue, 2000)
	for n := range issues {
		issues[n] = seed.Issue{Instance: 1, Project: 10, Key: fmt.Sprintf("WEB-%d", n+1)}
		epic := fmt.Sprintf("WEB-%d", n/10*10+1)
		if n%2 == 0 {
			issues[n].EpicKey = epic
		} else {
			issues[n].ParentKey = epic
		}
	}
	r.seed.Issues(issues...)
	r.seed.Exec(`ANALYZE jira_sync.jira_issues`)
	is := &query.StringFilter{Eq: ptr("WEB-11")}
	below := &query.IssueFilter{Or: []*query.IssueFilter{{Parent: is}, {Epic: is}}}

	list := everything()
	list.Where, list.OrderBy = below, []query.IssueOrder{{By: query.ByKey, Direction: query.Ascending}}
	page, err := list.Compile(query.DefaultLimits())
	require.NoError(t, err)
	stats, err := query.IssueStats{
		Scope: query.Everything(), Where: below, TimeZone: "UTC", Limit: 100, GroupBy: []query.IssueGroupBy{{Dimension: query.DimStatusCategory}},
	}.Compile(query.DefaultLimits())
	require.NoError(t, err)
	for _, s := range []query.Statement{page.List(query.Selection{Columns: []string{"issue_key"}, List: "i.issue_key"}, false), stats.SQL()} {
		plan := seed.Ask[string](r.seed, `EXPLAIN (FORMAT JSON) `+s.SQL, s.Args...)
		require.Contains(t, plan, "jira_issues_parent_key")
		require.Contains(t, plan, "jira_issues_epic_key")
	}
	require.Len(t, r.list(list, db.IssueWants{}).Nodes, 10)
}

// on is the same mirror under a subtest.
func (r reading) on(t *testing.T) reading { r.T = t; return r }

// requireCounts checks that each way to a total counts the same.
func requireCounts(t *testing.T, r reading, l query.IssueList, want int) {
	t.Helper()
	one := 1
	l.Page.First = &one
	total, err := r.on(t).list(l, db.IssueWants{Total: true}).TotalCount()
	require.NoError(t, err)
	require.Equal(t, want, *total)
	stats, err := query.IssueStats{
		Scope: l.Scope, Where: l.Where, Search: l.Search, Visibility: l.Visibility, TimeZone: "UTC", Limit: 100,
		GroupBy: []query.IssueGroupBy{{Dimension: query.DimLabel}},
	}.Compile(query.DefaultLimits())
	require.NoError(t, err)
	counted, err := r.store.IssueStats(t.Context(), stats)
	require.NoError(t, err)
	require.Equal(t, want, counted.Total)
}

func TestSearch(t *testing.T) {
	t.Parallel()
	r := filtered(t)
	for search, want := range map[string][]string{
		"login":         {"1/WEB-1"},
		"log":           {"1/WEB-1", "1/WEB-2"}, // the beginning of a word
		"LOGOUT":        {"1/WEB-2"},
		"broken login":  {"1/WEB-1"},
		"login missing": {},
		"log wheel":     {}, // only the last word may be a beginning
		"login brok":    {"1/WEB-1"},
		"log* wheel":    {"1/WEB-1"}, // or one before a star
		"brokn login":   {"1/WEB-1"}, // mistyped
		"lgo wheel":     {},          // too short to tell

		"wheel":            {"1/WEB-1"}, // in the description
		"WEB-2":            {"1/WEB-2"},
		"web-7":            {"2/WEB-7"},
		"OLD-5":            {"1/OPS-1"}, // a key it had
		"   ":              {"1/WEB-1", "1/WEB-2", "1/OPS-1", "2/WEB-7"},
		"---":              {},
		`it's "a" \ & | !`: {},
		"':* | login":      {"1/WEB-1"}, // what holds no word asks for nothing
		"häuser":           {"2/WEB-7"},
	} {
		t.Run(search, func(t *testing.T) {
			l := everything()
			l.Search = search
			require.Equal(t, want, keysOf(r.on(t).list(l, db.IssueWants{})))
			requireCounts(t, r, l, len(want))
		})
	}
}

func TestVisibility(t *testing.T) {
	t.Parallel()
	r := filtered(t)
	l := everything()
	l.Visibility = query.Deleted
	require.Equal(t, []string{"2/WEB-8"}, keysOf(r.list(l, db.IssueWants{})))
	l.Visibility = query.All
	require.Len(t, r.list(l, db.IssueWants{}).Nodes, 5)
}

func TestScopeIsInEveryStatement(t *testing.T) {
	t.Parallel()
	r := filtered(t)
	ops := query.Only(query.ProjectRef{Instance: 1, ProjectID: 11})
	str := func(s string) *string { return &s }
	for name, where := range map[string]*query.IssueFilter{
		"all": nil, "not": {Not: &query.IssueFilter{Project: &query.StringFilter{Eq: str("OPS")}}},
		"or":  {Or: []*query.IssueFilter{{Project: &query.StringFilter{Eq: str("WEB")}}, {Key: &query.StringFilter{Eq: str("OPS-1")}}}},
		"web": {Project: &query.StringFilter{Eq: str("WEB")}},
	} {
		for _, scope := range []query.Scope{ops, query.Nothing()} {
			l := query.IssueList{Scope: scope, Where: where, Visibility: query.All}
			page := r.list(l, db.IssueWants{Total: true})
			for _, i := range page.Nodes {
				require.EqualValues(t, 11, i.ProjectID, name)
			}
			requireCounts(t, r, l, len(page.Nodes))
		}
	}
	web := query.ProjectRef{Instance: 1, ProjectID: 10}
	q, err := query.IssueList{Scope: ops}.Compile(query.DefaultLimits())
	require.NoError(t, err)
	pages, err := r.store.IssuesOf(t.Context(), []query.ProjectRef{web}, q, db.IssueWants{Total: true})
	require.NoError(t, err)
	require.Empty(t, pages[0].Nodes)

	found, errs, err := r.store.IssuesByKey(t.Context(), ops, []db.IssueKey{{Key: "WEB-1"}, {Key: "OPS-1"}, {Key: "OLD-5"}}, db.IssueWants{})
	require.NoError(t, err)
	require.Equal(t, []error{nil, nil, nil}, errs)
	require.Nil(t, found[0].Value)
	require.NotNil(t, found[1].Value)
	require.NotNil(t, found[2].Value)

	projects, _, err := r.store.ProjectsByKey(t.Context(), ops, []db.ProjectKey{{Key: "WEB"}, {Key: "OPS"}})
	require.NoError(t, err)
	require.Nil(t, projects[0].Value)
	require.NotNil(t, projects[1].Value)
	users, err := r.store.UsersByKey(t.Context(), ops, []db.UserKey{{Instance: 1, AccountID: "ann"}, {Instance: 2, AccountID: "ann"}})
	require.NoError(t, err)
	require.NotNil(t, users[0].Value)
	require.Nil(t, users[1].Value)
}
