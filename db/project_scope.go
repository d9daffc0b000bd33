package db

import "slices"

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
