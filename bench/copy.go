package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"jirasync/jirasim"
)

const (
	copyCommand = "floor-copy"
	concurrency = 4   // sweeps side by side, the product's default
	pageSize    = 100 // as the product asks
)

// copied is what a floor of the sync did, as it prints it for the process that measures.
type copied struct {
	Issues  int64   `json:"issues"`
	Bytes   int64   `json:"bytes"`
	Seconds float64 `json:"seconds"`
}

// copier downloads every page of a Jira. With a database it is F-copy, else F-page.
type copier struct {
	site   *simulator
	client *http.Client
	pool   *pgxpool.Pool // nil: download only
	issues atomic.Int64
	bytes  atomic.Int64
}

// copyPages is F-page, and with -database F-copy: the same pages as a full sync with the same
// concurrency, each stored by one COPY of its documents.
func copyPages(ctx context.Context, args []string) error {
	c := copier{site: &simulator{}, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrency}}}
	var flavor, projects, database string
	flags := flag.NewFlagSet(copyCommand, flag.ContinueOnError)
	flags.StringVar(&c.site.url, "jira", "", "address of the simulated Jira")
	flags.StringVar(&flavor, "flavor", "", "cloud or dc")
	flags.StringVar(&projects, "projects", "", "keys, with commas")
	flags.StringVar(&database, "database", "", "where to store; empty: nowhere")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c.site.flavor = jirasim.Flavor(flavor)
	began := time.Now()
	if database != "" {
		pool, err := pgxpool.New(ctx, database)
		if err != nil {
			return err
		}
		defer pool.Close()
		c.pool = pool
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	for key := range strings.SplitSeq(projects, ",") {
		group.Go(func() error { return c.project(ctx, key) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return json.MarshalWrite(os.Stdout, copied{c.issues.Load(), c.bytes.Load(), time.Since(began).Seconds()})
}

// project reads one project from its first page to its last.
func (c *copier) project(ctx context.Context, key string) error {
	var token string
	var body []byte
	for start := 0; ; {
		var err error
		if body, err = c.ask(ctx, key, start, token, body[:0]); err != nil {
			return err
		}
		page, err := splitPage(body)
		if err != nil {
			return fmt.Errorf("read a page of %s: %w", key, err)
		}
		if err := c.store(ctx, page.issues); err != nil {
			return fmt.Errorf("store a page of %s: %w", key, err)
		}
		start += len(page.issues)
		token = page.token
		if c.site.flavor == jirasim.Cloud && token == "" || c.site.flavor != jirasim.Cloud && start >= page.total {
			return nil
		}
	}
}

// searchBody is what both dialects take; expand is a list on Data Center.
type searchBody struct {
	JQL        string   `json:"jql"`
	MaxResults int      `json:"maxResults"`
	Fields     []string `json:"fields"`
	Expand     any      `json:"expand"`
	StartAt    int      `json:"startAt,omitzero"`
	Token      string   `json:"nextPageToken,omitzero"`
}

func (c *copier) ask(ctx context.Context, key string, start int, token string, into []byte) ([]byte, error) {
	search := searchBody{
		JQL: `project = "` + key + `" ORDER BY created ASC, key ASC`, MaxResults: pageSize, Fields: []string{"*all"},
		Expand: "changelog", Token: token,
	}
	if c.site.flavor == jirasim.DataCenter {
		search.Expand, search.StartAt = []string{"changelog"}, start
	}
	question, err := json.Marshal(search)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.site.url+c.site.searchPath(), bytes.NewReader(question))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(simUser, simToken)
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	page := bytes.NewBuffer(into)
	page.Grow(int(max(resp.ContentLength, 0)) + bytes.MinRead)
	if _, err := page.ReadFrom(resp.Body); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("search: HTTP %d: %s", resp.StatusCode, page)
	}
	return page.Bytes(), nil
}

func (c *copier) store(ctx context.Context, issues [][]byte) error {
	for _, issue := range issues {
		c.bytes.Add(int64(len(issue)))
	}
	c.issues.Add(int64(len(issues)))
	if c.pool == nil {
		return nil
	}
	_, err := c.pool.CopyFrom(ctx, pgx.Identifier{copyTable}, []string{"document"},
		pgx.CopyFromSlice(len(issues), func(n int) ([]any, error) { return []any{issues[n]}, nil }))
	return err
}

// copyTable is where F-copy stores.
const copyTable = "copied"

// page is what a floor needs of an answer.
type page struct {
	issues [][]byte // parts of the answer
	token  string   // Cloud: of the next page
	total  int      // Data Center
}

// splitPage finds the documents of a page without looking into them.
func splitPage(body []byte) (p page, err error) {
	for at := bytes.IndexByte(body, '{') + 1; ; {
		name, value, next, err := member(body, at)
		switch {
		case errors.Is(err, io.EOF):
			return p, nil
		case err != nil:
			return p, err
		}
		switch name {
		case "issues":
			p.issues, err = elements(value)
		case "nextPageToken":
			err = json.Unmarshal(value, &p.token)
		case "total":
			p.total, err = strconv.Atoi(string(value))
		}
		if err != nil {
			return p, err
		}
		at = next
	}
}
