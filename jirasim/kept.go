package jirasim

import "sync"

// keptDocuments keeps written documents for benchmarks, by view and place.
type keptDocuments struct {
	mu    sync.RWMutex
	views map[string][]keptDocument
}

type keptDocument struct {
	version uint64
	text    []byte
}

// version counts what happened to an issue; a kept document of another one is stale.
func (w *world) version(idx int32) uint64 {
	if w.recs[idx].flags&flagTouched == 0 {
		return 1
	}
	return 2 + uint64(len(w.touched[idx].events))
}

func (k *keptDocuments) get(v *view, idx int32, version uint64) []byte {
	k.mu.RLock()
	defer k.mu.RUnlock()
	list := k.views[v.key]
	if int(idx) >= len(list) || list[idx].version != version {
		return nil
	}
	return list[idx].text
}

// forget drops all: a new name stands in many.
func (k *keptDocuments) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.views = nil
}

func (k *keptDocuments) put(v *view, idx int32, version uint64, text []byte, count int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.views == nil {
		k.views = map[string][]keptDocument{}
	}
	if list := k.views[v.key]; len(list) < count {
		k.views[v.key] = append(list, make([]keptDocument, count-len(list))...)
	}
	k.views[v.key][idx] = keptDocument{version, append([]byte(nil), text...)}
}

// prerender writes the documents that a full sync will ask for. Other views are kept as
// they are asked for.
func (s *Sim) prerender() {
	x := writer{w: s.world, v: s.world.newView([]string{"*all"}, "*all", s.opts.Flavor == Cloud, true, &s.opts.Settings)}
	var b []byte
	for idx := range int32(len(s.world.recs)) {
		b = s.appendDocument(b[:0], &x, idx, uint64(len(s.world.events)))
	}
}

// appendDocument appends a document, kept or new. The lock is held for reading.
func (s *Sim) appendDocument(b []byte, x *writer, idx int32, seq uint64) []byte {
	if !s.opts.Prerender || seq < uint64(len(s.world.events)) || x.v.light {
		return x.document(b, idx, seq)
	}
	version := s.world.version(idx)
	if text := s.kept.get(x.v, idx, version); text != nil {
		return append(b, text...)
	}
	start := len(b)
	b = x.document(b, idx, seq)
	s.kept.put(x.v, idx, version, b[start:], len(s.world.recs))
	return b
}
