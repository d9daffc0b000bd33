package db

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"jirasync/cache"
	"jirasync/query"
)

// Found is an object with the versions its answer depends on. A nil Value says that there is no
// such object, which may depend on every instance.
type Found[T any] struct {
	Value T
	Deps  []cache.Dep
}

// IssueKey is how people name an issue.
type IssueKey struct {
	Key      string
	Instance string // name; empty: whichever has it
}

// AmbiguousKeyError says that a key lives in several instances.
type AmbiguousKeyError struct {
	What      string // issue or project
	Key       string
	Instances []string // names
}

func (e *AmbiguousKeyError) Error() string {
	return fmt.Sprintf("%s %s is in several instances, %s: say which one by the argument instance",
		e.What, e.Key, strings.Join(e.Instances, " and "))
}

// findLead stands before the selection of a statement that finds issues; findJoin belongs to it.
const findLead = "coalesce(pv.version, 0), "

const findJoin = " LEFT JOIN jira_sync.jira_projects pv ON pv.instance_id = i.instance_id AND pv.project_id = i.project_id"

// candidate is an issue that a lookup found, and by what.
type candidate struct {
	issue   *Issue
	version int64
	visible bool   // Jira shows its project
	asked   string // the key it was found by
}

// standing ranks the candidates for a key: of those that live, as of those that are gone, the project may
// be out of sight.
func (c candidate) standing() (rank int) {
	if c.issue.DeletedAt == nil {
		rank += 2
	}
	if c.visible {
		rank++
	}
	return rank
}

func (c candidate) found() Found[*Issue] {
	return Found[*Issue]{c.issue, []cache.Dep{{Tag: ProjectTag(c.issue.InstanceID, c.issue.ProjectID), Version: c.version}}}
}

// foundBy is what a key leads to. Without an instance it depends on others as well: another project
// may come to bear the key's beginning, or one that bears it an issue of the key.
func (c candidate) foundBy(key IssueKey, from *keyMatches) Found[*Issue] {
	found := c.found()
	if key.Instance != "" {
		return found
	}
	own := found.Deps[0].Tag
	found.Deps = append(found.Deps, from.deps...)
	for _, d := range from.bearers[beginningOf(key.Key)] {
		if d.Tag != own {
			found.Deps = append(found.Deps, d)
		}
	}
	return found
}

// IssuesByKey finds issues by the key they have or had, at the places of their keys. An
// [AmbiguousKeyError] stands at its own place in errs.
func (s *Store) IssuesByKey(ctx context.Context, scope query.Scope, keys []IssueKey, wants IssueWants) (found []Found[*Issue], errs []error, err error) {
	wants.Fields |= FieldInstance | FieldDeleted
	present := &keyMatches{}
	if err := s.read(ctx, s.byPresentKey(scope, keys, wants, present)); err != nil {
		return nil, nil, fmt.Errorf("find issues by key: %w", err)
	}
	found, errs = make([]Found[*Issue], len(keys)), make([]error, len(keys))
	var missing []int
	for n, key := range keys {
		if match, err := choose(present.found, key); err != nil {
			errs[n] = err
		} else if match != nil {
			found[n] = match.foundBy(key, present)
		} else {
			missing = append(missing, n)
		}
	}
	if len(missing) == 0 {
		return found, errs, nil
	}
	asked := make([]IssueKey, len(missing))
	for n, place := range missing {
		asked[n] = keys[place]
	}
	others, otherErrs, err := s.issuesByAnyKey(ctx, scope, asked, wants)
	if err != nil {
		return nil, nil, fmt.Errorf("find issues by a former key: %w", err)
	}
	for n, place := range missing {
		found[place], errs[place] = others[n], otherErrs[n]
	}
	return found, errs, nil
}

// issuesByAnyKey looks for what had no present key a moment ago. The present keys are read once more, in
// one snapshot with those of before and the versions: an issue may have come meanwhile, and that there
// is none must not be said of versions that have brought it.
func (s *Store) issuesByAnyKey(ctx context.Context, scope query.Scope, keys []IssueKey, wants IssueWants) (found []Found[*Issue], errs []error, err error) {
	present, former := &keyMatches{}, &keyMatches{}
	if err := s.read(ctx, s.byPresentKey(scope, keys, wants, present), s.byFormerKey(scope, keys, wants, former)); err != nil {
		return nil, nil, err
	}
	found, errs = make([]Found[*Issue], len(keys)), make([]error, len(keys))
	for n, key := range keys {
		match, err := choose(present.found, key)
		if err == nil && match == nil {
			match, err = choose(former.found, key)
		}
		if errs[n] = err; match != nil {
			found[n].Value = match.issue
		}
		found[n].Deps = former.deps
	}
	return found, errs, nil
}

// keyMatches are what a look for keys finds, and what that depends on.
type keyMatches struct {
	found   []candidate
	deps    []cache.Dep
	bearers map[string][]cache.Dep // by the beginning of a key: the projects that could have an issue of it
}

// read takes a line of versions, then one for each bearer: its key and its version.
func (m *keyMatches) read(text string) (err error) {
	lines := strings.Split(text, "\n")
	if m.deps, err = parseVersions(lines[0]); err != nil {
		return err
	}
	m.bearers = make(map[string][]cache.Dep, len(lines)-1)
	for _, line := range lines[1:] {
		key, version, _ := strings.Cut(line, " ")
		deps, err := parseVersions(version)
		if err != nil {
			return err
		}
		m.bearers[key] = append(m.bearers[key], deps...)
	}
	return nil
}

// byPresentKey also tells the version of the set of projects, and those of the projects that could have
// an issue of a key that was asked of any instance.
func (s *Store) byPresentKey(scope query.Scope, keys []IssueKey, wants IssueWants, to *keyMatches) readStatement {
	reader := s.selections.reader(wants)
	rows := query.NewRows()
	matches := rows.In(keyTexts(keys))
	versions := "(SELECT 'projects=' || " + query.SetVersion + " FROM jira_sync.jira_instances n)"
	if beginnings := beginningsOf(keys); len(beginnings) > 0 {
		versions += ` || coalesce((SELECT string_agg(E'\n' || p.project_key || ' project:' || p.instance_id || ':' || p.project_id || '=' || p.version, '')
    FROM jira_sync.jira_projects p WHERE p.project_key` + rows.In(beginnings) + " AND " + rows.Scope(scope, "p") + "), '')"
	}
	sql := "SELECT " + versions + ", coalesce(pv.visible, true), " + findLead + reader.List + " FROM jira_sync.jira_issues i" + findJoin + reader.Joins +
		" WHERE i.issue_key" + matches + " AND " + rows.Scope(scope, "i") + " ORDER BY i.issue_id" + reader.Order
	return readStatement{Statement: query.Statement{SQL: sql, Args: rows.Args()}, rows: func(rows pgx.Rows) error {
		defer reader.cut()
		for rows.Next() {
			var versions string
			var c candidate
			var err error
			if c.issue, err = reader.scan(rows, []any{&versions, &c.visible, &c.version}); err != nil {
				return err
			}
			if to.deps == nil { // the same in every row
				if err := to.read(versions); err != nil {
					return err
				}
			}
			if c.issue != nil {
				c.asked = c.issue.Key
				to.found = append(to.found, c)
			}
		}
		return nil
	}}
}

// beginningsOf are the beginnings of the keys that are asked of any instance.
func beginningsOf(keys []IssueKey) []string {
	var beginnings []string
	for _, key := range keys {
		beginning := beginningOf(key.Key)
		if key.Instance == "" && beginning != "" && !slices.Contains(beginnings, beginning) {
			beginnings = append(beginnings, beginning)
		}
	}
	return beginnings
}

// beginningOf is a project's key, as far as an issue's key tells it.
func beginningOf(key string) string { return key[:max(0, strings.LastIndexByte(key, '-'))] }

func keyTexts(keys []IssueKey) []string {
	texts := make([]string, len(keys))
	for n, key := range keys {
		texts[n] = key.Key
	}
	return texts
}

// byFormerKey also tells every instance's version: any of them could bring the key.
func (s *Store) byFormerKey(scope query.Scope, keys []IssueKey, wants IssueWants, to *keyMatches) readStatement {
	reader := s.selections.reader(wants)
	rows := query.NewRows(keyTexts(keys))
	sql := "SELECT v.versions, i.asked, coalesce(i.visible, true), coalesce(i.version, 0), " + reader.List + " FROM (SELECT " + query.InstanceVersions + ` AS versions) v
LEFT JOIN LATERAL (SELECT k.issue_key AS asked, k.until, pv.version, pv.visible, i.* FROM jira_sync.jira_issue_keys k
    JOIN jira_sync.jira_issues i USING (issue_id)` + findJoin + `
    WHERE k.issue_key = ANY($1) AND ` + rows.Scope(scope, "i") + ") i ON true" + reader.Joins + `
ORDER BY i.until DESC, i.asked, i.issue_id` + reader.Order
	return readStatement{Statement: query.Statement{SQL: sql, Args: rows.Args()}, rows: func(rows pgx.Rows) error {
		defer reader.cut()
		var before []byte
		for rows.Next() {
			if asked := rows.RawValues()[1]; !bytes.Equal(asked, before) { // it may be the same issue's
				reader.begin()
				before = append(before[:0], asked...)
			}
			var versions string
			var key *string
			var c candidate
			var err error
			if c.issue, err = reader.scan(rows, []any{&versions, &key, &c.visible, &c.version}); err != nil {
				return err
			}
			if to.deps, err = parseVersions(versions); err != nil {
				return err
			}
			if c.issue != nil {
				c.asked = or(key, "")
				to.found = append(to.found, c)
			}
		}
		return nil
	}}
}

// choose takes the issue that a key means, the first of those that stand best: one that is gone, or whose
// project Jira no longer shows, makes no key ambiguous.
func choose(from []candidate, key IssueKey) (*candidate, error) {
	var chosen *candidate
	var instances []string
	for n := range from {
		c := &from[n]
		name := c.issue.Instance.Name
		if c.asked != key.Key || (key.Instance != "" && name != key.Instance) {
			continue
		}
		switch {
		case chosen == nil || c.standing() > chosen.standing():
			chosen, instances = c, []string{name}
		case c.standing() == chosen.standing() && !slices.Contains(instances, name):
			instances = append(instances, name)
		}
	}
	if len(instances) > 1 {
		return nil, &AmbiguousKeyError{What: "issue", Key: key.Key, Instances: instances}
	}
	return chosen, nil
}

// IssuesByID finds issues, at the places of their ids.
func (s *Store) IssuesByID(ctx context.Context, scope query.Scope, ids []int64, wants IssueWants) ([]Found[*Issue], error) {
	reader := s.selections.reader(wants)
	rows := query.NewRows(ids)
	sql := "SELECT v.versions, coalesce(i.version, 0), " + reader.List + " FROM (SELECT " + query.InstanceVersions + ` AS versions) v
LEFT JOIN LATERAL (SELECT pv.version, i.* FROM jira_sync.jira_issues i` + findJoin + `
    WHERE i.issue_id = ANY($1) AND ` + rows.Scope(scope, "i") + ") i ON true" + reader.Joins + " ORDER BY i.issue_id" + reader.Order
	byID := make(map[int64]candidate, len(ids))
	var missing []cache.Dep
	err := s.read(ctx, readStatement{Statement: query.Statement{SQL: sql, Args: rows.Args()}, rows: func(rows pgx.Rows) error {
		defer reader.cut()
		for rows.Next() {
			var versions string
			var c candidate
			var err error
			if c.issue, err = reader.scan(rows, []any{&versions, &c.version}); err != nil {
				return err
			}
			if missing, err = parseVersions(versions); err != nil {
				return err
			}
			if c.issue != nil {
				byID[c.issue.IssueID] = c
			}
		}
		return nil
	}})
	if err != nil {
		return nil, fmt.Errorf("find %d issues: %w", len(ids), err)
	}
	found := make([]Found[*Issue], len(ids))
	for n, id := range ids {
		if c, ok := byID[id]; ok {
			found[n] = c.found()
		} else {
			found[n].Deps = missing
		}
	}
	return found, nil
}
