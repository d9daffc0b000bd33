package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	readyWithin = 30 * time.Second
	readyBeat   = 2 * time.Millisecond
)

// product is a running `jirasync serve`.
type product struct {
	*child
	addr    string
	started time.Duration // from its start to ready
}

// serve starts a server with settings of the environment. It limits requests, as in production,
// to a number that no client here reaches.
func (s *stand) serve(ctx context.Context, env ...string) (*product, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	env = append(environ("PORT="+port, "LIMIT_REQUESTS_PER_MINUTE=1000000000", "LOG_LEVEL=error", "LOG_FORMAT=text"), env...)
	began := time.Now()
	process, err := launch(env, s.binary, "serve")
	if err != nil {
		return nil, err
	}
	p := &product{child: process, addr: "127.0.0.1:" + port}
	if err := p.ready(ctx); err != nil {
		return nil, errors.Join(err, process.stop())
	}
	p.started = time.Since(began)
	return p, nil
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, errors.Join(err, listener.Close())
}

// ready waits until it can answer.
func (p *product) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	beat := time.NewTicker(readyBeat)
	defer beat.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.addr+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-beat.C:
		case <-p.ended:
			return p.gone()
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready after %s", readyWithin)
		}
	}
}

// graphqlBody is a request as clients send it.
func graphqlBody(query string, variables map[string]any) ([]byte, error) {
	return json.Marshal(map[string]any{"query": query, "variables": variables})
}

// ask sends an operation and reads its data. Errors in the answer are errors.
func (p *product) ask(ctx context.Context, query string, into any) error {
	body, err := graphqlBody(query, nil)
	if err != nil {
		return err
	}
	text, err := get(ctx, http.MethodPost, "http://"+p.addr+"/graphql", string(body))
	if err != nil {
		return err
	}
	var answer struct {
		Data   jsontext.Value `json:"data"`
		Errors jsontext.Value `json:"errors"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	if answer.Errors != nil {
		return fmt.Errorf("%s: %s", query, answer.Errors)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer.Data, into, json.MatchCaseInsensitiveNames(true))
}

// get speaks plain HTTP.
func get(ctx context.Context, method, url, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: HTTP %d: %s", url, resp.StatusCode, text)
	}
	return text, err
}

// mirrored is a mirror of a simulated Jira, made by a server.
type mirrored struct {
	jira     *simulator
	url      string // of the database
	rate     float64
	resident int64 // bytes of the server that made it, at most
}

// mirror makes a mirror of so many issues, or finds the one made before.
func (s *stand) mirror(ctx context.Context, r *report, issues int) (*mirrored, error) {
	if m, made := s.mirrors[issues]; made {
		return m, nil
	}
	r.working("a server mirrors %d issues", issues)
	sim, err := s.simulate(ctx, simFlavor, issues)
	if err != nil {
		return nil, err
	}
	m := &mirrored{jira: sim}
	s.mirrors[issues] = m // closed with the stand from here on
	if m.url, err = s.database(ctx, "mirror_"+strconv.Itoa(issues)); err != nil {
		return nil, err
	}
	server, err := s.serve(ctx, append(sim.config(), "DATABASE_URL="+m.url, "REDIS_URL="+s.redisURL)...)
	if err != nil {
		return nil, err
	}
	err = m.fill(ctx, server)
	if used, usageErr := usageOf(server.pid()); usageErr == nil { // only Linux tells
		m.resident = used.peak
	}
	if err := errors.Join(err, server.stop()); err != nil {
		return nil, err
	}
	r.working("%d issues at %.0f/s", issues, m.rate)
	return m, execute(ctx, m.url, "VACUUM (ANALYZE)", "CHECKPOINT")
}

// simFlavor is the Jira of all mirrors that are read.
const simFlavor = "dc"

// fill waits for the server's first run.
func (m *mirrored) fill(ctx context.Context, server *product) error {
	const beat = 200 * time.Millisecond
	for {
		var status struct {
			SyncStatus struct {
				Last []struct {
					State         string
					DurationMs    float64
					IssuesCreated int
					Error         *string
				}
			}
		}
		if err := server.ask(ctx, `{syncStatus{last{state durationMs issuesCreated error}}}`, &status); err != nil {
			return err
		}
		if last := status.SyncStatus.Last; len(last) > 0 {
			if last[0].State != "SUCCEEDED" || last[0].IssuesCreated != m.jira.Issues {
				return fmt.Errorf("the first run ended as %+v", last[0])
			}
			m.rate = float64(last[0].IssuesCreated) / last[0].DurationMs * 1000
			return nil
		}
		select {
		case <-time.After(beat):
		case <-server.ended:
			return server.gone()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
