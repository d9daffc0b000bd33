package jirasim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/jirasim"
)

func decode(t *testing.T, text []byte, to any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(text, to), "%s", text)
}

const everything = "/rest/api/3/search/jql?jql=created+%3E%3D+0"

func TestCloudSearchIsNotWhatItWas(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 6000})
	for _, path := range []string{"/rest/api/3/search?jql=created>0", "/rest/api/2/search"} {
		status, body := s.ask("GET", strings.ReplaceAll(path, ">", "%3E"), "")
		require.Equal(t, 410, status)
		require.Contains(t, string(body), "CHANGE-2046")
	}
	status, body := s.ask("GET", "/rest/api/3/search/jql?jql=ORDER+BY+key", "")
	require.Equal(t, 400, status)
	require.Contains(t, string(body), "Unbounded JQL")

	p := get[map[string]json.RawMessage](s, everything)
	require.NotContains(t, p, "total")
	require.NotContains(t, p, "startAt")
	first := get[page](s, everything)
	require.Len(t, first.Issues, 50, "the default page")
	require.Nil(t, first.Issues[0].Fields, "only ids unless fields are asked for")
	require.Len(t, get[page](s, everything+"&maxResults=9999").Issues, 5000)
	require.Len(t, get[page](s, everything+"&maxResults=9999&fields=*all").Issues, 100)
	last := get[page](s, everything+"&maxResults=5000&nextPageToken="+url.QueryEscape(get[page](s, everything+"&maxResults=5000").NextPageToken))
	require.Empty(t, last.NextPageToken)
	require.Len(t, last.Issues, 1000)
	require.Equal(t, map[string]int{"count": 6000}, post[map[string]int](s, "/rest/api/3/search/approximate-count", `{"jql":"created >= 0"}`))
}

func TestTextsAreDocumentsInV3AndWikiInV2(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 100})
	isObject := func(path string) bool {
		for _, one := range get[page](s, path+"/search/jql?jql=created+%3E%3D+0&fields=description&maxResults=100").Issues {
			var f struct{ Description json.RawMessage }
			decode(t, one.Fields, &f)
			if string(f.Description) != "null" {
				return f.Description[0] == '{'
			}
		}
		return false
	}
	require.True(t, isObject("/rest/api/3"))
	require.False(t, isObject("/rest/api/2"))
}

func TestBulkFetchLeavesOutWhatIsGoneInSilence(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 300})
	list := s.times()
	moved, gone, archived := list[10], list[20], list[30]
	require.True(t, s.Move(moved.id, s.ProjectKeys()[2]))
	require.NotEmpty(t, s.Delete(gone.id))
	require.True(t, s.Archive(archived.id))
	asked := fmt.Sprintf(`{"issueIdsOrKeys":["%s","%d","%d","999999","NOPE-1","%d"],"fields":["archiveddate"]}`,
		strings.ToLower(moved.key), gone.id, archived.id, list[5].id)
	p := post[struct {
		Issues      []issue
		IssueErrors []any
	}](s, "/rest/api/3/issue/bulkfetch", asked)
	require.Empty(t, p.IssueErrors)
	require.Equal(t, []string{strconv.FormatInt(list[5].id, 10), strconv.FormatInt(moved.id, 10), strconv.FormatInt(archived.id, 10)}, ids(p.Issues))
	require.True(t, strings.HasPrefix(p.Issues[1].Key, s.ProjectKeys()[2]+"-"), "under its new key")
	require.Contains(t, string(p.Issues[2].Fields), `"archiveddate":"`)
	require.NotContains(t, ids(s.all("created >= 0", "")), strconv.FormatInt(archived.id, 10))

	many := `["1"` + strings.Repeat(`,"1"`, 100) + `]`
	status, _ := s.ask("POST", "/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":`+many+`}`)
	require.Equal(t, 400, status)
	status, _ = s.ask("GET", fmt.Sprintf("/rest/api/3/issue/%d", gone.id), "")
	require.Equal(t, 404, status)
	require.Equal(t, strconv.FormatInt(moved.id, 10), get[issue](s, "/rest/api/3/issue/"+moved.key+"?fields=key").ID)
}

func TestCutListsCanBeRefilled(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 100})
	id := s.first()
	require.True(t, s.Pile(id, 250, 90, 70))
	var truth jirasim.Truth
	for truth = range s.Truth {
		break
	}
	require.Greater(t, len(truth.ChangelogIDs), 249)

	self := fmt.Sprintf("/rest/api/3/issue/%d", id)
	one := get[issue](s, self+"?expand=changelog")
	require.Len(t, one.Changelog.Histories, 40)
	require.Equal(t, len(truth.ChangelogIDs), one.Changelog.Total)
	require.Equal(t, strconv.FormatInt(truth.ChangelogIDs[len(truth.ChangelogIDs)-1], 10), one.Changelog.Histories[0].ID, "newest first")
	var f struct {
		Comment, Worklog struct {
			Total              int
			Comments, Worklogs []any
		}
	}
	decode(t, one.Fields, &f)
	require.Len(t, f.Comment.Comments, 20)
	require.Equal(t, len(truth.CommentIDs), f.Comment.Total)
	require.Len(t, f.Worklog.Worklogs, 20)
	require.Equal(t, len(truth.WorklogIDs), f.Worklog.Total)

	type entries struct {
		Total                      int
		Values, Comments, Worklogs []struct{ ID string }
	}
	collect := func(path string, of func(entries) []struct{ ID string }) (found []int64) {
		for {
			p := get[entries](s, fmt.Sprintf("%s?maxResults=40&startAt=%d", path, len(found)))
			for _, entry := range of(p) {
				n, _ := strconv.ParseInt(entry.ID, 10, 64)
				found = append(found, n)
			}
			if len(found) >= p.Total {
				return found
			}
		}
	}
	require.Equal(t, truth.ChangelogIDs, collect(self+"/changelog", func(e entries) []struct{ ID string } { return e.Values }))
	require.Equal(t, truth.CommentIDs, collect(self+"/comment", func(e entries) []struct{ ID string } { return e.Comments }))
	require.Equal(t, truth.WorklogIDs, collect(self+"/worklog", func(e entries) []struct{ ID string } { return e.Worklogs }))
}

func TestBulkChangelogPagesSplitIssues(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 40})
	require.True(t, s.Pile(s.first(), 30, 0, 0))
	want, all := map[string][]int64{}, []string{}
	for one := range s.Truth {
		id := strconv.FormatInt(one.ID, 10)
		all = append(all, id)
		if len(one.ChangelogIDs) > 0 {
			want[id] = one.ChangelogIDs
		}
	}
	found, token := map[string][]int64{}, ""
	for range 1000 {
		p := post[struct {
			IssueChangeLogs []struct {
				IssueID         string
				ChangeHistories []struct{ ID string }
			}
			NextPageToken string
		}](s, "/rest/api/3/changelog/bulkfetch", `{"maxResults":7,"nextPageToken":`+jsonText(token)+`,"issueIdsOrKeys":`+jsonText(all)+`}`)
		for _, log := range p.IssueChangeLogs {
			for _, h := range log.ChangeHistories {
				n, _ := strconv.ParseInt(h.ID, 10, 64)
				found[log.IssueID] = append(found[log.IssueID], n)
			}
		}
		if token = p.NextPageToken; token == "" {
			break
		}
	}
	require.Equal(t, want, found)

	only := post[map[string]json.RawMessage](s, "/rest/api/3/changelog/bulkfetch", `{"fieldIds":["status"],"issueIdsOrKeys":`+jsonText(all)+`}`)
	require.Contains(t, string(only["issueChangeLogs"]), `"fieldId":"status"`)
	require.NotContains(t, string(only["issueChangeLogs"]), `"fieldId":"assignee"`)
}

func TestDataCenterPagesByOffsetWithTotals(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Flavor: jirasim.DataCenter, Issues: 2300})
	p := get[page](s, "/rest/api/2/search?jql=&maxResults=9999&startAt=1500&fields=key")
	require.Equal(t, 2300, p.Total)
	require.Equal(t, 1000, p.MaxResults)
	require.Equal(t, 1500, p.StartAt)
	require.Len(t, p.Issues, 800)
	for _, path := range []string{
		"/rest/api/2/search/jql?jql=x", "/rest/api/2/project/search", "/rest/api/2/issue/" + p.Issues[0].ID + "/changelog", "/rest/api/3/myself",
	} {
		status, _ := s.ask("GET", path, "")
		require.Equal(t, 404, status, path)
	}
	all := get[issue](s, "/rest/api/2/issue/"+p.Issues[0].Key)
	require.Contains(t, string(all.Fields), `"worklog"`)
	navigable := get[page](s, "/rest/api/2/search?maxResults=1").Issues[0]
	require.NotContains(t, string(navigable.Fields), `"worklog"`, "worklogs are not navigable")
	require.Len(t, post[page](s, "/rest/api/2/search", `{"jql":"created >= 0","maxResults":7,"fields":["summary"]}`).Issues, 7)
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Username: "me@example.com", Token: "secret"})
	for name, tt := range map[string]struct {
		set    func(*http.Request)
		path   string
		status int
	}{
		"none":              {func(*http.Request) {}, "/rest/api/3/myself", 401},
		"basic":             {func(r *http.Request) { r.SetBasicAuth("me@example.com", "secret") }, "/rest/api/3/myself", 200},
		"basic, other name": {func(r *http.Request) { r.SetBasicAuth("you@example.com", "secret") }, "/rest/api/3/myself", 401},
		"bearer":            {func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret") }, "/ex/jira/" + s.CloudID() + "/rest/api/3/myself", 200},
		"wrong bearer":      {func(r *http.Request) { r.Header.Set("Authorization", "Bearer other") }, "/rest/api/3/myself", 401},
		"server info":       {func(*http.Request) {}, "/jira/rest/api/2/serverInfo", 200},
		"tenant":            {func(*http.Request) {}, "/_edge/tenant_info", 200},
		"own switches":      {func(*http.Request) {}, "/_sim/info", 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), "GET", s.url+tt.path, nil)
			require.NoError(t, err)
			tt.set(r)
			resp, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, tt.status, resp.StatusCode)
		})
	}
}

type fieldRow struct {
	ID, Name string
	Custom   bool
	Schema   *struct{ Type, Items, Custom string }
}

func TestTheTwoInstancesNameTheSameFieldsByOtherIDs(t *testing.T) {
	t.Parallel()
	cloud := get[[]fieldRow](newSite(t, jirasim.Options{Issues: 10}), "/rest/api/3/field")
	dc := get[[]fieldRow](newSite(t, jirasim.Options{Issues: 10, Flavor: jirasim.DataCenter}), "/rest/api/2/field")
	require.Len(t, cloud, 271)
	require.Len(t, dc, 265)
	byName := map[string][]string{}
	for _, f := range cloud {
		if f.Custom {
			byName[f.Name] = append(byName[f.Name], f.ID)
		}
	}
	require.Len(t, byName["Customer"], 2, "two fields of one name")
	shared := 0
	names := map[string]int{}
	for _, f := range dc {
		names[f.Name]++
		if !f.Custom || byName[f.Name] == nil {
			continue
		}
		shared++
		require.NotContains(t, byName[f.Name], f.ID, f.Name)
	}
	require.Greater(t, shared, 150)
	require.Equal(t, 2, names["Release Train"])
	for _, name := range []string{"Story Points", "Team", "Severity", "Target Date", "Region", "Sprint", "Epic Link"} {
		require.Len(t, byName[name], 1, name)
		require.Equal(t, 1, names[name], name)
	}
}

func TestWorklogsAreToldButNotThoseOfTheLastMinute(t *testing.T) {
	t.Parallel()
	now := epoch
	s := newSite(t, jirasim.Options{Issues: 900, Now: func() time.Time { return now }})
	id := s.first()
	since := now.UnixMilli()
	require.True(t, s.Pile(id, 0, 0, 30))
	type changes struct {
		Values   []struct{ WorklogID, UpdatedTime int64 }
		Until    int64
		LastPage bool
		NextPage string
	}
	path := fmt.Sprintf("/rest/api/2/worklog/updated?since=%d", since-1000*3600*24*365*5)
	told := func() (ids []int64) {
		next := path
		for {
			p := get[changes](s, next)
			for _, v := range p.Values {
				ids = append(ids, v.WorklogID)
			}
			if p.LastPage {
				return ids
			}
			require.Contains(t, p.NextPage, s.BaseURL(), "the site's own address, not the one asked")
			next = strings.TrimPrefix(p.NextPage, s.BaseURL())
		}
	}
	var want []int64
	for one := range s.Truth {
		want = append(want, one.WorklogIDs...)
	}
	require.Less(t, len(told()), len(want))
	now = now.Add(2 * time.Minute)
	found := told()
	slices.Sort(found)
	slices.Sort(want)
	require.Equal(t, want, slices.Compact(found))

	list := post[[]struct{ ID, IssueID string }](s, "/rest/api/2/worklog/list", `{"ids":`+jsonText(append(want[:50:50], want[len(want)-1], 5, 999_999_999))+`}`)
	require.Len(t, list, 51)
	require.Equal(t, strconv.FormatInt(id, 10), list[50].IssueID)

	require.NotEmpty(t, s.Delete(id))
	now = now.Add(2 * time.Minute)
	gone := get[changes](s, fmt.Sprintf("/rest/api/2/worklog/deleted?since=%d", since))
	require.Len(t, gone.Values, 30+len(want)-len(told())-30)
}

func TestSprints(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	dc := newSite(t, jirasim.Options{Flavor: jirasim.DataCenter, Issues: 4000})
	sprint := ""
	for _, f := range get[[]fieldRow](dc, "/rest/api/2/field") {
		if f.Name == "Sprint" {
			sprint = f.ID
		}
	}
	for _, one := range dc.all("created >= 0", "maxResults=1000&fields="+sprint) {
		var f map[string][]string
		decode(t, one.Fields, &f)
		for _, text := range f[sprint] {
			require.Regexp(t, `^com\.atlassian\.greenhopper\.service\.sprint\.Sprint@[0-9a-f]+\[.*\]$`, text)
			for _, trap := range []string{"goal=Ship the export, ", "name=[", " | Cleaner's week", ",completeDate=,", "completeDate=<null>", "state=CLOSED", "id="} {
				seen[trap] = seen[trap] || strings.Contains(text, trap)
			}
		}
	}
	for trap, met := range seen {
		require.True(t, met, trap)
	}
	boards := get[struct {
		Values []struct {
			ID   int
			Type string
		}
	}](dc, "/rest/agile/1.0/board")
	for _, board := range boards.Values {
		if board.Type == "scrum" {
			list := get[struct{ Values []struct{ State string } }](dc, fmt.Sprintf("/rest/agile/1.0/board/%d/sprint?maxResults=50&startAt=80", board.ID))
			require.NotEmpty(t, list.Values)
			return
		}
	}
	t.Fatal("no board has sprints")
}
