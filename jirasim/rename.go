package jirasim

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What can be renamed. Jira moves no issue's `updated` for it.
const (
	NamedProject   = "project" // its key: those of all its issues follow, and the old ones still find them
	NamedStatus    = "status"
	NamedPriority  = "priority"
	NamedType      = "type"
	NamedVersion   = "version"
	NamedComponent = "component"
	NamedSprint    = "sprint"
	NamedUser      = "user"
)

// Rename gives a thing another name. of is the key of a project, the id of anything else.
func (s *Sim) Rename(what, of, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.commit(&event{Do: doRename, What: what, Of: of, To: name}) {
		return false
	}
	s.kept.forget()
	return true
}

// EditVersion changes members of a version, such as `"archived":true`.
func (s *Sim) EditVersion(id int64, member, value string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.commit(&event{Do: doEditVersion, What: member, Of: strconv.FormatInt(id, 10), To: value}) {
		return false
	}
	s.kept.forget()
	return true
}

// ArchiveProject hides the project's issues from search; they can still be read by id.
func (s *Sim) ArchiveProject(key string) bool { return s.changeProject(key, doArchiveProject) }

// Versions are the ids of a project's versions and components.
func (s *Sim) Versions(key string) (versions, components []int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	p := s.world.projects[s.world.keyed[strings.ToUpper(key)]]
	for _, v := range p.versions {
		versions = append(versions, v.id)
	}
	for _, c := range p.components {
		components = append(components, c.id)
	}
	return versions, components
}

// named finds the entry that an event renames; nil for what is no entry.
func (w *world) named(what, of string) *entry {
	lists := [][]entry{}
	switch what {
	case NamedStatus:
		lists = append(lists, w.dict.statuses)
	case NamedPriority:
		lists = append(lists, w.dict.priorities)
	case NamedType:
		lists = append(lists, w.dict.types)
	case NamedVersion, NamedComponent:
		for _, p := range w.projects {
			if what == NamedVersion {
				lists = append(lists, p.versions)
			} else {
				lists = append(lists, p.components)
			}
		}
	}
	for _, list := range lists {
		if at := slices.IndexFunc(list, func(e entry) bool { return strconv.FormatInt(e.id, 10) == of }); at >= 0 {
			return &list[at]
		}
	}
	return nil
}

func (w *world) personAt(id string) int {
	return slices.IndexFunc(w.people, func(p person) bool { return p.id(w.opts.Flavor) == id })
}

// checkRename refuses what cannot be renamed.
func (w *world) checkRename(e *event) error {
	known := true
	switch {
	case e.Do == doEditVersion:
		known = w.named(NamedVersion, e.Of) != nil
	case e.Do != doRename:
		return nil
	case e.What == NamedProject:
		_, there := w.keyed[strings.ToUpper(e.Of)]
		_, taken := w.keyed[strings.ToUpper(e.To)]
		known = there && !taken
	case e.What == NamedUser:
		known = w.personAt(e.Of) >= 0
	case e.What != NamedSprint:
		known = w.named(e.What, e.Of) != nil
	}
	if !known || e.To == "" {
		return fmt.Errorf("event %s of unknown %s %q", e.Do, e.What, e.Of)
	}
	return nil
}

func (w *world) applyRename(e *event) {
	switch e.What {
	case NamedProject:
		at := w.keyed[strings.ToUpper(e.Of)]
		p := w.projects[at]
		p.json = renamed(p.json, "key", p.key, e.To)
		p.key = e.To
		w.keyed[strings.ToUpper(e.To)] = at // the old key goes on to mean it
	case NamedUser:
		p := &w.people[w.personAt(e.Of)]
		p.json = renamed(p.json, "displayName", p.display, e.To)
		p.display = e.To
	case NamedSprint:
		w.sprintsNamed[e.Of] = e.To
	default:
		one := w.named(e.What, e.Of)
		one.json = renamed(one.json, "name", one.name, e.To)
		one.name = e.To
	}
}

// renamed changes the first member of a document that says so.
func renamed(document []byte, member, from, to string) []byte {
	title := `"` + member + `":`
	return bytes.Replace(document, appendString([]byte(title), from), appendString([]byte(title), to), 1)
}

func (w *world) applyEditVersion(e *event) {
	one := w.named(NamedVersion, e.Of)
	title := []byte(`"` + e.What + `":`)
	if at := bytes.Index(one.json, title); at >= 0 {
		at += len(title)
		end := at + bytes.IndexAny(one.json[at:], ",}")
		one.json = slices.Concat(one.json[:at], []byte(e.To), one.json[end:])
	}
}
