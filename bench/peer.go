package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	postGraphile  = "PostGraphile"
	graphJin      = "GraphJin"
	peerWorkers   = 2 // one a core
	peerFolder    = "bench/peers/postgraphile"
	installWithin = 5 * time.Minute
	peerStarts    = time.Minute
)

// graphJinRatios is what GraphJin reached of F-sql in a trial on two cores before this bench was
// written. It cannot be measured here: the Go module proxy refuses its module.
func graphJinRatios() map[string]float64 {
	return map[string]float64{"Q1": 0.58, "Q2": 0.46, "Q3": 0.59, "Q4": 0.89, "Q5": 0.46}
}

const graphJinMissing = "GraphJin is not measured: the Go module proxy refuses its module (403: this module version is not " +
	"available), and npm has none. The ratios shown for it are those of an earlier trial on two cores, beside the same floor."

// peerSchema is what peers serve.
//
//go:embed peers/schema.sql
var peerSchema string

// peer is another server of GraphQL on the same database, in some processes that share the load.
type peer struct {
	name  string
	addrs []string
	all   []*child
	turn  time.Duration // of load
}

func (p *peer) stop() (err error) {
	for _, process := range p.all {
		err = errors.Join(err, process.stop())
	}
	return err
}

// openPeers starts the peers there are, and says of the others why they are missing.
func (s *stand) openPeers(ctx context.Context, r *report, m *mirrored) ([]*peer, error) {
	if !s.peers {
		r.say("No peers were asked for.")
		return nil, nil
	}
	r.say(graphJinMissing)
	peers, err := s.startPeers(ctx, r, m)
	if len(peers) > 0 {
		r.say("PostGraphile 5 runs in %d workers on a Node.js of its own, over views of the mirror's tables, with connection-filter for "+
			"Q3 and pg-aggregates for Q4. Its answers held the values of F-sql's in the same order, those of Q4 in any order.", peerWorkers)
	}
	return peers, err
}

// startPeers starts PostGraphile on a mirror, if peers are asked for and it can be installed.
func (s *stand) startPeers(ctx context.Context, r *report, m *mirrored) ([]*peer, error) {
	if !s.peers {
		return nil, nil
	}
	folder, err := installPostGraphile(ctx, r)
	if err != nil {
		r.say("PostGraphile is left out: it could not be installed: %s", err)
		return nil, nil
	}
	if err := execute(ctx, m.url, peerSchema); err != nil {
		return nil, err
	}
	p, err := startPostGraphile(ctx, folder, m.url)
	if err != nil {
		return nil, err
	}
	p.turn = s.window
	return []*peer{p}, nil
}

// installPostGraphile has npm install what the lock file names, unless that was done before.
func installPostGraphile(ctx context.Context, r *report) (folder string, err error) {
	if folder, err = filepath.Abs(filepath.Join(".cache", "peers", "postgraphile")); err != nil {
		return "", err
	}
	lock, err := os.ReadFile(filepath.Join(peerFolder, "package-lock.json"))
	if err != nil {
		return "", err
	}
	done := filepath.Join(folder, "installed")
	before, err := os.ReadFile(done)
	fresh := err != nil || !bytes.Equal(before, lock) // none was installed, or another
	if fresh {
		if err := os.RemoveAll(folder); err != nil {
			return "", err
		}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	for _, name := range []string{"package.json", "package-lock.json", "server.mjs"} {
		text, err := os.ReadFile(filepath.Join(peerFolder, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), text, 0o644)
		}
		if err != nil {
			return "", err
		}
	}
	if !fresh {
		return folder, nil
	}
	r.working("npm installs PostGraphile")
	ctx, cancel := context.WithTimeout(ctx, installWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--no-fund", "--no-audit", "--loglevel=error")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		first, _, _ := bytes.Cut(bytes.TrimSpace(out), []byte("\n"))
		return "", fmt.Errorf("npm ci: %w: %s", err, first)
	}
	return folder, os.WriteFile(done, lock, 0o644)
}

// startPostGraphile runs workers side by side. Those of Node's own cluster take three times the CPU.
func startPostGraphile(ctx context.Context, folder, url string) (*peer, error) {
	ctx, cancel := context.WithTimeout(ctx, peerStarts)
	defer cancel()
	p := &peer{name: postGraphile}
	for range peerWorkers {
		port, err := freePort()
		if err != nil {
			return nil, errors.Join(err, p.stop())
		}
		process, err := launch(environ("GRAPHILE_ENV=production", "NODE_ENV=production", "PORT="+port,
			"DATABASE_URL="+url+"&options=-c%20jit%3Doff"),
			filepath.Join(folder, "node_modules", ".bin", "node"), filepath.Join(folder, "server.mjs"))
		if err != nil {
			return nil, errors.Join(err, p.stop())
		}
		p.all, p.addrs = append(p.all, process), append(p.addrs, "127.0.0.1:"+port)
		if _, err := process.line(ctx, "http://"); err != nil {
			return nil, fmt.Errorf("start %s: %w", postGraphile, errors.Join(err, p.stop()))
		}
	}
	return p, nil
}

// peerQuestion is one of the five as a peer is asked it.
type peerQuestion struct {
	graphql   string
	variables []string // their names; their values are those of the statement
	anyOrder  bool     // the peer cannot give the order of the floor
}

const (
	peerIssueOrder  = "orderBy: [UPDATED_AT_DESC, PROJECT_KEY_ASC, KEY_NUMBER_ASC, ISSUE_ID_ASC]"
	peerChangeOrder = "orderBy: [AT_ASC, JIRA_ID_ASC, N_ASC]"
)

func peerQuestions() map[string]peerQuestion {
	return map[string]peerQuestion{
		"Q1": {
			graphql: `query Q1($key: String!) { issueByKey(key: $key) { key summary status assignee { displayName } reporter { displayName } ` +
				`changes(last: 10, ` + peerChangeOrder + `) { nodes { at field fromText toText author { displayName } } } } }`,
			variables: []string{"key"},
		},
		"Q2": {
			graphql: `query Q2($project: String!) { projectByKey(key: $project) { issues(first: 50, ` + peerIssueOrder + `) { nodes { key ` +
				`summary updatedAt status assignee { displayName } reporter { displayName } } } } }`,
			variables: []string{"project"},
		},
		"Q3": {
			graphql: `query Q3($word: String!, $status: String!, $label: String!) { issues(filter: {summary: {includesInsensitive: $word}, ` +
				`status: {equalTo: $status}, labels: {contains: [$label]}}, first: 25, ` + peerIssueOrder + `) { totalCount nodes { key ` +
				`summary updatedAt status } } }`,
			variables: []string{"word", "status", "label"},
		},
		"Q4": {
			graphql: `query Q4($project: String!) { projectByKey(key: $project) { issues { totalCount groupedAggregates(groupBy: [STATUS]) ` +
				`{ keys sum { one } } } } }`,
			variables: []string{"project"}, anyOrder: true,
		},
		"Q5": {
			graphql: `query Q5($after: String!) { projects(first: 20, condition: {visible: true}, filter: {key: {greaterThan: $after}}, ` +
				`orderBy: [KEY_ASC]) { nodes { key name issues(first: 5, ` + peerIssueOrder + `) { nodes { key summary assignee { displayName } ` +
				`changes(last: 3, ` + peerChangeOrder + `) { nodes { at field fromText toText } } } } } } }`,
			variables: []string{"after"},
		},
	}
}

// body is the request for a peer.
func (q peerQuestion) body(a arguments) ([]byte, error) {
	variables := map[string]any{}
	for n, name := range q.variables {
		variables[name] = a.sql[n]
	}
	return graphqlBody(q.graphql, variables)
}

// contestant compares a peer's answers with those of the floor and makes its requests. It answers
// for one turn that does not count: its compiler must have seen the question in every worker.
func (p *peer) contestant(ctx context.Context, q question, asked []arguments, base string) (*contestant, error) {
	c := &contestant{name: p.name, addr: p.addrs[0], more: p.addrs[1:]}
	as := peerQuestions()[q.name]
	for _, arguments := range asked {
		body, err := as.body(arguments)
		if err != nil {
			return nil, err
		}
		best, err := get(ctx, http.MethodGet, base+sqlPath(q, arguments), "")
		if err != nil {
			return nil, err
		}
		answer, err := get(ctx, http.MethodPost, "http://"+c.addr+"/graphql", string(body))
		if err != nil {
			return nil, err
		}
		if err := sameValues(best, answer, as.anyOrder); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		c.requests = append(c.requests, httpRequest(http.MethodPost, c.addr, "/graphql", body))
	}
	_, err := c.load(ctx, readConnections, p.turn)
	return c, err
}

// holdAgainstPeers compares cold answers with those of the fastest peer.
func holdAgainstPeers(r *report, q question, cold float64, turns map[string][]turn) {
	fastest, best := graphJin+", earlier", graphJinRatios()[q.name]
	if measured := rates(turns[postGraphile]); len(measured) > 0 {
		if reached := ratio(measured, rates(turns[fSQL])); reached > best {
			fastest, best = postGraphile, reached
		}
	}
	r.figure(figure{
		what: q.name + " cold, ahead of every peer", reached: cold, target: best, unit: " of F-sql",
		why: "The fastest is " + fastest + ". " + q.why,
	})
}
