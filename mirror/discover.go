package mirror

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"jirasync/db"
	"jirasync/jira"
)

// dictionariesEvery is the slower beat on which names are asked for: they rarely change, and a
// quiet tick should cost Jira next to nothing.
const dictionariesEvery = time.Hour

// knowledge is what this process has learnt of an instance. Its run and its webhooks share it.
type knowledge struct {
	mu      sync.RWMutex
	server  jira.Server              // as of the first contact
	met     bool                     // there was one
	learnt  time.Time                // when the dictionaries were asked for last
	parts   time.Time                // when versions, components and sprints were asked for last
	warning string                   // of how it reads times; empty: as it should
	ranking map[int64]int            // of priorities by id
	ids     map[string]string        // of fields by the names that are unique
	lists   map[issueKind]shownLists // in which issues come
}

func (e *Engine) knowledgeOf(instance int) *knowledge {
	e.mu.Lock()
	defer e.mu.Unlock()
	k, known := e.known[instance]
	if !known {
		k = &knowledge{ranking: map[int64]int{}}
		e.known[instance] = k
	}
	return k
}

// host is who answers at the instance's address.
func (k *knowledge) host() (server jira.Server, met bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.server, k.met
}

func (k *knowledge) meet(server jira.Server) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.server, k.met = server, true
}

// caution is what people should know of the instance though all goes well; empty: nothing.
func (k *knowledge) caution() string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.warning
}

// isDataCenter is false until we know.
func (k *knowledge) isDataCenter() bool {
	server, _ := k.host()
	return server.Kind == jira.DataCenter
}

// forget has the next run ask for the dictionaries, whatever the beat.
func (k *knowledge) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.learnt = time.Time{}
}

func (k *knowledge) fresh() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return time.Since(k.learnt) < dictionariesEvery
}

func (k *knowledge) rank(priority int64) (int, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	rank, known := k.ranking[priority]
	return rank, known
}

// discover learns who Jira is and, on its slower beat or before everything is read, which
// projects, fields and names it has.
func (r *runner) discover(ctx context.Context) error {
	if _, met := r.known.host(); met && r.Run.Mode == db.Incremental && r.known.fresh() {
		return nil
	}
	server, err := r.client.Connect(ctx)
	if err != nil {
		return err
	}
	r.known.meet(server)
	r.progress.say("asking Jira for its projects, fields and names")
	defer r.progress.say("")
	group, asking := errgroup.WithContext(ctx)
	group.Go(func() error { return r.learnTimes(asking, server) })
	group.Go(func() error { return r.learnProjects(asking) })
	group.Go(func() error { return r.learnFields(asking) })
	group.Go(func() error { return r.learnNames(asking) })
	if err := group.Wait(); err != nil {
		return err
	}
	r.known.mu.Lock()
	defer r.known.mu.Unlock()
	r.known.learnt = time.Now()
	return nil
}

func (r *runner) learnProjects(ctx context.Context) error {
	var found []db.ProjectRow
	leads := rows{users: map[string]db.UserRow{}}
	for p, err := range r.client.Projects(ctx) {
		if err != nil {
			return fmt.Errorf("list the projects: %w", err)
		}
		found = append(found, db.ProjectRow{
			ID: p.ID, Key: p.Key, Name: p.Name, LeadID: leads.user(p.Lead), Category: optional(p.Category), Archived: p.Archived,
		})
	}
	if len(found) == 0 {
		// It is more likely a lost permission, or nonsense, than an empty Jira.
		return fmt.Errorf("%s shows the sync account no project at all, so nothing was changed: grant it Browse Projects, "+
			"or check JIRA_URL_%d", r.Instance.Name, r.Instance.ID)
	}
	if err := r.savePeople(ctx, leads); err != nil {
		return err
	}
	return r.store.SaveProjects(ctx, r.Lease, r.Run.SyncID, found)
}

func (r *runner) learnFields(ctx context.Context) error {
	fields, err := r.client.Fields(ctx)
	if err != nil {
		return fmt.Errorf("list the fields: %w", err)
	}
	if len(fields) == 0 {
		return fmt.Errorf("%s describes no field at all, so nothing was changed: check JIRA_URL_%d", r.Instance.Name, r.Instance.ID)
	}
	r.client.UseFields(fields) // the sprint and epic fields go by other ids in every instance
	found := make([]db.FieldRow, len(fields))
	for i, f := range fields {
		found[i] = db.FieldRow{
			ID: f.ID, Name: f.Name, Custom: f.Custom, SchemaType: optional(f.SchemaType),
			SchemaItems: optional(f.SchemaItems), SchemaCustom: optional(f.SchemaCustom),
		}
	}
	r.known.named(fields)
	return r.store.SaveFields(ctx, r.Lease, found)
}

func (r *runner) learnNames(ctx context.Context) error {
	var statuses []jira.Status
	var priorities []jira.Priority
	var types []jira.IssueType
	group, asking := errgroup.WithContext(ctx)
	group.Go(func() (err error) { statuses, err = r.client.Statuses(asking); return err })
	group.Go(func() (err error) { priorities, err = r.client.Priorities(asking); return err })
	group.Go(func() (err error) { types, err = r.client.IssueTypes(asking); return err })
	if err := group.Wait(); err != nil {
		return fmt.Errorf("learn the names: %w", err)
	}
	var names db.Dictionaries
	for _, s := range statuses {
		names.Statuses = append(names.Statuses, db.StatusRow{ID: fmt.Sprint(s.ID), Name: s.Name, Category: s.Category})
	}
	r.known.mu.Lock()
	for _, p := range priorities {
		r.known.ranking[p.ID] = p.Rank
		names.Priorities = append(names.Priorities, db.PriorityRow{ID: fmt.Sprint(p.ID), Name: p.Name, Rank: p.Rank})
	}
	r.known.mu.Unlock()
	for _, t := range types {
		names.Types = append(names.Types, db.TypeRow{ID: fmt.Sprint(t.ID), Name: t.Name, Subtask: t.Subtask, IconURL: optional(t.IconURL)})
	}
	return r.store.SaveDictionaries(ctx, r.Lease, r.Run.SyncID, names)
}

func kindOf(kind string) string {
	switch kind {
	case jira.Cloud:
		return "CLOUD"
	case jira.DataCenter:
		return "DATA_CENTER"
	}
	return ""
}

func limitRow(l jira.RateLimit) db.Limit {
	var row db.Limit
	if l.Remaining >= 0 && l.Limit > 0 {
		row.Remaining, row.Total = &l.Remaining, &l.Limit
	}
	if l.Endpoint == "" && l.Until.After(time.Now()) { // who waits for one endpoint alone is not kept waiting
		row.Until, row.Reason = &l.Until, optional(l.Reason)
	}
	return row
}
