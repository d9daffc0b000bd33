package cache

import (
	"maps"
	"sync"
	"sync/atomic"
)

// clearTag is the tag every answer depends on; [Cache.Clear] raises it.
const clearTag = "cache"

// Versions is the newest version of each tag that this server has heard of. Versions only rise.
// Reading takes no lock: a change publishes a new map, the old one stays as it was.
//
// A tag is unknown until it is raised for the first time, and an answer that claims a version of
// an unknown tag is not trusted. So raise all tags from the database before serving.
type Versions struct {
	mu  sync.Mutex // writers only
	now atomic.Pointer[snapshot]
}

// snapshot is immutable once published.
type snapshot struct {
	serial uint64 // rises with every change
	tags   map[string]int64
}

// NewVersions knows nothing yet.
func NewVersions() *Versions {
	v := new(Versions)
	v.now.Store(&snapshot{serial: 1, tags: map[string]int64{}})
	return v
}

// Raise moves tag up to version; a version that is not higher changes nothing.
func (v *Versions) Raise(tag string, version int64) {
	if known, ok := v.now.Load().tags[tag]; ok && known >= version {
		return
	}
	v.RaiseAll(map[string]int64{tag: version})
}

// RaiseAll raises many tags in one step: a reader sees all of them or none.
func (v *Versions) RaiseAll(versions map[string]int64) {
	if v.now.Load().covers(versions) {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	old := v.now.Load()
	if old.covers(versions) {
		return
	}
	tags := make(map[string]int64, len(old.tags)+len(versions))
	maps.Copy(tags, old.tags)
	for tag, version := range versions {
		if known, ok := tags[tag]; !ok || known < version {
			tags[tag] = version
		}
	}
	v.now.Store(&snapshot{serial: old.serial + 1, tags: tags})
}

// Current is the newest version of tag, 0 while it is unknown.
func (v *Versions) Current(tag string) int64 { return v.now.Load().tags[tag] }

func (v *Versions) load() *snapshot { return v.now.Load() }

func (s *snapshot) covers(versions map[string]int64) bool {
	for tag, version := range versions {
		if known, ok := s.tags[tag]; !ok || known < version {
			return false
		}
	}
	return true
}

// passed reports whether an answer made from these versions is older than the snapshot.
func (s *snapshot) passed(deps []Dep) bool {
	for i := range deps {
		if deps[i].Version < s.tags[deps[i].Tag] {
			return true
		}
	}
	return false
}

// allows reports whether an answer made from these versions is as new as the snapshot. A tag
// nobody has told us of allows only the answer that found it without a version as well.
func (s *snapshot) allows(deps []Dep) bool {
	for i := range deps {
		known, ok := s.tags[deps[i].Tag]
		if deps[i].Version < known || (!ok && deps[i].Version > 0) {
			return false
		}
	}
	return true
}
