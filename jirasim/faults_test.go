package jirasim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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

// try sends a request that may fail, and returns what arrived of the answer.
func (s *site) try(path string) (*http.Response, []byte, error) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), "GET", s.url+path, nil)
	require.NoError(s.t, err)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}

func TestRulesMeetTheNextRequestsOfTheirPath(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 50})
	s.Faults().Add(jirasim.Rule{Path: "/rest/api/3/myself", After: 1, Next: 2, Status: 503, RetryAfter: "7"})
	var statuses []int
	for range 4 {
		resp, _, err := s.try("/rest/api/3/myself")
		require.NoError(t, err)
		statuses = append(statuses, resp.StatusCode)
		if resp.StatusCode == 503 {
			require.Equal(t, "7", resp.Header.Get("Retry-After"))
		}
	}
	require.Equal(t, []int{200, 503, 503, 200}, statuses)
	status, _ := s.ask("GET", "/rest/api/3/serverInfo", "")
	require.Equal(t, 200, status)
	require.Empty(t, s.Faults().Rules(), "it has met all it should")
	require.Equal(t, 4, s.Faults().Requests()["GET /rest/api/3/myself"])
}

func TestRuleOfOneEndpointLeavesTheOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 50})
	busy := jirasim.TooManyRequests(0, "7")
	busy.Endpoint = "GET /rest/api/3/issue/{}/worklog"
	s.Faults().Add(busy)
	id := int64(0)
	for one := range s.Live {
		id = one
	}
	for path, want := range map[string]int{"": 200, "/comment": 200, "/worklog": 429, "/changelog": 200} {
		status, _ := s.ask("GET", fmt.Sprintf("/rest/api/3/issue/%d%s", id, path), "")
		require.Equal(t, want, status, path)
	}
}

func TestRuleMayAddHeadersAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 10})
	s.Faults().Add(jirasim.Rule{Headers: map[string]string{"RateLimit": `"global-app-quota";r=7;t=60`}})
	resp, body, err := s.try("/rest/api/3/myself")
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, `"global-app-quota";r=7;t=60`, resp.Header.Get("RateLimit"))
	require.Contains(t, string(body), "timeZone")
}

func TestThrottling(t *testing.T) {
	t.Parallel()
	for _, retryAfter := range []string{"", "0", "7", "3600"} {
		s := newSite(t, jirasim.Options{Issues: 10})
		s.Faults().Add(jirasim.TooManyRequests(1, retryAfter))
		resp, body, err := s.try("/rest/api/3/myself")
		require.NoError(t, err)
		require.Equal(t, 429, resp.StatusCode)
		require.Equal(t, retryAfter, resp.Header.Get("Retry-After"))
		require.Equal(t, "jira-burst-based", resp.Header.Get("RateLimit-Reason"))
		require.Contains(t, string(body), "errorMessages")
	}
}

func TestAnswersAreDamaged(t *testing.T) {
	t.Parallel()
	for cut, outcome := range map[string]func(*testing.T, *http.Response, []byte, error){
		jirasim.CutReset: func(t *testing.T, _ *http.Response, _ []byte, err error) { require.Error(t, err) },
		jirasim.CutTruncate: func(t *testing.T, resp *http.Response, body []byte, err error) {
			require.NoError(t, err)
			require.Equal(t, 200, resp.StatusCode)
			require.NotEmpty(t, body)
			require.False(t, json.Valid(body))
		},
		jirasim.CutHTML: func(t *testing.T, resp *http.Response, body []byte, err error) {
			require.NoError(t, err)
			require.Equal(t, 200, resp.StatusCode)
			require.Contains(t, string(body), "<html>")
		},
		jirasim.CutSilence: func(t *testing.T, _ *http.Response, _ []byte, err error) { require.ErrorIs(t, err, io.EOF) },
		jirasim.CutSlow: func(t *testing.T, _ *http.Response, body []byte, err error) {
			require.NoError(t, err)
			require.True(t, json.Valid(body))
		},
	} {
		t.Run(cut, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, jirasim.Options{Issues: 50})
			s.Faults().Add(jirasim.Rule{Next: 1, Cut: cut, Hold: 20 * time.Millisecond})
			resp, body, err := s.try("/rest/api/3/field")
			outcome(t, resp, body, err)
			_, body, err = s.try("/rest/api/3/field")
			require.NoError(t, err)
			require.True(t, json.Valid(body))
		})
	}
}

func TestLatencyEndsWithTheClient(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 10, Rules: []jirasim.Rule{{Latency: time.Hour, Jitter: time.Minute}}})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", s.url+"/rest/api/3/myself", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		resp.Body.Close()
	}
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestTheIndexLagsBehindReadsByID(t *testing.T) {
	t.Parallel()
	for _, flavor := range []jirasim.Flavor{jirasim.Cloud, jirasim.DataCenter} {
		now := epoch.Add(time.Hour)
		s := newSite(t, jirasim.Options{Flavor: flavor, Issues: 200, Now: func() time.Time { return now }})
		before := s.times()
		s.Faults().Update(func(f *jirasim.Settings) { f.IndexLag = 4 * time.Minute })
		created := s.Create(s.ProjectKeys()[0])
		edited, deleted, moved := before[3], before[7], before[11]
		require.True(t, s.Edit(edited.id))
		require.NotEmpty(t, s.Delete(deleted.id))
		require.True(t, s.Move(moved.id, s.ProjectKeys()[2]))
		since := "updated >= " + strconv.FormatInt(now.UnixMilli()-1, 10)

		require.Equal(t, before, s.times(), "search sees nothing of it yet")
		require.Empty(t, s.all(since, ""))
		status, _ := s.ask("GET", "/rest/api/2/issue/"+strconv.FormatInt(created, 10), "")
		require.Equal(t, 200, status, "reads by id see it at once")
		status, _ = s.ask("GET", "/rest/api/2/issue/"+deleted.key, "")
		require.Equal(t, 404, status)

		now = now.Add(5 * time.Minute)
		found := ids(s.all(since, ""))
		require.Contains(t, found, strconv.FormatInt(created, 10))
		require.Contains(t, found, strconv.FormatInt(edited.id, 10))
		require.NotContains(t, ids(s.all("created >= 0", "")), strconv.FormatInt(deleted.id, 10))
		require.Len(t, s.times(), s.Count())
	}
}

func TestHowSearchCanMislead(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 300})
	all := "created >= 0 ORDER BY created ASC"
	want := ids(s.all(all, ""))
	set := func(change func(*jirasim.Settings)) {
		s.Faults().Clear()
		s.Faults().Update(change)
	}

	set(func(f *jirasim.Settings) { f.FlickerEvery = 10 })
	require.Len(t, s.all(all, "maxResults=300"), 270)
	once, again := ids(s.all(all, "maxResults=300")), ids(s.all(all, "maxResults=300"))
	require.NotEqual(t, once, again, "others are missing each time")

	lost, err := strconv.ParseInt(want[7], 10, 64)
	require.NoError(t, err)
	set(func(f *jirasim.Settings) { f.Unlisted = []int64{lost} })
	require.Equal(t, slices.Concat(want[:7], want[8:]), ids(s.all(all, "")))
	require.Equal(t, map[string]int{"count": 300}, post[map[string]int](s, "/rest/api/3/search/approximate-count", `{"jql":"created >= 0"}`))

	set(func(f *jirasim.Settings) { f.EmptyPages = true })
	require.Equal(t, want, ids(s.all(all, "")))
	first := get[page](s, everything)
	require.Empty(t, get[page](s, everything+"&nextPageToken="+url.QueryEscape(first.NextPageToken)).Issues)

	set(func(f *jirasim.Settings) { f.ShortPages, f.NoIsLast = true, true })
	first = get[page](s, everything)
	require.Len(t, first.Issues, 33)
	require.Nil(t, first.IsLast)

	set(func(f *jirasim.Settings) { f.RepeatToken = true })
	first = get[page](s, everything)
	second := get[page](s, everything+"&nextPageToken="+url.QueryEscape(first.NextPageToken))
	require.Equal(t, first.NextPageToken, second.NextPageToken)

	set(func(f *jirasim.Settings) { f.RepeatIssue = true })
	first = get[page](s, everything)
	second = get[page](s, everything+"&nextPageToken="+url.QueryEscape(first.NextPageToken))
	require.Equal(t, first.Issues[49].ID, second.Issues[0].ID)

	set(func(f *jirasim.Settings) { f.PageCap = 17 })
	require.Len(t, get[page](s, everything).Issues, 17)

	set(func(f *jirasim.Settings) { f.ClockSkew = time.Hour })
	resp, _, err := s.try("/rest/api/3/myself")
	require.NoError(t, err)
	date, err := http.ParseTime(resp.Header.Get("Date"))
	require.NoError(t, err)
	require.Greater(t, time.Until(date), 50*time.Minute)
}

func TestWhatIsHiddenIsNotInTheTruth(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 300})
	list, key := s.times(), s.ProjectKeys()[0]
	require.True(t, s.HideProject(key))
	shown := 0
	for _, one := range list {
		if one.project != key {
			shown++
			continue
		}
		status, _ := s.ask("GET", "/rest/api/3/issue/"+one.key, "")
		require.Equal(t, 404, status)
	}
	require.Equal(t, shown, s.Count())
	require.Len(t, truthOf(s.Sim), shown)
	require.Len(t, s.all("created >= 0", ""), shown)
	status, _ := s.ask("GET", "/rest/api/3/search/jql?jql="+url.QueryEscape(`project = "`+key+`"`), "")
	require.Equal(t, 400, status)
	require.NotContains(t, jsonText(get[map[string]any](s, "/rest/api/3/project/search")), `"key":"`+key+`"`)
	require.True(t, s.ShowProject(key))
	require.Equal(t, 300, s.Count())

	fields := get[[]fieldRow](s, "/rest/api/3/field")
	hidden := fields[len(fields)-1].ID
	s.Faults().Update(func(f *jirasim.Settings) { f.HiddenFields = []string{hidden, "summary"} })
	require.Len(t, get[[]fieldRow](s, "/rest/api/3/field"), len(fields)-2)
	truth := map[string][32]byte{}
	for _, one := range truthOf(s.Sim) {
		truth[one.Key] = one.FieldsHash
	}
	for _, one := range s.all("created >= 0", "fields=*all&maxResults=100") {
		require.NotContains(t, string(one.Fields), `"`+hidden+`"`)
		require.Equal(t, truth[one.Key], hash(t, string(one.Fields)))
	}
}

func TestFaultsAreSwitchedOverHTTP(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 50})
	told := `{"settings":{"indexLag":"4m0s","flickerEvery":9,"hiddenFields":["summary"]},"rules":[{"path":"/rest/api/3/field","next":1,"status":502,"latency":"1ms"}]}`
	answer := post[map[string]any](s, "/_sim/faults", told)
	require.JSONEq(t, told, jsonText(answer))
	require.Equal(t, 4*time.Minute, s.Faults().Settings().IndexLag)
	status, _ := s.ask("GET", "/rest/api/3/field", "")
	require.Equal(t, 502, status)
	post[map[string]any](s, "/_sim/faults", `{"settings":{"pageCap":3}}`)
	require.Equal(t, 9, s.Faults().Settings().FlickerEvery, "what is not named stays")
	post[map[string]any](s, "/_sim/faults", `{"clear":true,"settings":{"pageCap":4}}`)
	require.Equal(t, jirasim.Settings{PageCap: 4}, s.Faults().Settings())
	for _, bad := range []string{`{`, `{"settings":{"indexLag":"soon"}}`, `{"rules":[{"cut":"off"}]}`, `{"rules":[{"status":42}]}`, `{"rules":[{"hold":"x"}]}`} {
		status, _ := s.ask("POST", "/_sim/faults", bad)
		require.Equal(t, 400, status, bad)
	}
	require.Len(t, post[map[string][]int64](s, "/_sim/touch?n=7", "")["ids"], 7)
	_, lines := s.ask("GET", "/_sim/truth", "")
	require.Equal(t, 50, strings.Count(string(lines), "\n"))
	require.InEpsilon(t, 50, get[map[string]any](s, "/_sim/info")["issues"], 0.001)
	require.NotEmpty(t, get[map[string]int](s, "/_sim/requests"))
}

func TestPoisonedIssuesAreWhatTheyShouldBe(t *testing.T) {
	t.Parallel()
	s := newSite(t, jirasim.Options{Issues: 60})
	list := s.times()
	all := ""
	for kind := range 10 {
		for n := range 5 {
			require.True(t, s.Poison(list[kind*5+n].id, kind))
			all += string(s.Fields(list[kind*5+n].id))
		}
	}
	for _, trap := range []string{
		`\u0000`, `\ud83d in`, `"summary":null`, "megabytes of text", `13:47Z"`, `"duedate":""`, `"nobody"`, "3600.0",
		"31/Dec/9999", "9007199254740993", "123456789012345678901234567890.10", `"labels":["last"]`, `"not an object"`, `{"a":[]}`,
	} {
		require.Contains(t, all, trap)
	}
}
