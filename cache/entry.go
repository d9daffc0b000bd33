package cache

import (
	"encoding/binary"
	"errors"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/cespare/xxhash/v2"
)

// entry is an answer at rest. Only checked changes after it was made.
type entry struct {
	value    []byte
	deps     []Dep
	storedAt time.Time

	// checked is the serial of the last snapshot that allowed the entry: while no version moves,
	// a hit compares one number.
	checked atomic.Uint64
}

// fresh reports whether the entry may be handed out under the versions of now.
func (e *entry) fresh(now *snapshot) bool {
	if e.checked.Load() == now.serial {
		return true
	}
	if !now.allows(e.deps) {
		return false
	}
	e.checked.Store(now.serial)
	return true
}

// weight is about what the entry takes in memory under its key.
func (e *entry) weight(key string) uint32 {
	size := int(unsafe.Sizeof(*e)) + len(key) + cap(e.value) + 128 // 128: the table's own node
	for i := range e.deps {
		size += int(unsafe.Sizeof(e.deps[i])) + len(e.deps[i].Tag)
	}
	return uint32(min(size, 1<<31)) // bounded on the line itself
}

// entryFormat is the first byte of a stored entry; it rises when the layout changes.
const entryFormat = 1

// errCorrupt is a stored entry that is cut off, altered, of another format or of another key.
var errCorrupt = errors.New("stored answer is corrupt")

// encode lays the entry out as format, stored at (ms), dependencies, value, and a checksum over
// all of it and the key.
func (e *entry) encode(key string) []byte {
	size := 1 + 2*binary.MaxVarintLen64 + len(e.value) + 8
	for i := range e.deps {
		size += 2*binary.MaxVarintLen64 + len(e.deps[i].Tag)
	}
	out := make([]byte, 0, size)
	out = append(out, entryFormat)
	out = binary.AppendVarint(out, e.storedAt.UnixMilli())
	out = binary.AppendUvarint(out, uint64(len(e.deps)))
	for _, d := range e.deps {
		out = binary.AppendUvarint(out, uint64(len(d.Tag)))
		out = append(out, d.Tag...)
		out = binary.AppendVarint(out, d.Version)
	}
	out = append(out, e.value...)
	return binary.BigEndian.AppendUint64(out, checksum(key, out))
}

// decode reads what encode wrote under the same key. The value is a part of raw, not a copy.
func decode(key string, raw []byte) (*entry, error) {
	if len(raw) < 1+8 || raw[0] != entryFormat {
		return nil, errCorrupt
	}
	body, sum := raw[:len(raw)-8], raw[len(raw)-8:]
	if binary.BigEndian.Uint64(sum) != checksum(key, body) {
		return nil, errCorrupt
	}
	r := reader{rest: body[1:]}
	e := &entry{storedAt: time.UnixMilli(r.varint())}
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		return nil, errCorrupt
	}
	e.deps = make([]Dep, 0, n)
	for range n {
		e.deps = append(e.deps, Dep{Tag: string(r.bytes(r.uvarint())), Version: r.varint()})
	}
	if r.bad {
		return nil, errCorrupt
	}
	e.value = r.rest[:len(r.rest):len(r.rest)]
	return e, nil
}

func checksum(key string, body []byte) uint64 {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.WriteString(key) // neither write can fail
	_, _ = d.Write(body)
	return d.Sum64()
}

// reader takes fields off the front of rest; once one is cut off, bad stays true.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	field := r.rest[:n]
	r.rest = r.rest[n:]
	return field
}
