package fields_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/auth"
)

// hear counts a statement of a request, and lets the test act before it is sent.
func (a *api) hear(ctx context.Context) {
	if _, asked := auth.From(ctx); !asked {
		return
	}
	a.statements.Add(1)
	if hold := a.held.Swap(nil); hold != nil {
		(*hold)()
	}
}

func (a *api) export(path string) (int, string) {
	a.Helper()
	request, err := http.NewRequestWithContext(a.Context(), http.MethodGet, strings.TrimSuffix(a.web, "/graphql")+"/export/"+path, nil)
	require.NoError(a, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(a, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(a, err)
	return response.StatusCode, string(body)
}

func TestExportsHoldTheMappedFieldsOfTheAPI(t *testing.T) {
	a := newAPI(newSite(t, 60))
	a.savedReady(a.input("story_points", "Story Points", "NUMBER"))
	a.savedReady(a.input("url", "Team", "TEXT")) // as one of an issue's own columns is called
	nodes := a.ask(`{ issues(first: 500, orderBy: [{by: UPDATED, direction: ASC}]) { nodes { key story_points: field(name: "story_points") team: field(name: "url") } } }`, nil)["issues"].(map[string]any)["nodes"].([]any)
	require.NotEmpty(t, nodes)

	status, body := a.export("issues.csv?columns=key,story_points,field.url")
	require.Equal(t, http.StatusOK, status, body)
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"key", "story_points", "field.url"}, rows[0])
	require.Len(t, rows, 1+len(nodes))
	filled := 0
	for n, node := range nodes {
		want, row := node.(map[string]any), rows[n+1]
		require.Equal(t, want["key"], row[0])
		if team, ok := want["team"].(string); ok {
			require.Equal(t, team, row[2])
		}
		if want["story_points"] == nil {
			require.Empty(t, row[1])
			continue
		}
		points, err := strconv.ParseFloat(row[1], 64)
		require.NoError(t, err)
		require.InDelta(t, want["story_points"], points, 0)
		filled++
	}
	require.Positive(t, filled)

	// Who names no columns has the mapped ones, after an issue's own; filters take them too.
	where := url.QueryEscape(`{"fields": [{"name": "story_points", "isNull": false}]}`)
	status, body = a.export("issues.ndjson?where=" + where)
	require.Equal(t, http.StatusOK, status, body)
	lines := bufio.NewScanner(strings.NewReader(body))
	for lines.Scan() {
		var issue map[string]any
		require.NoError(t, json.Unmarshal(lines.Bytes(), &issue))
		require.IsType(t, 0.0, issue["story_points"])
		require.Contains(t, issue, "field.url")
		filled--
	}
	require.NoError(t, lines.Err())
	require.Zero(t, filled, "each issue with a value once")

	status, body = a.export("issues.csv?columns=key,story_pointz")
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, body, `there is no mapped field \"story_pointz\": known are story_points, url`)
}

func TestNoExportMixesAnOldAndANewMapping(t *testing.T) {
	a := newAPI(newSite(t, 30))
	saved := a.savedReady(a.input("points", "Story Points", "NUMBER"))
	change := func() {
		other := a.input("points", "Story Points", "TEXT")
		other["id"], other["version"] = saved["id"], saved["version"]
		a.savedReady(other)
	}
	a.held.Store(&change) // while the export waits for its page
	status, body := a.export("issues.csv?columns=key,points")
	require.Equal(t, http.StatusConflict, status, body)
	require.Contains(t, body, "the mapping of points has changed")

	status, body = a.export("issues.csv?columns=key,points")
	require.Equal(t, http.StatusOK, status, body)
}

func TestNoExportGoesOnBehindOneOfAnotherMapping(t *testing.T) {
	a := newAPI(newSite(t, 30))
	saved := a.savedReady(a.input("points", "Story Points", "NUMBER"))
	third := func(columns string) (cursor string) {
		t.Helper()
		status, body := a.export("issues.csv?columns=cursor," + columns)
		require.Equal(t, http.StatusOK, status, body)
		cursor, _, _ = strings.Cut(strings.Split(body, "\r\n")[3], ",")
		return url.QueryEscape(cursor)
	}
	goesOn := func(columns, cursor string) {
		t.Helper()
		_, whole := a.export("issues.csv?columns=" + columns)
		lines := strings.SplitAfter(whole, "\r\n")
		status, rest := a.export("issues.csv?columns=" + columns + "&after=" + cursor)
		require.Equal(t, http.StatusOK, status, rest)
		require.Equal(t, lines[0]+strings.Join(lines[4:], ""), rest, "a header, and what stands behind the third row")
	}
	mapped, plain := third("points,key"), third("key")
	goesOn("key,points", mapped)

	other := a.input("points", "Story Points", "TEXT")
	other["id"], other["version"] = saved["id"], saved["version"]
	a.savedReady(other)
	var status int
	var body string
	require.Eventually(t, func() bool { // the server has moved to the new column
		status, body = a.export("issues.csv?columns=key,points,cursor&after=" + mapped)
		return status == http.StatusConflict
	}, time.Minute, 10*time.Millisecond)
	require.Contains(t, body, `"CONFLICT"`)
	require.Contains(t, body, "start again without after")

	// Behind one of no mapped field another of none goes on, behind one of the API any.
	goesOn("key", plain)
	status, body = a.export("issues.csv?columns=key,points&after=" + plain)
	require.Equal(t, http.StatusConflict, status, body)
	goesOn("key,points", third("points"))
	pages := a.ask(`{ issues(first: 3, orderBy: [{by: UPDATED, direction: ASC}]) { pageInfo { endCursor } } }`, nil)
	goesOn("key,points", pages["issues"].(map[string]any)["pageInfo"].(map[string]any)["endCursor"].(string))

	status, body = a.export("issues.csv?columns=key,points&after=." + mapped)
	require.Equal(t, http.StatusBadRequest, status, body)
	require.Contains(t, body, "the cursor does not belong")
}

func TestNoExportGoesOnWithOtherColumnsThanItBeganWith(t *testing.T) {
	a := newAPI(newSite(t, 30))
	third := func() (cursor string) {
		t.Helper()
		status, body := a.export("issues.csv")
		require.Equal(t, http.StatusOK, status, body)
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		require.NoError(t, err)
		return url.QueryEscape(rows[3][len(rows[3])-1])
	}
	goesOn := func(cursor string) (status int) {
		status, _ = a.export("issues.csv?after=" + cursor)
		return status
	}
	refused := func(cursor, reason string) {
		t.Helper()
		require.Eventually(t, func() bool { return goesOn(cursor) == http.StatusConflict }, time.Minute, 10*time.Millisecond, reason)
	}
	none := third()
	require.Equal(t, http.StatusOK, goesOn(none))
	points := a.savedReady(a.input("points", "Story Points", "NUMBER"))
	refused(none, "there is a column more")

	a.savedReady(a.input("team", "Team", "TEXT"))
	both := third()
	require.Equal(t, http.StatusOK, goesOn(both))
	renamed := a.input("weight", "Story Points", "NUMBER")
	renamed["id"], renamed["version"] = points["id"], points["version"]
	a.savedReady(renamed)
	refused(both, "the columns stand in another order")
	require.Equal(t, http.StatusOK, goesOn(third()))
}
