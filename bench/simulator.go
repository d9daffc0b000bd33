package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"jirasync/jirasim"
)

// The account that every simulated Jira admits.
const (
	simUser  = "bench@example.com"
	simToken = "bench-token"
)

// simulator is a simulated Jira in a process of its own.
type simulator struct {
	*child
	flavor jirasim.Flavor
	url    string
	site
}

// site is what a simulated Jira tells of itself.
type site struct {
	Issues   int      `json:"issues"`
	Projects []string `json:"projects"`
}

// simulate starts a Jira with issues of benchmark size. Kept documents cost memory, so large ones
// go without.
func (s *stand) simulate(ctx context.Context, flavor jirasim.Flavor, issues int) (*simulator, error) {
	const mostKept = 20_000
	args := []string{
		"sim", "--flavor", string(flavor), "--issues", strconv.Itoa(issues), "--scale", jirasim.ScaleBench, "--addr", "127.0.0.1:0",
		"--seed", "3", "--username", simUser,
	}
	if issues <= mostKept {
		args = append(args, "--prerender")
	}
	process, err := launch(environ("SIM_TOKEN="+simToken), s.binary, args...)
	if err != nil {
		return nil, err
	}
	sim := &simulator{child: process, flavor: flavor}
	line, err := process.line(ctx, "http://")
	if err == nil {
		_, address, _ := strings.Cut(line, "http://")
		sim.url = "http://" + address
		err = sim.ask(ctx, http.MethodGet, "/_sim/info", "", &sim.site)
	}
	if err != nil {
		_ = process.stop() // the reason to stop is the one to tell
		return nil, err
	}
	return sim, nil
}

// ask speaks to the simulator's own switches.
func (m *simulator) ask(ctx context.Context, method, path, body string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, m.url+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: HTTP %d: %s", method, path, resp.StatusCode, bytes.TrimSpace(answer))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// delay makes every search take that long.
func (m *simulator) delay(ctx context.Context, latency string) error {
	body := `{"clear":true,"rules":[{"path":"` + m.searchPath() + `","latency":"` + latency + `"}]}`
	if latency == "" {
		body = `{"clear":true}`
	}
	return m.ask(ctx, http.MethodPost, "/_sim/faults", body, nil)
}

// change touches n issues.
func (m *simulator) change(ctx context.Context, n int) error {
	return m.ask(ctx, http.MethodPost, "/_sim/touch?n="+strconv.Itoa(n), "", nil)
}

// requests counts what was asked so far, by method and path.
func (m *simulator) requests(ctx context.Context) (counts map[string]int, err error) {
	return counts, m.ask(ctx, http.MethodGet, "/_sim/requests", "", &counts)
}

func (m *simulator) searchPath() string {
	if m.flavor == jirasim.Cloud {
		return "/rest/api/3/search/jql"
	}
	return "/rest/api/2/search"
}

// title is what people call the flavor.
func (m *simulator) title() string {
	if m.flavor == jirasim.Cloud {
		return "Cloud"
	}
	return "Data Center"
}

// config is the environment of a product that mirrors it, under the name "bench".
func (m *simulator) config() []string {
	env := []string{"JIRA_URL_1=" + m.url, "JIRA_NAME_1=bench", "JIRA_CONCURRENCY_1=" + strconv.Itoa(concurrency)}
	if m.flavor == jirasim.Cloud {
		return append(env, "JIRA_USERNAME_1="+simUser, "JIRA_PASSWORD_1="+simToken)
	}
	return append(env, "JIRA_TOKEN_1="+simToken)
}
