package db

import (
	"fmt"
	"slices"

	"jirasync/query"
)

// InScope keeps the projects that every non-empty list names, by the key they have or had.
func InScope(projects []ProjectRow, lists ...[]string) []ProjectRow {
	var kept []ProjectRow
	for _, p := range projects {
		named := true
		for _, list := range lists {
			named = named && (len(list) == 0 || slices.ContainsFunc(list, func(key string) bool { return means(projects, key, p) }))
		}
		if named {
			kept = append(kept, p)
		}
	}
	return kept
}

// means reports whether a key means this one of the projects: one that bears it now goes before
// those that bore it.
func means(projects []ProjectRow, key string, p ProjectRow) bool {
	if p.Key == key {
		return true
	}
	taken := slices.ContainsFunc(projects, func(other ProjectRow) bool { return other.Key == key })
	return !taken && slices.Contains(p.Previous, key)
}

// Reach is what is mirrored of an instance.
type Reach struct {
	InstanceID int
	Name       string
	Visible    []ProjectRow // that Jira shows; none: nobody has looked yet
	Configured []string     // keys of JIRA_PROJECTS_n; none: all
	Settings   []string     // keys of the setting projects; none: all
	Named      bool         // somebody asks for this instance, not for all
}

// Of are the mirrored projects that the keys name; no keys are all.
func (r Reach) Of(keys ...string) []ProjectRow {
	return InScope(InScope(r.Visible, r.Configured, r.Settings), keys)
}

// None says that no project of these keys is mirrored, and why the first is not.
func (r Reach) None(keys []string) string {
	if len(keys) == 1 {
		return r.beyond(keys[0])
	}
	return fmt.Sprintf("none of the %d projects is mirrored from %s: %s", len(keys), r.Name, r.beyond(keys[0]))
}

func (r Reach) beyond(key string) string {
	switch {
	case !r.shows(key):
		return fmt.Sprintf("%s shows the sync account no project %q", r.Name, key)
	case len(InScope(InScope(r.Visible, r.Configured), []string{key})) == 0:
		return fmt.Sprintf("project %q of %s is not mirrored: JIRA_PROJECTS_%d does not name it", key, r.Name, r.InstanceID)
	}
	return fmt.Sprintf("project %q of %s is not mirrored: the setting projects does not name it", key, r.Name)
}

func (r Reach) shows(key string) bool { return len(InScope(r.Visible, []string{key})) > 0 }

// Mirroring are the numbers of the instances that a run of these projects is about. A [query.InputError]
// names a key that nothing is mirrored of, or an instance that was asked for and has none of them. Of
// an instance where nobody has looked yet, the run itself will find out.
func Mirroring(among []Reach, keys []string) ([]int, error) {
	for _, key := range keys {
		if err := anyMirrors(among, key); err != nil {
			return nil, err
		}
	}
	var mirroring []int
	for _, r := range among {
		switch {
		case len(r.Visible) == 0 || len(r.Of(keys...)) > 0:
			mirroring = append(mirroring, r.InstanceID)
		case r.Named:
			return nil, &query.InputError{Message: r.None(keys)}
		}
	}
	return mirroring, nil
}

func anyMirrors(among []Reach, key string) error {
	var known []string
	for _, r := range among {
		if len(r.Visible) == 0 || len(r.Of(key)) > 0 {
			return nil
		}
		for _, p := range r.Visible {
			known = append(known, p.Key)
		}
	}
	if at := slices.IndexFunc(among, func(r Reach) bool { return r.shows(key) }); at >= 0 {
		return &query.InputError{Message: among[at].beyond(key)}
	}
	slices.Sort(known)
	return &query.InputError{Message: fmt.Sprintf("there is no project %q: known are %s", key, query.Listed(slices.Compact(known)))}
}
