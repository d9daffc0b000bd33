package jira

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIssuesAreReadByID(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 250)
		found, broken, err := connect(t, f).Issues(t.Context(), f.ids(), true)
		require.NoError(t, err)
		require.Empty(t, broken)
		require.Len(t, found, 250)
		require.Len(t, f.sent(), 2+7, "chunks of 40")
	})
}

func TestIssuesThatAreNotThereAreLeftOut(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 5)
		found, _, err := connect(t, f).Issues(t.Context(), []int64{1000, 9999, 1002, 8888, 1004}, false)
		require.NoError(t, err)
		var ids []int64
		for _, issue := range found {
			ids = append(ids, issue.ID)
		}
		require.Equal(t, []int64{1000, 1002, 1004}, ids)
		require.LessOrEqual(t, len(f.sent()), 2+3)
	})
}

func TestDataCenterReadsOneByOneWhenItDoesNotSayWhichIsMissing(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, 5)
	f.before = func(w http.ResponseWriter, r *http.Request, body map[string]any) bool {
		if jql, _ := body["jql"].(string); strings.HasPrefix(jql, "id in") {
			fail(w, http.StatusBadRequest, "An issue is not there.")
			return true
		}
		return false
	}
	f.issues[2].fields = map[string]any{"created": "soon", "updated": nil}
	found, broken, err := connect(t, f).Issues(t.Context(), []int64{1000, 9999, 1002, 1003}, false)
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Len(t, broken, 1)
	require.EqualValues(t, 1002, broken[0].ID)
}

func TestIssuesThatAreNotSentBesideOthersAreAskedForAgain(t *testing.T) {
	t.Parallel()
	f := newFake(t, true, 5)
	f.before = func(w http.ResponseWriter, r *http.Request, body map[string]any) bool {
		ids, _ := body["issueIdsOrKeys"].([]any)
		switch {
		case len(ids) == 5: // too much for one answer
			send(w, map[string]any{"issues": []any{f.issues[0].json(), f.issues[1].json()}, "issueErrors": []any{
				map[string]any{"id": "1002", "errorMessage": "Too large."}, map[string]any{"id": "1003"}, map[string]any{"id": "1004"},
			}})
		case len(ids) == 3:
			send(w, map[string]any{"issues": []any{f.issues[2].json()}, "issueErrors": []any{
				map[string]any{"id": "1003", "errorMessage": "Too large."}, map[string]any{"id": "1004", "errorMessage": "Try again."},
			}})
		case len(ids) == 2:
			send(w, map[string]any{"issues": []any{f.issues[3].json()}, "issueErrors": []any{
				map[string]any{"id": "1004", "errorMessage": "Try again."},
			}})
		case len(ids) == 1:
			send(w, map[string]any{"issues": []any{}, "issueErrors": []any{map[string]any{"id": 1004, "errorMessage": "Try again."}}})
		}
		return len(ids) > 0
	}
	found, broken, err := connect(t, f).Issues(t.Context(), f.ids(), false)
	require.NoError(t, err)
	require.Len(t, found, 4)
	require.Len(t, broken, 1)
	require.EqualValues(t, 1004, broken[0].ID)
	require.Nil(t, broken[0].Raw)
	require.ErrorContains(t, broken[0].Err, "Try again.")
}

// What came is not asked for again, one by one, for the sake of what did not.
func TestIssuesThatCameAreKeptWhereTheOthersCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	f := newFake(t, true, 3)
	f.before = func(w http.ResponseWriter, r *http.Request, body map[string]any) bool {
		switch ids, _ := body["issueIdsOrKeys"].([]any); len(ids) {
		case 0:
			return false
		case 3:
			send(w, map[string]any{"issues": []any{f.issues[0].json(), f.issues[1].json()}, "issueErrors": []any{
				map[string]any{"id": "1002", "errorMessage": "Too large."},
			}})
		default:
			fail(w, http.StatusInternalServerError, "Something broke.")
		}
		return true
	}
	found, broken, err := connect(t, f).Issues(t.Context(), f.ids(), false)
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Len(t, broken, 1)
	require.EqualValues(t, 1002, broken[0].ID)
	require.ErrorContains(t, broken[0].Err, "Too large.")
}

// Any that did not come may be the one that Jira could not send.
func TestFailureThatNamesNoIssueIsNoAnswer(t *testing.T) {
	t.Parallel()
	f := newFake(t, true, 2)
	f.before = func(w http.ResponseWriter, r *http.Request, body map[string]any) bool {
		if body["issueIdsOrKeys"] == nil {
			return false
		}
		send(w, map[string]any{"issues": []any{f.issues[0].json()}, "issueErrors": []any{map[string]any{"errorMessage": "Try again."}}})
		return true
	}
	_, _, err := connect(t, f).Issues(t.Context(), f.ids(), false)
	var nonsense *NonsenseError
	require.ErrorAs(t, err, &nonsense)
}

func TestConfirmTellsWhatBecameOfAnIssue(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   State
		err    bool
	}{
		"deleted":                 {404, `{"errorMessages":["Issue Does Not Exist"]}`, StateDeleted, false},
		"forbidden":               {404, `{"errorMessages":["You do not have the permission to see the specified issue."]}`, StateForbidden, false},
		"forbidden with 403":      {403, `{"errorMessages":["You do not have the permission to see the specified issue."]}`, StateForbidden, false},
		"Cloud, which names both": {404, `{"errorMessages":["Issue does not exist or you do not have permission to see it."]}`, StateGone, false},
		"without words":           {404, `{}`, StateGone, false},
		"a proxy's 404":           {404, `<html>Not found</html>`, 0, true},
		"a refused login":         {401, `{"errorMessages":["You do not have the permission to see the specified issue.","Login Required"]}`, 0, true},
		"a refused account":       {403, `{"message":"Basic Authentication Failure"}`, 0, true},
		"a server that fails":     {500, `{}`, 0, true},
		"not JSON":                {200, `<html>`, 0, true},
		"an odd issue":            {200, `{"id":"7"}`, StateVisible, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, false, 0)
			f.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
				if !strings.Contains(r.URL.Path, "/issue/") {
					return false
				}
				w.WriteHeader(tt.status)
				w.Write([]byte(tt.body))
				return true
			}
			one, err := connect(t, f).Confirm(t.Context(), 7)
			require.Equal(t, tt.err, err != nil, err)
			require.Nil(t, one.Issue)
			if err == nil {
				require.Equal(t, tt.want, one.State, one.State.String())
			}
			require.Equal(t, tt.want == StateVisible && !tt.err, one.Broken != nil)
			if one.Broken != nil {
				require.EqualValues(t, 7, one.Broken.ID)
				require.Equal(t, tt.body, string(one.Broken.Raw))
			}
		})
	}
}

func TestConfirmReadsAnIssueThatIsThere(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		f := newFake(t, cloud, 2)
		f.issues[1].fields = map[string]any{"archiveddate": "2024-01-01T00:00:00.000+0000"}
		client := connect(t, f)
		one, err := client.Confirm(t.Context(), 1000)
		require.NoError(t, err)
		require.Equal(t, StateVisible, one.State)
		require.Equal(t, "OPS-1000", one.Issue.Key)
		one, err = client.Confirm(t.Context(), 1001)
		require.NoError(t, err)
		require.Equal(t, StateArchived, one.State)
		require.NotNil(t, one.Issue)
	})
}
