package compose_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/config"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

const docsFolder = "../../docs"

// block is the commands of one shell block of the docs, and the mark above it that says who runs them.
type block struct {
	file  string
	mark  string // "prod", "prod jira", "prod tls", "dev", "bare", "served" (by package cli) or "elsewhere FILE"
	lines []string
}

var shellBlock = regexp.MustCompile("(?m)^(?:<!-- run: (.+) -->\n)?```sh\n((?s:.*?))^```$")

func docsFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(docsFolder, "*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func blocks(t *testing.T) []block {
	t.Helper()
	var found []block
	for _, file := range docsFiles(t) {
		content := read(t, file)
		for _, match := range shellBlock.FindAllStringSubmatch(content, -1) {
			found = append(found, block{filepath.Base(file), match[1], strings.Split(strings.TrimSpace(match[2]), "\n")})
		}
	}
	return found
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file) // of the tree
	require.NoError(t, err)
	return string(content)
}

// runDocs runs the blocks with one of the marks, in the order of the docs, as they stand.
func (s *stack) runDocs(r *report, marks ...string) {
	n := 0
	for _, b := range blocks(s.t) {
		if !slices.Contains(marks, b.mark) {
			continue
		}
		script := strings.ReplaceAll(strings.Join(b.lines, "\n"), "127.0.0.1:5648", "127.0.0.1:"+s.port)
		if port := os.Getenv("BACKEND_PORT"); port != "" {
			script = strings.ReplaceAll(script, "127.0.0.1:8987", "127.0.0.1:"+port)
		}
		out, err := s.try("bash", "-euo", "pipefail", "-c", script)
		require.NoError(s.t, err, "%s:\n%s\n%s", b.file, script, lastLines(out, 20))
		n += len(b.lines)
	}
	require.NotZero(s.t, n, "blocks marked %v", marks)
	r.add("docs: commands marked "+strings.Join(marks, ", "), "%d run as they stand", n)
}

func TestEveryCommandOfTheDocsIsRunBySomething(t *testing.T) {
	t.Parallel()
	for _, b := range blocks(t) {
		file, elsewhere := strings.CutPrefix(b.mark, "elsewhere ")
		if !elsewhere {
			require.Contains(t, []string{"prod", "prod jira", "prod tls", "dev", "bare", "served"}, b.mark, "%s: no test runs\n%s", b.file, strings.Join(b.lines, "\n"))
			continue
		}
		runner := strings.NewReplacer(`", "`, " ", `"`, "").Replace(read(t, "../../"+file))
		for _, line := range b.lines {
			words := strings.Fields(line)
			require.Contains(t, runner, strings.Join(words[:min(2, len(words))], " "), "%s says that %s runs it", b.file, file)
		}
	}
}

func TestLinksBetweenDocsLead(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for _, file := range docsFiles(t) {
		for _, match := range link.FindAllStringSubmatch(read(t, file), -1) {
			if strings.HasSuffix(match[1], ".png") {
				continue // made from the running demo
			}
			_, err := os.Stat(filepath.Join(filepath.Dir(file), match[1]))
			require.NoError(t, err, filepath.Base(file))
		}
	}
}

func TestEnvExampleNamesEveryVariable(t *testing.T) {
	t.Parallel()
	example := read(t, "../../.env.example")
	named := func(name string) bool {
		return regexp.MustCompile(`(?m)^#?` + name + `=`).MatchString(example)
	}
	for _, v := range config.Reference() {
		require.True(t, named(strings.Replace(v.Name, "_n", "_1", 1)), "%s is missing in .env.example", v.Name)
	}
	variable := regexp.MustCompile(`\$\{([A-Z][A-Z0-9_]*)|(?m)^ARG ([A-Z]+_IMAGE)`)
	sources, err := filepath.Glob("../*.Dockerfile")
	require.NoError(t, err)
	for _, file := range append(sources, "../../compose.prod.yaml", "../../compose.dev.yaml") {
		for _, match := range variable.FindAllStringSubmatch(read(t, file), -1) {
			name := match[1] + match[2]
			ofBuild := slices.Contains([]string{"VERSION", "COMMIT", "AIR_VERSION", "ENV_FILE"}, name)
			require.True(t, ofBuild || named(name), "%s of %s is missing in .env.example", name, filepath.Base(file))
		}
	}
}

func TestConfigurationIsWhatTheDocsSay(t *testing.T) {
	t.Parallel()
	file := filepath.Join(docsFolder, "configuration.md")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(configurationPage()), 0o644)) // a page
	}
	require.Equal(t, configurationPage(), read(t, file), "make docs writes it anew")
}

func configurationPage() string {
	var page strings.Builder
	page.WriteString(`# Configuration

All of it comes from the environment; ` + "`.env`" + ` in the working directory stands below it. ` + "`.env.example`" + ` has a line for each name, those of compose and of the images too. This page is made from the code by ` + "`make docs`" + `.

A secret can be given as a file: ` + "`NAME_FILE=/path`" + ` instead of ` + "`NAME`" + `. An unknown name that begins like one of ours, a bad value or a missing half of a pair is an error at start; ` + "`jirasync config check`" + ` lists all problems at once, and the effective values with secrets masked.

` + "`n`" + ` in ` + "`JIRA_..._n`" + ` is 1, 2, 3 and so on, one for each Jira; it stays with its instance for good, for the data is stored under it.

| name | default | secret | meaning |
| --- | --- | --- | --- |
`)
	for _, v := range config.Reference() {
		fallback, secret := "-", ""
		if v.Default != "" {
			fallback = "`" + v.Default + "`"
		}
		if v.Secret {
			secret = "or `" + v.Name + "_FILE`"
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s |\n", v.Name, fallback, secret, strings.ReplaceAll(v.Meaning, "|", `\|`))
	}
	return page.String()
}
