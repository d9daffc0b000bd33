package cli_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// servedBlock is a shell block of the docs that needs a running server and a mapping story_points.
var servedBlock = regexp.MustCompile("(?m)^<!-- run: served -->\n```sh\n((?s:.*?))^```$")

func TestExportsOfTheDocsRunAsTheyStand(t *testing.T) {
	s := newSite(t, 300)
	env := s.env()
	serve(t, env)
	s.until(bothComplete)
	mapped := query(t, env, `mutation { saveFieldMapping(input: {name: "story_points", type: NUMBER, sources: [`+
		storyPoints(s, 1, "north")+", "+storyPoints(s, 2, "south")+`]}) { name } }`)
	require.NotEmpty(t, mapped)
	s.until(`SELECT count(*) = 1 FROM jira_sync.field_mappings WHERE state = 'READY'`)
	require.Eventually(t, func() bool { // until the server has heard of it
		answer, err := http.Get("http://127.0.0.1:" + env["PORT"] + "/export/issues.csv?columns=story_points")
		if err != nil {
			return false
		}
		defer func() { _ = answer.Body.Close() }()
		return answer.StatusCode == http.StatusOK
	}, deadline, 50*time.Millisecond)

	docs, err := os.ReadFile("../docs/exports.md")
	require.NoError(t, err)
	blocks := servedBlock.FindAllStringSubmatch(string(docs), -1)
	require.NotEmpty(t, blocks)
	folder := t.TempDir()
	for _, block := range blocks {
		shell := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", strings.ReplaceAll(block[1], "8987", env["PORT"]))
		shell.Dir = folder
		told, err := shell.CombinedOutput()
		require.NoError(t, err, "%s\n%s", block[1], told)
	}
	for _, file := range []string{"issues.csv", "points.ndjson"} {
		content, err := os.ReadFile(filepath.Join(folder, file))
		require.NoError(t, err)
		require.Contains(t, string(content), "story_points", file)
		require.Greater(t, strings.Count(string(content), "\n"), 2, file)
	}
}

func storyPoints(s *site, instance int, name string) string {
	s.Helper()
	id := ask[string](s, `SELECT field_id FROM jira_sync.jira_field_cache WHERE instance_id = $1 AND name = 'Story Points'`, instance)
	return `{instance: "` + name + `", fieldId: "` + id + `"}`
}
