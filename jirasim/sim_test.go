package jirasim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jirasync/jirasim"
)

var epoch = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// site is a simulator that is being asked.
type site struct {
	*jirasim.Sim
	t   *testing.T
	url string
}

// newSite starts a simulator; what the options leave out is chosen for small tests.
func newSite(t *testing.T, o jirasim.Options) *site {
	t.Helper()
	if o.Seed == 0 {
		o.Seed = 7
	}
	if o.Epoch.IsZero() {
		o.Epoch = epoch
	}
	if o.Issues == 0 {
		o.Issues = 500
	}
	sim, err := jirasim.New(o)
	require.NoError(t, err)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, sim.Close())
	})
	return &site{sim, t, server.URL}
}

// ask sends a request and returns the status and the body.
func (s *site) ask(method, path, body string) (int, []byte) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return resp.StatusCode, text
}

// get asks and decodes the answer, which must be 200.
func get[T any](s *site, path string) (value T) {
	s.t.Helper()
	status, body := s.ask("GET", path, "")
	require.Equal(s.t, 200, status, "%s: %s", path, body)
	require.NoError(s.t, json.Unmarshal(body, &value), "%s: %s", path, body)
	return value
}

// post asks with a body and decodes the answer, which must be 200.
func post[T any](s *site, path, in string) (value T) {
	s.t.Helper()
	status, body := s.ask("POST", path, in)
	require.Equal(s.t, 200, status, "%s: %s", path, body)
	require.NoError(s.t, json.Unmarshal(body, &value), "%s: %s", path, body)
	return value
}

type issue struct {
	ID, Key   string
	Fields    json.RawMessage
	Changelog struct {
		Total     int
		Histories []struct {
			ID, Created string
			Items       []map[string]any
		}
	}
}

// page is an answer of either dialect.
type page struct {
	Issues        []issue
	NextPageToken string
	IsLast        *bool
	Total         int
	StartAt       int
	MaxResults    int
}

func (s *site) flavorPath() string {
	if status, _ := s.ask("GET", "/rest/api/3/search/jql?jql=x", ""); status == 404 {
		return "/rest/api/2/search?"
	}
	return "/rest/api/3/search/jql?"
}

// all pages through a query; more are further parameters.
func (s *site) all(jql, more string) []issue {
	s.t.Helper()
	path := s.flavorPath() + "jql=" + url.QueryEscape(jql) + "&" + more
	var issues []issue
	tail := ""
	for range 10_000 {
		p := get[page](s, path+tail)
		issues = append(issues, p.Issues...)
		if p.NextPageToken == "" && (p.IsLast != nil || len(issues) >= p.Total) {
			return issues
		}
		tail = "&startAt=" + jsonText(len(issues))
		if p.NextPageToken != "" {
			tail = "&nextPageToken=" + url.QueryEscape(p.NextPageToken)
		}
	}
	s.t.Fatal("paging never ends")
	return nil
}

func jsonText(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

func TestWhatSearchDeliversIsTheTruth(t *testing.T) {
	t.Parallel()
	for _, flavor := range []jirasim.Flavor{jirasim.Cloud, jirasim.DataCenter} {
		t.Run(string(flavor), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, jirasim.Options{Flavor: flavor, Issues: 1300, PoisonEvery: 100})
			s.Touch(200)
			keys := s.ProjectKeys()
			truth := map[string]jirasim.Truth{}
			for one := range s.Truth {
				truth[one.Key] = one
			}
			require.Len(t, truth, s.Count())
			found := s.all("created >= 0 ORDER BY created ASC, key ASC", "fields=*all&maxResults=100&expand=changelog")
			require.Len(t, found, len(truth))
			for _, one := range found {
				want := truth[one.Key]
				hash, err := jirasim.HashFields(one.Fields)
				require.NoError(t, err, one.Key)
				require.Equal(t, want.FieldsHash, hash, one.Key)
				require.Equal(t, len(want.ChangelogIDs), one.Changelog.Total, one.Key)
				require.Contains(t, keys, want.ProjectKey)
			}
		})
	}
}
