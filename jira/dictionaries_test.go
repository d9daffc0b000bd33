package jira

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// serving answers one path below the API's root with a fixed body.
func serving(t *testing.T, cloud bool, path, body string) *Client {
	f := newFake(t, cloud, 0)
	f.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
		if r.URL.Path == "/rest/api/2/"+path || r.URL.Path == "/rest/api/3/"+path {
			_, err := w.Write([]byte(body))
			require.NoError(t, err)
			return true
		}
		return false
	}
	return connect(t, f)
}

// X6: names of fields are not unique; only ids are.
func TestFieldsAreRead(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		client := serving(t, cloud, "field", `[
			{"id":"summary","key":"summary","name":"Summary","custom":false,"clauseNames":["summary"],"schema":{"type":"string","system":"summary"}},
			{"id":"customfield_1","name":"Sprint","custom":true,"schema":{"type":"array","items":"json","custom":"com.pyxis.greenhopper.jira:gh-sprint","customId":1}},
			{"id":"customfield_3","name":"Sprint","custom":true}, null, {"name":"without id"}]`)
		fields, err := client.Fields(t.Context())
		require.NoError(t, err)
		require.Len(t, fields, 3)
		require.Equal(t, Field{
			ID: "customfield_1", Name: "Sprint", Custom: true, SchemaType: "array", SchemaItems: "json",
			SchemaCustom: "com.pyxis.greenhopper.jira:gh-sprint", SchemaCustomID: 1,
		}, fields[1])
		require.True(t, client.special.Load().sprint["customfield_1"])
	})
}

func TestDictionariesKeepJirasOrder(t *testing.T) {
	t.Parallel()
	statuses, err := serving(t, true, "status", `[{"id":"1","name":"Open","statusCategory":{"key":"new"}},{"id":"2","name":"Done","statusCategory":{"key":"done"}},{"id":"3","name":"?","statusCategory":{"key":"undefined"}}]`).Statuses(t.Context())
	require.NoError(t, err)
	require.Equal(t, []Status{{ID: 1, Name: "Open", Category: "TODO", Rank: 1}, {ID: 2, Name: "Done", Category: "DONE", Rank: 2}, {ID: 3, Name: "?", Category: "UNKNOWN", Rank: 3}}, statuses)

	priorities, err := serving(t, false, "priority", `[{"id":"5","name":"High","iconUrl":"i"},{"id":"1","name":"Low"}]`).Priorities(t.Context())
	require.NoError(t, err)
	require.Equal(t, []Priority{{ID: 5, Name: "High", IconURL: "i", Rank: 1}, {ID: 1, Name: "Low", Rank: 2}}, priorities)

	types, err := serving(t, false, "issuetype", `[{"id":"5","name":"Bug"},{"id":"6","name":"Sub-task","subtask":true}]`).IssueTypes(t.Context())
	require.NoError(t, err)
	require.Equal(t, []IssueType{{ID: 5, Name: "Bug", Rank: 1}, {ID: 6, Name: "Sub-task", Subtask: true, Rank: 2}}, types)
}

// P8: fifty projects, because the second page was never asked for.
func TestCloudProjectsAreReadToTheEnd(t *testing.T) {
	t.Parallel()
	for name, sums := range map[string]map[string]any{
		"with a total": {"total": 130}, "with isLast": {"isLast": false}, "with neither": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, true, 0)
			f.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
				if r.URL.Path != "/rest/api/3/project/search" {
					return false
				}
				start, _ := strconv.Atoi(r.URL.Query().Get("startAt"))
				values := []any{}
				for i := start; i < min(start+50, 130); i++ {
					values = append(values, map[string]any{
						"id": strconv.Itoa(i + 1), "key": fmt.Sprint("P", i), "name": "N", "archived": i == 0,
						"lead": map[string]any{"accountId": "a"}, "projectCategory": map[string]any{"name": "C"},
						"insight": map[string]any{"totalIssueCount": 7, "lastIssueUpdateTime": "2024-01-02T03:04:05.000+0000"},
					})
				}
				answer := map[string]any{"values": values}
				for name, value := range sums {
					answer[name] = value
				}
				send(w, answer)
				return true
			}
			var projects []Project
			for p, err := range connect(t, f).Projects(t.Context()) {
				require.NoError(t, err)
				projects = append(projects, p)
			}
			require.Len(t, projects, 130)
			count, at := 7, time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
			require.Equal(t, Project{
				ID: 1, Key: "P0", Name: "N", Archived: true, Lead: &User{ID: "a"}, Category: "C",
				URL: testURL + "/browse/P0", IssueCount: &count, LastIssueUpdate: &at,
			}, projects[0])
		})
	}
}

// Who took an empty page for the end would lose sight of the projects behind it.
func TestCloudProjectsThatEndBelowTheirTotalAreAnError(t *testing.T) {
	t.Parallel()
	client := serving(t, true, "project/search", `{"values":[{"id":"1","key":"OPS"}],"total":3}`)
	var listed []string
	var failed error
	for p, err := range client.Projects(t.Context()) {
		if failed = err; err == nil {
			listed = append(listed, p.Key)
		}
	}
	var nonsense *NonsenseError
	require.ErrorAs(t, failed, &nonsense)
	require.Equal(t, []string{"OPS"}, listed)
}

func TestDataCenterProjectsAreRead(t *testing.T) {
	t.Parallel()
	client := serving(t, false, "project", `[{"id":"1","key":"OPS","name":"Operations","lead":{"key":"k","name":"ann"}},{"id":"2","key":"OLD","archived":true}]`)
	var keys []string
	for p, err := range client.Projects(t.Context()) {
		require.NoError(t, err)
		require.Nil(t, p.IssueCount)
		keys = append(keys, p.Key)
	}
	require.Equal(t, []string{"OPS", "OLD"}, keys)
}

func TestWorklogChangesAreReadToTheEnd(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 0)
		f.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
			if r.URL.Path != "/rest/api/2/worklog/updated" && r.URL.Path != "/rest/api/3/worklog/updated" {
				return false
			}
			since, _ := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
			values := []any{} // one each second, the edge is in both pages
			for at := since; at < since+3000 && at <= epoch.UnixMilli()+10000; at += 1000 {
				values = append(values, map[string]any{"worklogId": at, "updatedTime": at})
			}
			until := min(since+2000, epoch.UnixMilli()+10000)
			send(w, map[string]any{
				"values": values, "until": until, "lastPage": until == epoch.UnixMilli()+10000,
				"nextPage": "https://elsewhere.example.com/never",
			})
			return true
		}
		changes, until, err := connect(t, f).WorklogsUpdated(t.Context(), epoch)
		require.NoError(t, err)
		require.Len(t, changes, 11)
		require.Equal(t, epoch.Add(10*time.Second), until)
	})
}

func TestWorklogsAreReadByID(t *testing.T) {
	t.Parallel()
	worklogs, err := serving(t, true, "worklog/list", `[{"id":"1","issueId":"77","timeSpentSeconds":60,"started":"2024-05-06T07:08:09.000+0000",
		"comment":{"type":"doc","content":[{"type":"text","text":"done"}]},"author":{"accountId":"a"}}, 7]`).Worklogs(t.Context(), []int64{1, 2})
	require.NoError(t, err)
	require.Len(t, worklogs, 1)
	require.EqualValues(t, 77, worklogs[0].IssueID)
	require.Equal(t, "done", worklogs[0].Comment)
	require.Equal(t, epoch, worklogs[0].Started)
}
