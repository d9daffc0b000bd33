package jirasim_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/jirasim"
)

func ids(issues []issue) []string {
	list := make([]string, len(issues))
	for i := range issues {
		list[i] = issues[i].ID
	}
	return list
}

// times are what a query can ask about, read from the documents.
type times struct {
	id               int64
	key, project     string
	created, updated int64
}

func (s *site) times() (list []times) {
	s.t.Helper()
	for _, one := range s.all("created >= 0 ORDER BY created ASC", "fields=created,updated") {
		var f struct{ Created, Updated string }
		decode(s.t, one.Fields, &f)
		id, err := strconv.ParseInt(one.ID, 10, 64)
		require.NoError(s.t, err)
		project, _, _ := strings.Cut(one.Key, "-")
		list = append(list, times{id, one.Key, project, millis(s.t, f.Created), millis(s.t, f.Updated)})
	}
	return list
}

func millis(t *testing.T, text string) int64 {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04:05.000-0700", text)
	require.NoError(t, err)
	return at.UnixMilli()
}

func TestQueriesFindWhatTheyAskFor(t *testing.T) {
	t.Parallel()
	for _, flavor := range []jirasim.Flavor{jirasim.Cloud, jirasim.DataCenter} {
		t.Run(string(flavor), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, jirasim.Options{Flavor: flavor, Issues: 2500, TimeZone: "America/New_York"})
			s.Touch(40)
			moved := s.Touch(1)[0]
			require.True(t, s.Move(moved, s.ProjectKeys()[1]))
			all := s.times()
			require.Len(t, all, s.Count())
			a, b := s.ProjectKeys()[0], s.ProjectKeys()[1]
			mid := all[len(all)/2+slices.IndexFunc(all[len(all)/2:], func(i times) bool { return i.updated < epoch.UnixMilli() })]
			local := time.Date(2026, 7, 1, 14, 30, 0, 0, zone(t, "America/New_York"))
			for jql, want := range map[string]func(times) bool{
				fmt.Sprintf(`project = %q`, a):                  func(i times) bool { return i.project == a },
				fmt.Sprintf(`project in (%q, '%s')`, a, b):      func(i times) bool { return i.project == a || i.project == b },
				fmt.Sprintf(`NOT project = %q`, a):              func(i times) bool { return i.project != a },
				fmt.Sprintf(`project not in (%q)`, a):           func(i times) bool { return i.project != a },
				fmt.Sprintf(`project = %q`, b):                  func(i times) bool { return i.project == b },
				fmt.Sprintf(`created >= %d`, mid.created):       func(i times) bool { return i.created >= mid.created },
				fmt.Sprintf(`created > %d`, mid.created):        func(i times) bool { return i.created > mid.created },
				fmt.Sprintf(`created < %d`, mid.created):        func(i times) bool { return i.created < mid.created },
				fmt.Sprintf(`created <= %d`, mid.created):       func(i times) bool { return i.created <= mid.created },
				fmt.Sprintf(`updated >= %d`, mid.updated):       func(i times) bool { return i.updated >= mid.updated },
				fmt.Sprintf(`updated > %d`, mid.updated):        func(i times) bool { return i.updated > mid.updated },
				fmt.Sprintf(`updated < %d`, mid.updated):        func(i times) bool { return i.updated < mid.updated },
				`updated >= "2026-07-01 14:30"`:                 func(i times) bool { return i.updated >= local.UnixMilli() },
				`updated >= "2026/07/01 14:30" AND created > 0`: func(i times) bool { return i.updated >= local.UnixMilli() },
				fmt.Sprintf(`id = %d`, mid.id):                  func(i times) bool { return i.id == mid.id },
				fmt.Sprintf(`id in (%d, %d)`, mid.id, moved):    func(i times) bool { return i.id == mid.id || i.id == moved },
				fmt.Sprintf(`id > %d`, mid.id):                  func(i times) bool { return i.id > mid.id },
				fmt.Sprintf(`key = %s`, mid.key):                func(i times) bool { return i.id == mid.id },
				fmt.Sprintf(`issuekey in ("%s")`, mid.key):      func(i times) bool { return i.id == mid.id },
				fmt.Sprintf(`project = %q AND (created < %d OR updated >= %d) AND NOT id = %d`, a, mid.created, mid.updated, mid.id): func(i times) bool {
					return i.project == a && (i.created < mid.created || i.updated >= mid.updated) && i.id != mid.id
				},
			} {
				var expected []string
				for _, i := range all {
					if want(i) {
						expected = append(expected, strconv.FormatInt(i.id, 10))
					}
				}
				require.NotEmpty(t, expected, jql)
				found := ids(s.all(jql+" ORDER BY created ASC, id ASC", "fields=created&maxResults=97"))
				require.True(t, slices.Equal(expected, found), "%s: %d of %d", jql, len(found), len(expected))
			}
		})
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	at, err := time.LoadLocation(name)
	require.NoError(t, err)
	return at
}

func TestPagesFollowEveryOrder(t *testing.T) {
	t.Parallel()
	for _, flavor := range []jirasim.Flavor{jirasim.Cloud, jirasim.DataCenter} {
		t.Run(string(flavor), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, jirasim.Options{Flavor: flavor, Issues: 6000})
			s.Touch(300)
			all := s.times()
			require.Len(t, all, 6000)
			cmpKey := func(a, b times) int {
				if a.project != b.project {
					return strings.Compare(a.project, b.project)
				}
				return number(a.key) - number(b.key)
			}
			for order, compare := range map[string]func(a, b times) int{
				"created ASC, key ASC":       func(a, b times) int { return or(a.created-b.created, cmpKey(a, b)) },
				"created DESC, key DESC":     func(a, b times) int { return or(b.created-a.created, cmpKey(b, a)) },
				"updated ASC, created ASC":   func(a, b times) int { return or(a.updated-b.updated, int(a.created-b.created)) },
				"updated DESC, issuekey ASC": func(a, b times) int { return or(b.updated-a.updated, cmpKey(a, b)) },
				"id DESC":                    func(a, b times) int { return int(b.id - a.id) },
				"key":                        cmpKey,
			} {
				sorted := slices.Clone(all)
				slices.SortStableFunc(sorted, compare)
				want := make([]string, len(sorted))
				for i := range sorted {
					want[i] = strconv.FormatInt(sorted[i].id, 10)
				}
				found := ids(s.all("created >= 0 ORDER BY "+order, "fields=created&maxResults=700"))
				require.True(t, slices.Equal(want, found), order)
			}
		})
	}
}

func or(first int64, then int) int {
	if first != 0 {
		return int(first>>63) | 1
	}
	return then
}

func number(key string) int {
	_, text, _ := strings.Cut(key, "-")
	n, _ := strconv.Atoi(text)
	return n
}

func TestMoreIssuesThanAPageShareOneInstant(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 6000})
	most, run := 0, 0
	var last int64
	for _, i := range s.times() {
		if i.created != last {
			run = 0
		}
		run++
		last, most = i.created, max(most, run)
	}
	require.Greater(t, most, 100)
}

func TestQueriesThatJiraRefuses(t *testing.T) {
	t.Parallel()
	for _, flavor := range []jirasim.Flavor{jirasim.Cloud, jirasim.DataCenter} {
		s := newSite(t, jirasim.Options{Flavor: flavor, Issues: 100})
		for jql, message := range map[string]string{
			`project = "NOPE"`:                            "The value 'NOPE' does not exist for the field 'project'.",
			`project = CF`:                                "reserved JQL word",
			`id = 999999999`:                              "does not exist for field 'id'",
			`nonsense = 1`:                                "Field 'nonsense' does not exist",
			`this is not jql`:                             "Expecting operator",
			`created >= yesterday`:                        "is invalid",
			`created >=`:                                  "Expecting",
			`created in (1)`:                              "not supported",
			`project > "OPS"`:                             "not supported",
			`created >= 0 ORDER BY rank`:                  "Not able to sort",
			`created >= 0 ORDER created`:                  "Expecting 'by'",
			`(created >= 0`:                               "Expecting ')'",
			`created >= 0 created`:                        "Expecting either 'OR' or 'AND'",
			`project = "OPS`:                              "has not been completed",
			`project in "OPS"`:                            "Expecting '('",
			`project in ("OPS"`:                           "Expecting ')'",
			strings.Repeat("(", 500) + `created>=0`:       "nested too deeply",
			`created>=0 ORDER BY id,id,id,id,id,id,id,id`: "more than 7",
		} {
			status, body := s.ask("GET", s.flavorPath()+"jql="+url.QueryEscape(jql), "")
			require.Equal(t, 400, status, jql)
			var answer struct {
				ErrorMessages []string
				Errors        map[string]any
			}
			decode(t, body, &answer)
			require.Len(t, answer.ErrorMessages, 1, jql)
			require.Contains(t, answer.ErrorMessages[0], message, jql)
			require.NotNil(t, answer.Errors)
		}
	}
}

func TestATokenOfAnotherQueryIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{})
	first := get[page](s, "/rest/api/3/search/jql?jql=created+%3E+0&maxResults=5")
	for _, path := range []string{
		"?jql=updated+%3E+0&nextPageToken=" + url.QueryEscape(first.NextPageToken),
		"?jql=created+%3E+0&nextPageToken=nonsense",
		"?jql=created+%3E+0&nextPageToken=bm9uc2Vuc2U=",
		"?jql=created+%3E+0&nextPageToken=" + url.QueryEscape(forged(first.NextPageToken)),
	} {
		status, _ := s.ask("GET", "/rest/api/3/search/jql"+path, "")
		require.Equal(t, 400, status, path)
	}
	for _, token := range []string{"nonsense", base64.StdEncoding.EncodeToString([]byte("-1 -1"))} {
		status, _ := s.ask("POST", "/rest/api/3/changelog/bulkfetch", `{"issueIdsOrKeys":["10001"],"nextPageToken":"`+token+`"}`)
		require.Equal(t, 400, status, token)
	}
}

// forged is a token that names an issue beyond the last.
func forged(token string) string {
	text, _ := base64.StdEncoding.DecodeString(token)
	parts := strings.Fields(string(text))
	parts[2] = "99999999"
	return base64.StdEncoding.EncodeToString([]byte(strings.Join(parts, " ")))
}

func TestIssuesThatChangeBetweenPagesAreNotLostByCreation(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 900})
	want := ids(s.all("created >= 0 ORDER BY created ASC", ""))
	var found []string
	tail := ""
	for {
		p := get[page](s, "/rest/api/3/search/jql?maxResults=50&fields=key,updated&jql="+url.QueryEscape("created >= 0 ORDER BY created ASC")+tail)
		found = append(found, ids(p.Issues)...)
		if p.NextPageToken == "" {
			break
		}
		s.Touch(20)
		tail = "&nextPageToken=" + url.QueryEscape(p.NextPageToken)
	}
	require.Equal(t, want, found)
}
