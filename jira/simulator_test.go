package jira_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/jira"
	"jirasync/jirasim"
)

// inMemory calls the simulator without a network.
type inMemory struct{ http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	m.ServeHTTP(recorder, r)
	resp := recorder.Result()
	resp.Request = r
	return resp, nil
}

func simulate(t *testing.T, o jirasim.Options) (*jirasim.Sim, *jira.Client) {
	t.Helper()
	sim, err := jirasim.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sim.Close()) })
	client, err := jira.New(jira.Config{
		Number: 1, URL: "http://jira.example.com", Username: "sync", Password: "secret",
		Transport: inMemory{sim.Handler()}, RetryWait: time.Millisecond, MaxWait: time.Second,
	})
	require.NoError(t, err)
	return sim, client
}

// requireTruth reads everything and compares it with what the simulator knows to be true.
func requireTruth(t *testing.T, sim *jirasim.Sim, client *jira.Client) {
	t.Helper()
	_, err := client.Fields(t.Context())
	require.NoError(t, err)
	got := map[int64]*jira.Issue{}
	for page, err := range client.Scan(t.Context(), jira.Query{PageSize: 20, Changelog: true}) {
		require.NoError(t, err)
		require.Empty(t, page.Broken)
		for i := range page.Issues {
			got[page.Issues[i].ID] = &page.Issues[i]
		}
	}
	var issues []*jira.Issue
	for _, issue := range got {
		issues = append(issues, issue)
	}
	require.NoError(t, client.Complete(t.Context(), issues))
	n := 0
	for truth := range sim.Truth {
		n++
		issue := got[truth.ID]
		require.NotNil(t, issue, "missing %s", truth.Key)
		require.Equal(t, truth.Key, issue.Key)
		require.Equal(t, truth.ProjectKey, issue.ProjectKey)
		require.Equal(t, truth.Status, issue.Status.Name)
		hash, err := jirasim.HashFields(clean(issue.Fields))
		require.NoError(t, err)
		want, err := jirasim.HashFields(clean(sim.Fields(truth.ID)))
		require.NoError(t, err)
		require.Equal(t, want, hash, "fields of %s", truth.Key)
		require.ElementsMatch(t, truth.ChangelogIDs, idsOf(issue.Histories, func(h jira.History) int64 { return h.ID }))
		require.ElementsMatch(t, truth.CommentIDs, idsOf(issue.Comments, func(c jira.Comment) int64 { return c.ID }))
		require.ElementsMatch(t, truth.WorklogIDs, idsOf(issue.Worklogs, func(w jira.Worklog) int64 { return w.ID }))
	}
	require.Len(t, got, n)

	census := map[int64]bool{}
	for batch, err := range client.IDs(t.Context(), "") {
		require.NoError(t, err)
		for _, id := range batch.IDs {
			census[id.ID] = true
		}
	}
	require.Len(t, census, n)
}

// clean replaces NULs in the truth, as the client does.
func clean(fields []byte) []byte { return bytes.ReplaceAll(fields, []byte(`\u0000`), []byte(`\ufffd`)) }

func idsOf[T any](list []T, id func(T) int64) []int64 {
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = id(list[i])
	}
	return ids
}

func bothFlavors(t *testing.T, test func(t *testing.T, flavor jirasim.Flavor)) {
	for _, flavor := range []jirasim.Flavor{jirasim.Cloud, jirasim.DataCenter} {
		t.Run(string(flavor), func(t *testing.T) {
			t.Parallel()
			test(t, flavor)
		})
	}
}

func TestTheWholeOfASimulatedJiraIsRead(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]jirasim.Settings{
		"as it is":        {},
		"short pages":     {ShortPages: true},
		"tiny pages":      {PageCap: 7},
		"repeated issues": {RepeatIssue: true},
		"repeated tokens": {RepeatToken: true},
		"empty pages":     {EmptyPages: true, NoIsLast: true},
		"cut lists":       {ChangelogCut: 2, CommentsCut: 1, WorklogsCut: 1},
		"a wrong clock":   {ClockSkew: -time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bothFlavors(t, func(t *testing.T, flavor jirasim.Flavor) {
				sim, client := simulate(t, jirasim.Options{Flavor: flavor, Seed: 1, Issues: 150, Settings: settings})
				requireTruth(t, sim, client)
			})
		})
	}
}

func TestUnpleasantContentIsRead(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, flavor jirasim.Flavor) {
		sim, client := simulate(t, jirasim.Options{Flavor: flavor, Seed: 2, Issues: 100, PoisonEvery: 3})
		requireTruth(t, sim, client)
	})
}

func TestFaultsOnTheWayLoseNothing(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, flavor jirasim.Flavor) {
		sim, client := simulate(t, jirasim.Options{Flavor: flavor, Seed: 3, Issues: 200, Rules: []jirasim.Rule{
			{Path: "/rest/", Probability: 0.1, Status: 500},
			{Path: "/rest/", Probability: 0.1, Status: 429, RetryAfter: "0"},
			{Path: "/rest/", Probability: 0.05, Cut: jirasim.CutTruncate},
			{Path: "/rest/", Probability: 0.05, Cut: jirasim.CutHTML},
		}})
		requireTruth(t, sim, client)
		require.Positive(t, client.Stats().Retries)
	})
}

func TestIssuesThatChangeDuringAScanAreNotLost(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, flavor jirasim.Flavor) {
		sim, client := simulate(t, jirasim.Options{Flavor: flavor, Seed: 4, Issues: 300})
		before := map[int64]bool{}
		for id := range sim.Live {
			before[id] = true
		}
		got := map[int64]bool{}
		for page, err := range client.Scan(t.Context(), jira.Query{PageSize: 20}) {
			require.NoError(t, err)
			for _, issue := range page.Issues {
				got[issue.ID] = true
			}
			if len(page.Issues) > 3 {
				sim.Touch(10)
				sim.Delete(page.Issues[2].ID)
				sim.Archive(page.Issues[3].ID)
			}
		}
		for id := range sim.Live { // what was there from the first request to the last
			if before[id] {
				require.True(t, got[id], "issue %d is missing", id)
			}
		}
	})
}

func TestRemovalsAreConfirmed(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, flavor jirasim.Flavor) {
		sim, client := simulate(t, jirasim.Options{Flavor: flavor, Seed: 5, Issues: 50})
		ids := slices.Collect(sim.Live)
		require.True(t, sim.Archive(ids[1]))
		sim.Delete(ids[2])
		one, err := client.Confirm(t.Context(), ids[0])
		require.NoError(t, err)
		require.Equal(t, jira.StateVisible, one.State)
		require.Equal(t, ids[0], one.Issue.ID)
		one, err = client.Confirm(t.Context(), ids[2])
		require.NoError(t, err)
		require.Contains(t, []jira.State{jira.StateDeleted, jira.StateGone}, one.State)
		found, broken, err := client.Issues(t.Context(), ids, true)
		require.NoError(t, err)
		require.Empty(t, broken)
		require.GreaterOrEqual(t, len(found), len(slices.Collect(sim.Live)))
	})
}

func TestDictionariesOfASimulatedJira(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, flavor jirasim.Flavor) {
		_, client := simulate(t, jirasim.Options{Flavor: flavor, Seed: 6, Issues: 200})
		server, err := client.Connect(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, server.Account.ID)
		statuses, err := client.Statuses(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, statuses)
		require.NotEqual(t, "UNKNOWN", statuses[0].Category)
		priorities, err := client.Priorities(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, priorities)
		types, err := client.IssueTypes(t.Context())
		require.NoError(t, err)
		require.NotEmpty(t, types)
		n := 0
		for p, err := range client.Projects(t.Context()) {
			require.NoError(t, err)
			require.NotEmpty(t, p.Key)
			count, _, err := client.Count(t.Context(), fmt.Sprintf("project = %q", p.Key))
			require.NoError(t, err)
			n += count
		}
		require.Positive(t, n)
		sprints := atomic.Int64{}
		_, err = client.Fields(t.Context())
		require.NoError(t, err)
		for page, err := range client.Scan(t.Context(), jira.Query{}) {
			require.NoError(t, err)
			for _, issue := range page.Issues {
				require.False(t, slices.ContainsFunc(issue.Notes, func(n string) bool { return strings.Contains(n, "time") }), issue.Notes)
				sprints.Add(int64(len(issue.Sprints)))
			}
		}
		require.Positive(t, sprints.Load())
	})
}
