package db_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"jirasync/db"
	"jirasync/db/dbtest/seed"
	"jirasync/query"
)

// The words that issues and filters of the property below are made of: few, so that they meet, and
// some that would be a pattern or the end of a literal if they were not taken for text.
var (
	somePeople    = []string{"ann", "bob"}
	someTypes     = []string{"Bug", "Story", "Task"}
	someStates    = []string{"Open", "In Review", "Done", "Odd"}
	someRanks     = []string{"Highest", "High", "Low"}
	someResults   = []string{"Fixed", "Won't fix"}
	someLabels    = []string{"ui", "slow", "100%", "a_b", `c\d`}
	someParts     = []string{"Shop", "Till"}
	someVersions  = []string{"1.0", "1.0.1"}
	someEpics     = []string{"WEB-1", "OPS-2"}
	someSummaries = []string{"Login 100% broken", "login page", `back\slash`, "a_b", "it's 'quoted'", "häuser", "LOGIN"}
	someTexts     = []string{"lo", "LOGIN", "%", "_", `\`, "'", "a_b", "0", "", "nowhere"}
)

func categoryOf(state string) query.StatusCategory {
	return map[string]query.StatusCategory{"Open": query.Todo, "In Review": query.InProgress, "Done": query.Done, "Odd": query.UnknownCategory}[state]
}

// anyIssues differ in everything a filter asks about, and lack what an issue can lack.
func anyIssues(n int) []seed.Issue {
	random := rand.New(rand.NewPCG(3, 4))
	pick := func(of []string) string { return of[random.IntN(len(of))] }
	maybe := func(of []string) string {
		if random.IntN(3) == 0 {
			return ""
		}
		return pick(of)
	}
	subset := func(of []string) (some []string) {
		for _, one := range of {
			if random.IntN(3) == 0 {
				some = append(some, one)
			}
		}
		return some
	}
	hour := func() time.Time { return seed.At(float64(1 + random.IntN(6))) }
	issues := make([]seed.Issue, n)
	for i := range issues {
		at := []seed.Issue{{Instance: 1, Project: 10, Key: "WEB"}, {Instance: 1, Project: 11, Key: "OPS"}, {Instance: 2, Project: 10, Key: "WEB"}}[i%3]
		state := pick(someStates)
		issue := seed.Issue{
			Instance: at.Instance, Project: at.Project, JiraID: int64(1000 + i), Key: fmt.Sprintf("%s-%d", at.Key, i/3+1),
			Type: pick(someTypes), Status: state, Category: string(categoryOf(state)), Priority: maybe(someRanks), Resolution: maybe(someResults),
			Summary: pick(someSummaries), Assignee: maybe(somePeople), Reporter: maybe(somePeople), Labels: subset(someLabels),
			Components: subset(someParts), FixVersions: subset(someVersions), Created: hour(), Updated: hour(),
		}
		if random.IntN(2) == 0 {
			issue.Resolved = hour()
		}
		if random.IntN(2) == 0 {
			issue.Due = seed.At(24 * float64(1+random.IntN(4)))
		}
		if random.IntN(3) == 0 {
			issue.ParentID, issue.ParentKey = 1000, "WEB-1"
		}
		issue.EpicKey = maybe(someEpics)
		issues[i] = issue
	}
	return issues
}

// textMember is a member of a filter that asks of a text, with the values that an issue has there.
type textMember struct {
	of     func(*query.IssueFilter) **query.StringFilter
	values func(seed.Issue) []string // none: it has no value
	words  []string
}

func one(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// person is by account, name and address.
func person(instance int, account string) []string {
	names := map[string]string{"1ann": "Ann Archer", "1bob": "Bob Baker", "2ann": "Another Ann"}
	if account == "" {
		return nil
	}
	known := []string{account}
	if name, ok := names[fmt.Sprint(instance, account)]; ok {
		known = append(known, name, account+"@example.org")
	}
	return known
}

var people = append([]string{"Ann Archer", "Another Ann", "bob@example.org", "nobody"}, somePeople...)

func textMembers() []textMember {
	type filter = query.IssueFilter
	type text = query.StringFilter
	return []textMember{
		{func(f *filter) **text { return &f.Instance }, func(i seed.Issue) []string { return one([]string{"", "alpha", "beta"}[i.Instance]) }, []string{"alpha", "beta", "gamma"}},
		{func(f *filter) **text { return &f.Key }, func(i seed.Issue) []string { return one(i.Key) }, []string{"WEB-1", "OPS-2", "WEB-33", "NO-1"}},
		{func(f *filter) **text { return &f.Project }, func(i seed.Issue) []string { return one(i.Key[:3]) }, []string{"WEB", "OPS", "NO"}},
		{func(f *filter) **text { return &f.Type }, func(i seed.Issue) []string { return one(i.Type) }, someTypes},
		{func(f *filter) **text { return &f.Status }, func(i seed.Issue) []string { return one(i.Status) }, someStates},
		{func(f *filter) **text { return &f.Priority }, func(i seed.Issue) []string { return one(i.Priority) }, someRanks},
		{func(f *filter) **text { return &f.Resolution }, func(i seed.Issue) []string { return one(i.Resolution) }, someResults},
		{func(f *filter) **text { return &f.Summary }, func(i seed.Issue) []string { return one(i.Summary) }, someSummaries},
		{func(f *filter) **text { return &f.Parent }, func(i seed.Issue) []string { return one(i.ParentKey) }, []string{"WEB-1", "WEB-2"}},
		{func(f *filter) **text { return &f.Epic }, func(i seed.Issue) []string { return one(i.EpicKey) }, someEpics},
		{func(f *filter) **text { return &f.Assignee }, func(i seed.Issue) []string { return person(i.Instance, i.Assignee) }, people},
		{func(f *filter) **text { return &f.Reporter }, func(i seed.Issue) []string { return person(i.Instance, i.Reporter) }, people},
		{func(f *filter) **text { return &f.Label }, func(i seed.Issue) []string { return i.Labels }, someLabels},
		{func(f *filter) **text { return &f.Component }, func(i seed.Issue) []string { return i.Components }, someParts},
		{func(f *filter) **text { return &f.FixVersion }, func(i seed.Issue) []string { return i.FixVersions }, someVersions},
	}
}

type timeMember struct {
	of    func(*query.IssueFilter) **query.TimeFilter
	value func(seed.Issue) time.Time // zero: none
}

func timeMembers() []timeMember {
	type filter = query.IssueFilter
	return []timeMember{
		{func(f *filter) **query.TimeFilter { return &f.Created }, func(i seed.Issue) time.Time { return i.Created }},
		{func(f *filter) **query.TimeFilter { return &f.Updated }, func(i seed.Issue) time.Time { return i.Updated }},
		{func(f *filter) **query.TimeFilter { return &f.Resolved }, func(i seed.Issue) time.Time { return i.Resolved }},
	}
}

// anyFilter draws a filter with filters in it, so many deep.
func anyFilter(t *rapid.T, deep int) *query.IssueFilter {
	f := new(query.IssueFilter)
	for range rapid.IntRange(0, 2).Draw(t, "texts") {
		m := rapid.SampledFrom(textMembers()).Draw(t, "member")
		*m.of(f) = anyText(t, m.words)
	}
	if rapid.IntRange(0, 5).Draw(t, "category?") == 0 {
		f.StatusCategory = rapid.SliceOfN(rapid.SampledFrom([]query.StatusCategory{query.Todo, query.InProgress, query.Done, query.UnknownCategory}), 0, 2).Draw(t, "categories")
	}
	if rapid.IntRange(0, 3).Draw(t, "time?") == 0 {
		m := rapid.SampledFrom(timeMembers()).Draw(t, "moment")
		*m.of(f) = anyMoment(t, time.Hour)
	}
	if rapid.IntRange(0, 5).Draw(t, "due?") == 0 {
		f.Due = (*query.DateFilter)(anyMoment(t, 24*time.Hour))
	}
	if deep == 0 {
		return f
	}
	some := func(name string) (list []*query.IssueFilter) {
		list = []*query.IssueFilter{} // of none: an OR never holds
		for range rapid.IntRange(0, 2).Draw(t, name) {
			list = append(list, anyFilter(t, deep-1))
		}
		return list
	}
	switch rapid.IntRange(0, 5).Draw(t, "nest") {
	case 0:
		f.And = some("and")
	case 1, 2:
		f.Or = some("or")
	case 3:
		f.Not = anyFilter(t, deep-1)
	}
	return f
}

func anyText(t *rapid.T, words []string) *query.StringFilter {
	f, word := new(query.StringFilter), rapid.SampledFrom(words)
	for range rapid.IntRange(1, 2).Draw(t, "operators") {
		switch rapid.IntRange(0, 6).Draw(t, "operator") {
		case 0:
			f.Eq = ptr(word.Draw(t, "eq"))
		case 1:
			f.Ne = ptr(word.Draw(t, "ne"))
		case 2:
			f.In = rapid.SliceOfN(word, 0, 3).Draw(t, "in")
		case 3:
			f.NotIn = rapid.SliceOfN(word, 0, 3).Draw(t, "notIn")
		case 4:
			f.Contains = ptr(rapid.SampledFrom(append(someTexts, words...)).Draw(t, "contains"))
		case 5:
			f.StartsWith = ptr(rapid.SampledFrom(append(someTexts, words...)).Draw(t, "startsWith"))
		case 6:
			f.IsNull = ptr(rapid.Bool().Draw(t, "isNull"))
		}
	}
	return f
}

func anyMoment(t *rapid.T, step time.Duration) *query.TimeFilter {
	f := new(query.TimeFilter)
	at := func() *time.Time {
		return ptr(seed.At(0).Add(time.Duration(rapid.IntRange(0, 7).Draw(t, "at")) * step))
	}
	switch rapid.IntRange(0, 4).Draw(t, "bound") {
	case 0:
		f.Gt = at()
	case 1:
		f.Gte, f.Lt = at(), at()
	case 2:
		f.Lt = at()
	case 3:
		f.Lte = at()
	case 4:
		f.IsNull = ptr(rapid.Bool().Draw(t, "isNull"))
	}
	return f
}

// meets is what the schema says of filters.
func meets(f *query.IssueFilter, i seed.Issue) bool {
	for _, m := range textMembers() {
		if s := *m.of(f); s != nil && !meetsText(s, m.values(i)) {
			return false
		}
	}
	for _, m := range timeMembers() {
		if s := *m.of(f); s != nil && !meetsTime(s, m.value(i)) {
			return false
		}
	}
	if f.Due != nil && !meetsTime((*query.TimeFilter)(f.Due), i.Due) {
		return false
	}
	if f.StatusCategory != nil && !slices.Contains(f.StatusCategory, query.StatusCategory(i.Category)) {
		return false
	}
	holds := func(each *query.IssueFilter) bool { return meets(each, i) }
	for _, each := range f.And {
		if !holds(each) {
			return false
		}
	}
	return (f.Or == nil || slices.ContainsFunc(f.Or, holds)) && (f.Not == nil || !holds(f.Not))
}

func meetsText(f *query.StringFilter, values []string) bool {
	among := func(words ...string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return slices.Contains(words, v) })
	}
	like := func(meets func(value, text string) bool, text string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return meets(strings.ToLower(v), strings.ToLower(text)) })
	}
	return (f.Eq == nil || among(*f.Eq)) && (f.Ne == nil || !among(*f.Ne)) && (f.In == nil || among(f.In...)) &&
		(f.NotIn == nil || !among(f.NotIn...)) && (f.Contains == nil || like(strings.Contains, *f.Contains)) &&
		(f.StartsWith == nil || like(strings.HasPrefix, *f.StartsWith)) && (f.IsNull == nil || *f.IsNull == (len(values) == 0))
}

func meetsTime(f *query.TimeFilter, at time.Time) bool {
	known := !at.IsZero()
	return (f.Gt == nil || known && at.After(*f.Gt)) && (f.Gte == nil || known && !at.Before(*f.Gte)) &&
		(f.Lt == nil || known && at.Before(*f.Lt)) && (f.Lte == nil || known && !at.After(*f.Lte)) &&
		(f.IsNull == nil || *f.IsNull == !known)
}

// TestFiltersFindWhatTheyMean asks the database for the issues of any filter, and finds those that
// meet it by the words of the schema: in every order, on pages of any size, read from both ends.
func TestFiltersFindWhatTheyMean(t *testing.T) {
	t.Parallel()
	r := newReading(t)
	r.seed.User(1, "ann", "Ann Archer")
	r.seed.User(1, "bob", "Bob Baker")
	r.seed.User(2, "ann", "Another Ann")
	issues := anyIssues(300)
	r.seed.Issues(issues...)
	rapid.Check(t, func(rt *rapid.T) {
		where := anyFilter(rt, 3)
		order := []query.IssueOrder{{
			By:        rapid.SampledFrom([]query.IssueOrderField{query.ByUpdated, query.ByResolved, query.ByDue, query.ByKey, query.ByStatus}).Draw(rt, "by"),
			Direction: rapid.SampledFrom([]query.OrderDirection{query.Ascending, query.Descending}).Draw(rt, "direction"),
		}}
		want := []string{}
		sorted := slices.Clone(issues)
		slices.SortFunc(sorted, func(a, b seed.Issue) int { return compare(a, b, order) })
		for _, i := range sorted {
			if meets(where, i) {
				want = append(want, fmt.Sprintf("%d/%s", i.Instance, i.Key))
			}
		}
		most := 500
		l := query.IssueList{Scope: query.Everything(), Where: where, OrderBy: order, Page: query.PageArgs{First: &most}}
		page := r.list(l, db.IssueWants{Total: true})
		total, err := page.TotalCount()
		require.NoError(rt, err)
		require.Equal(rt, want, keysOf(page))
		require.Equal(rt, len(want), *total)

		if size := rapid.IntRange(20, 60).Draw(rt, "size"); len(want) > size {
			l.Page = query.PageArgs{Last: &size}
			require.Equal(rt, want[len(want)-size:], keysOf(r.list(l, db.IssueWants{})))
			l.Page = query.PageArgs{First: &size}
			first := r.list(l, db.IssueWants{})
			l.Page.After = first.PageInfo().EndCursor
			second := r.list(l, db.IssueWants{})
			require.Equal(rt, want[:min(2*size, len(want))], append(keysOf(first), keysOf(second)...))
		}
	})
}
