package cli_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"jirasync/jirasim"
	"jirasync/mirror/mirrortest"
)

// DEMO_TO_COMPARE names the folder of a demo that runs already, of any size: this test holds it
// against its simulators' truth.
func TestRunningDemoHoldsTheTruth(t *testing.T) {
	dir := os.Getenv("DEMO_TO_COMPARE")
	if dir == "" {
		t.Skip("DEMO_TO_COMPARE names no demo")
	}
	t.Logf("%d issues: 0 missing, 0 stale, 0 extra", requireDemoTruth(t, dir))
}

// requireDemoTruth holds both mirrors of a running demo against what their simulators tell, and
// returns how many issues these have.
func requireDemoTruth(t *testing.T, dir string) (issues int) {
	t.Helper()
	var demo struct {
		Ports [2]int `json:"ports"`
	}
	content, err := os.ReadFile(filepath.Join(dir, "demo.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &demo))
	conn, err := pgx.Connect(t.Context(), demoDatabase(t, dir))
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	for i, port := range demo.Ports {
		difference, err := mirrortest.Compare(t.Context(), conn, i+1, toldTruth(t, port))
		require.NoError(t, err)
		require.True(t, difference.Empty(), difference.String())
		issues += difference.Issues
	}
	return issues
}

// demoDatabase is where the demo's PostgreSQL listens, by what it says itself.
func demoDatabase(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", "postmaster.pid"))
	require.NoError(t, err)
	deeper, err := filepath.Glob(filepath.Join(dir, "*", "*", "postmaster.pid"))
	require.NoError(t, err)
	found = append(found, deeper...)
	require.Len(t, found, 1)
	content, err := os.ReadFile(found[0])
	require.NoError(t, err)
	lines := strings.Split(string(content), "\n")
	return fmt.Sprintf("host=%s port=%s user=postgres dbname=jira_sync", lines[4], lines[3])
}

// toldTruth is what a simulator tells over HTTP.
func toldTruth(t *testing.T, port int) iter.Seq[jirasim.Truth] {
	t.Helper()
	return func(yield func(jirasim.Truth) bool) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/_sim/truth", port), nil)
		require.NoError(t, err)
		r.Close = true // no connection outlives the test
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer answer.Body.Close()
		lines := jsontext.NewDecoder(answer.Body)
		for {
			var line struct {
				ID                            int64
				Key, Hash                     string
				Changelog, Comments, Worklogs int
			}
			err := json.UnmarshalDecode(lines, &line, json.MatchCaseInsensitiveNames(true))
			if err == io.EOF { //nolint:errorlint // never wrapped
				return
			}
			require.NoError(t, err)
			truth := jirasim.Truth{
				ID: line.ID, Key: line.Key, ChangelogIDs: make([]int64, line.Changelog),
				CommentIDs: make([]int64, line.Comments), WorklogIDs: make([]int64, line.Worklogs),
			}
			_, err = hex.Decode(truth.FieldsHash[:], []byte(line.Hash))
			require.NoError(t, err)
			if !yield(truth) {
				return
			}
		}
	}
}
