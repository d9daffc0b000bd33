package jirasim_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"jirasync/jirasim"
)

// contract is one of Atlassian's documents. Their schemas hold, their examples do not, and
// the document as a whole does not validate: only schemas are used.
type contract struct{ doc *openapi3.T }

func readContract(t *testing.T, name string) contract {
	t.Helper()
	dir := os.Getenv("JIRA_OPENAPI")
	if dir == "" {
		dir = "../shared/data/openapi"
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", dir) // as seen from the root of the repository
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("left out: Atlassian's schemas are not here (%v); set JIRA_OPENAPI to the folder that has %s", err, name)
	}
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	require.NoError(t, err)
	return contract{doc}
}

// check holds an answer against the schema of a path. Data Center's document says object
// where the server sends arrays of it.
func (c contract) check(t *testing.T, method, path string, body []byte) {
	t.Helper()
	item := c.doc.Paths.Value(path)
	require.NotNil(t, item, path)
	media := item.GetOperation(method).Responses.Status(http.StatusOK).Value.Content.Get("application/json")
	require.NotNil(t, media, path)
	schema := media.Schema.Value
	var value any
	require.NoError(t, json.Unmarshal(body, &value))
	values := []any{value}
	if list, ok := value.([]any); ok && !schema.Type.Is("array") {
		require.NotEmpty(t, list, path)
		values = list
	}
	for _, one := range values {
		if wrong := faultsIn(schema.VisitJSON(one, openapi3.MultiErrors()), ""); len(wrong) > 0 {
			t.Fatalf("%s %s:\n%s", method, path, strings.Join(wrong, "\n"))
		}
	}
}

// faultsIn lists what is wrong, but for what Jira itself does: its times have no colon in
// the offset, fields and both sides of a change can be null.
func faultsIn(err error, at string) []string {
	if err == nil {
		return nil
	}
	if many, ok := errors.AsType[openapi3.MultiError](err); ok {
		var list []string
		for _, one := range many {
			list = append(list, faultsIn(one, at)...)
		}
		return list
	}
	wrong, ok := errors.AsType[*openapi3.SchemaError](err)
	if !ok {
		return []string{at + ": " + err.Error()}
	}
	at += "/" + strings.Join(wrong.JSONPointer(), "/")
	inFields := strings.Contains(at, "/fields/")
	switch {
	case wrong.SchemaField == "format" && strings.Contains(wrong.Reason, "date-time"):
		return nil
	case wrong.Origin != nil:
		return faultsIn(wrong.Origin, at)
	case wrong.SchemaField == "type" && inFields && strings.Count(at, "/") <= 4: // Data Center's document: fields are objects
		return nil
	case wrong.SchemaField == "nullable" && (inFields || strings.Contains(at, "/items/")):
		return nil
	}
	return []string{at + ": " + wrong.Reason}
}

func TestCloudAnswersAsItsSchemasSay(t *testing.T) {
	t.Parallel()
	c := readContract(t, "jira-cloud-v3-2025-12.json")
	s := newSite(t, jirasim.Options{Flavor: jirasim.Cloud, Issues: 800})
	s.Touch(50)
	some := s.all("created >= 0 ORDER BY created ASC", "fields=*all&expand=changelog")[700]
	require.True(t, s.Worklog(s.first()))
	require.NotEmpty(t, s.Delete(s.first()))
	bulk := `{"issueIdsOrKeys":["` + some.ID + `"],"fields":["*all"],"expand":["changelog"]}`
	search := "?jql=created+%3E%3D+0&fields=*all&expand=changelog,names,schema&maxResults=100"
	for _, call := range []struct{ method, schema, path, body string }{
		{"GET", "/rest/api/3/search/jql", search, ""},
		{"POST", "/rest/api/3/search/jql", "", `{"jql":"created >= 0","fields":["*navigable"]}`},
		{"POST", "/rest/api/3/search/approximate-count", "", `{"jql":"created >= 0"}`},
		{"POST", "/rest/api/3/issue/bulkfetch", "", bulk},
		{"POST", "/rest/api/3/changelog/bulkfetch", "", `{"issueIdsOrKeys":["` + some.ID + `"]}`},
		{"GET", "/rest/api/3/issue/{issueIdOrKey}", some.Key + "?expand=changelog", ""},
		{"GET", "/rest/api/3/issue/{issueIdOrKey}/changelog", some.ID, ""},
		{"GET", "/rest/api/3/issue/{issueIdOrKey}/comment", some.ID, ""},
		{"GET", "/rest/api/3/issue/{issueIdOrKey}/worklog", some.ID, ""},
		{"GET", "/rest/api/3/field", "", ""},
		{"GET", "/rest/api/3/field/search", "?type=custom", ""},
		{"GET", "/rest/api/3/project/search", "?expand=insight", ""},
		{"GET", "/rest/api/3/project/{projectIdOrKey}", s.ProjectKeys()[0], ""},
		{"GET", "/rest/api/3/status", "", ""},
		{"GET", "/rest/api/3/priority", "", ""},
		{"GET", "/rest/api/3/issuetype", "", ""},
		{"GET", "/rest/api/3/resolution", "", ""},
		{"GET", "/rest/api/3/myself", "", ""},
		{"GET", "/rest/api/3/serverInfo", "", ""},
		{"GET", "/rest/api/3/worklog/updated", "", ""},
		{"GET", "/rest/api/3/worklog/deleted", "", ""},
	} {
		status, body := s.ask(call.method, address(call.schema, call.path), call.body)
		require.Equal(t, 200, status, "%s %s", call.schema, body)
		c.check(t, call.method, call.schema, body)
	}
}

// address puts the id into the path's place for it, or the query behind it.
func address(schema, tail string) string {
	head, rest, found := strings.Cut(schema, "{")
	if !found {
		return schema + tail
	}
	_, rest, _ = strings.Cut(rest, "}")
	id, query, _ := strings.Cut(tail, "?")
	return head + id + rest + "?" + query
}

func (s *site) first() (first int64) {
	for id := range s.Live {
		return id
	}
	return 0
}

func TestDataCenterAnswersAsItsSchemasSay(t *testing.T) {
	t.Parallel()
	c := readContract(t, "jira-software-dc-10.3-openapi.json")
	s := newSite(t, jirasim.Options{Flavor: jirasim.DataCenter, Issues: 800})
	some := s.all("created >= 0 ORDER BY created ASC", "fields=*all&expand=changelog")[700]
	for _, call := range []struct{ method, schema, path, body string }{
		{"GET", "/api/2/search", "?fields=*all&expand=changelog,names,schema&maxResults=500", ""},
		{"POST", "/api/2/search", "", `{"jql":"created >= 0","expand":["names"]}`},
		{"GET", "/api/2/issue/{issueIdOrKey}", some.Key + "?expand=changelog", ""},
		{"GET", "/api/2/issue/{issueIdOrKey}/comment", some.ID, ""},
		{"GET", "/api/2/issue/{issueIdOrKey}/worklog", some.ID, ""},
		{"GET", "/api/2/field", "", ""},
		{"GET", "/api/2/project", "", ""},
		{"GET", "/api/2/project/{projectIdOrKey}", s.ProjectKeys()[0], ""},
		{"GET", "/api/2/status", "", ""},
		{"GET", "/api/2/priority", "", ""},
		{"GET", "/api/2/issuetype", "", ""},
		{"GET", "/api/2/resolution", "", ""},
		{"GET", "/api/2/myself", "", ""},
		{"GET", "/api/2/serverInfo", "", ""},
		{"GET", "/api/2/worklog/updated", "", ""},
		{"GET", "/api/2/worklog/deleted", "", ""},
		{"GET", "/api/2/index/summary", "", ""},
		{"GET", "/agile/1.0/board", "", ""},
	} {
		status, body := s.ask(call.method, "/rest"+address(call.schema, call.path), call.body)
		require.Equal(t, 200, status, "%s %s", call.schema, body)
		if strings.HasPrefix(call.schema, "/agile/") { // paged, which the document leaves out
			continue
		}
		c.check(t, call.method, call.schema, body)
	}
}
