package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/sync/errgroup"

	"jirasync/config"
	"jirasync/db"
	"jirasync/jobs"
	"jirasync/mirror"
)

type syncCommand struct {
	Full      bool     `help:"Read everything, not only what changed." xor:"mode"`
	Reconcile bool     `help:"Compare all ids with Jira and settle the differences at once." xor:"mode"`
	Instance  []string `help:"Name of an instance; repeatable. Default all." sep:"none"`
	Project   []string `help:"Key of a project; repeatable. Default all." sep:"none"`
	JSON      bool     `help:"Print the finished runs as a JSON array." name:"json"`
}

// Run does one run of each named instance, side by side.
func (c *syncCommand) Run(ctx context.Context, s *session) error {
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	instances, err := c.chosen(cfg)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	log, err := s.logger(cfg, true)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.ConfigureInstances(ctx, instanceRows(cfg)); err != nil {
		return err
	}
	settings, err := store.SyncConfig(ctx)
	if err != nil {
		return err
	}
	if instances, err = c.readers(ctx, store, instances, settings); err != nil {
		return err
	}
	view := s.syncView(instances, c.JSON)
	engine := mirror.NewEngine(store, view.progress, log)
	outcomes := make([]outcome, len(instances))
	var group errgroup.Group
	for i, instance := range instances {
		group.Go(func() error {
			order := mirror.Order{
				Instance: instance, Settings: settings, BothStrikes: c.Reconcile,
				Run: db.Run{Mode: c.mode(), Keys: c.keys()},
			}
			run, err := jobs.Foreground(ctx, store, engine, order, holderName("cli"), func(why error) { view.waiting(instance, why) })
			outcomes[i] = outcome{instance: instance, run: run, err: err}
			view.finished(instance, run, err)
			return nil
		})
	}
	_ = group.Wait() // outcomes hold the errors
	view.wait()
	return c.conclude(s, outcomes)
}

func (c *syncCommand) mode() db.Mode {
	switch {
	case c.Full:
		return db.Full
	case c.Reconcile:
		return db.Reconcile
	}
	return db.Incremental
}

func (c *syncCommand) keys() []string {
	keys := make([]string, len(c.Project))
	for i, key := range c.Project {
		keys[i] = strings.ToUpper(strings.TrimSpace(key))
	}
	return keys
}

func (c *syncCommand) chosen(cfg config.Config) ([]mirror.Instance, error) {
	all, err := mirrorInstances(cfg)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errors.New("no Jira is configured: set JIRA_URL_1 and its credentials")
	}
	if len(c.Instance) == 0 {
		return all, nil
	}
	var chosen []mirror.Instance
	for _, name := range c.Instance {
		at := slices.IndexFunc(all, func(in mirror.Instance) bool { return in.Name == name || fmt.Sprint(in.ID) == name })
		if at < 0 {
			return nil, fmt.Errorf("no instance is named %q; there are: %s", name, strings.Join(names(all), ", "))
		}
		if !slices.ContainsFunc(chosen, func(in mirror.Instance) bool { return in.ID == all[at].ID }) {
			chosen = append(chosen, all[at])
		}
	}
	return chosen, nil
}

// readers are those of the instances that mirror one of the named projects; no names are all.
func (c *syncCommand) readers(ctx context.Context, store *db.Store, instances []mirror.Instance, settings db.SyncConfig) ([]mirror.Instance, error) {
	if len(c.Project) == 0 {
		return instances, nil
	}
	reaches := make([]db.Reach, len(instances))
	for i, in := range instances {
		visible, err := store.VisibleProjects(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		reaches[i] = in.Reach(visible, settings)
		reaches[i].Named = len(c.Instance) > 0
	}
	readers, err := db.Mirroring(reaches, c.keys())
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return slices.DeleteFunc(instances, func(in mirror.Instance) bool { return !slices.Contains(readers, in.ID) }), nil
}

func names(instances []mirror.Instance) []string {
	list := make([]string, len(instances))
	for i, in := range instances {
		list[i] = in.Name
	}
	return list
}

// outcome is how the run of one instance went.
type outcome struct {
	instance mirror.Instance
	run      db.Run
	err      error // its end could not be recorded, or it never began
}

// conclude prints what was asked for and chooses the exit code: the worst of all runs.
func (c *syncCommand) conclude(s *session, outcomes []outcome) error {
	code := exitOK
	runs := make([]finishedRun, 0, len(outcomes))
	for _, o := range outcomes {
		switch {
		case o.err != nil || o.run.State != db.Succeeded && o.run.State != db.Partial:
			code = exitFailed
		case o.run.State == db.Partial && code == exitOK:
			code = exitPartial
		}
		if o.run.SyncID != 0 {
			runs = append(runs, describeRun(o))
		}
	}
	if c.JSON {
		if err := json.MarshalWrite(s.stdout, runs, jsontext.WithIndent("  ")); err != nil {
			return err
		}
		fmt.Fprintln(s.stdout)
	}
	if code == exitOK {
		return nil
	}
	return &exitError{code: code}
}

// finishedRun is a SyncRun as the API names its fields.
type finishedRun struct {
	ID              string  `json:"id"`
	Instance        string  `json:"instance"`
	Mode            db.Mode `json:"mode"`
	State           string  `json:"state"`
	TriggeredBy     string  `json:"triggeredBy"`
	StartedAt       string  `json:"startedAt"`
	FinishedAt      *string `json:"finishedAt"`
	DurationMs      *int64  `json:"durationMs"`
	IssuesFetched   int     `json:"issuesFetched"`
	IssuesCreated   int     `json:"issuesCreated"`
	IssuesUpdated   int     `json:"issuesUpdated"`
	IssuesUnchanged int     `json:"issuesUnchanged"`
	IssuesDeleted   int     `json:"issuesDeleted"`
	IssuesFailed    int     `json:"issuesFailed"`
	Requests        int     `json:"requests"`
	Retries         int     `json:"retries"`
	ThrottledMs     int     `json:"throttledMs"`
	Error           *string `json:"error"`
}

const jsonTime = "2006-01-02T15:04:05.000Z"

func describeRun(o outcome) finishedRun {
	r := o.run
	f := finishedRun{
		ID: fmt.Sprint(r.SyncID), Instance: o.instance.Name, Mode: r.Mode, State: string(r.State), TriggeredBy: r.TriggeredBy,
		StartedAt: r.StartedAt.UTC().Format(jsonTime), IssuesFetched: r.IssuesFetched, IssuesCreated: r.IssuesCreated,
		IssuesUpdated: r.IssuesUpdated, IssuesUnchanged: r.IssuesUnchanged, IssuesDeleted: r.IssuesDeleted,
		IssuesFailed: r.IssuesFailed, Requests: r.Requests, Retries: r.Retries, ThrottledMs: r.ThrottledMs, Error: r.Error,
	}
	if r.FinishedAt != nil {
		at, took := r.FinishedAt.UTC().Format(jsonTime), r.FinishedAt.Sub(r.StartedAt).Milliseconds()
		f.FinishedAt, f.DurationMs = &at, &took
	}
	return f
}

// syncView shows runs side by side: bars on a terminal, a line at each end elsewhere, nothing but
// waits when the answer is JSON.
type syncView struct {
	session *session
	quiet   bool
	mu      sync.Mutex
	bars    *bars
	waited  map[int]bool
}

func (s *session) syncView(instances []mirror.Instance, quiet bool) *syncView {
	v := &syncView{session: s, quiet: quiet, waited: map[int]bool{}}
	if !quiet && s.onTerminal() {
		v.bars = newBars(s.stderr, instances)
	}
	return v
}

func (v *syncView) progress(_ context.Context, p db.Progress) {
	if v.bars != nil {
		v.bars.move(p)
	}
}

// waiting says once that an instance is in use.
func (v *syncView) waiting(instance mirror.Instance, why error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.waited[instance.ID] {
		v.waited[instance.ID] = true
		fmt.Fprintf(v.session.stderr, "%s: waiting: %v\n", instance.Name, why)
	}
}

func (v *syncView) finished(instance mirror.Instance, run db.Run, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.bars != nil {
		v.bars.end(instance)
	}
	line := fmt.Sprintf("%s: %s, %d fetched, %d created, %d updated, %d unchanged, %d deleted, %d failed",
		instance.Name, run.State, run.IssuesFetched, run.IssuesCreated, run.IssuesUpdated, run.IssuesUnchanged, run.IssuesDeleted, run.IssuesFailed)
	if run.Error != nil {
		line += ": " + *run.Error
	}
	if err != nil {
		line = fmt.Sprintf("%s: %v", instance.Name, err)
	}
	if !v.quiet || err != nil {
		fmt.Fprintln(v.session.stderr, line)
	}
}

func (v *syncView) wait() {
	if v.bars != nil {
		v.bars.wait()
	}
}
