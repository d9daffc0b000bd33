package server

import (
	"sync"
	"sync/atomic"
	"time"
)

// A client counts as slow once so much waits for it. A page of changes is hundreds of messages at
// once, which are no fault of the client's: while it takes one now and then, and all clients together
// leave room, one may have more.
const (
	mostWaiting  = 2000
	bytesWaiting = 512 << 10
	bytesOfAll   = 64 << 20
	takesWithin  = 2 * time.Second
)

// bytesHeld is how much the answers of all clients may take together that wait for room in an outbox.
const bytesHeld = 256 << 20

// outbox holds what a client is still to be sent. It takes no room while it is empty.
type outbox struct {
	some chan struct{} // there is a message
	less chan struct{} // there is a message less
	all  *atomic.Int64 // bytes that wait for anybody

	mu      sync.Mutex
	waiting [][]byte
	bytes   int
	taken   time.Time // when a message last was, or the first of those that wait came
	closed  bool
}

func newOutbox(all *atomic.Int64) *outbox {
	return &outbox{some: make(chan struct{}, 1), less: make(chan struct{}, 1), all: all}
}

// put adds messages that belong together, and tells whether there was room for them. There always is
// while nothing else waits.
func (o *outbox) put(messages ...[]byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return true
	}
	bytes := 0
	for _, raw := range messages {
		bytes += len(raw)
	}
	if len(o.waiting) > 0 && !o.hasRoom(len(messages), bytes) {
		return false
	}
	if len(o.waiting) == 0 {
		o.taken = time.Now()
	}
	o.waiting = append(o.waiting, messages...)
	o.count(bytes)
	wake(o.some)
	return true
}

func (o *outbox) hasRoom(messages, bytes int) bool {
	if len(o.waiting)+messages > mostWaiting {
		return false
	}
	return o.bytes+bytes <= bytesWaiting || time.Since(o.taken) < takesWithin && o.all.Load()+int64(bytes) <= bytesOfAll
}

// next takes the oldest message; ok is false when there is none.
func (o *outbox) next() (raw []byte, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) == 0 {
		return nil, false
	}
	raw, o.waiting, o.taken = o.waiting[0], o.waiting[1:], time.Now()
	o.count(-len(raw))
	if len(o.waiting) == 0 {
		o.waiting = nil
	} else {
		wake(o.some)
	}
	wake(o.less)
	return raw, true
}

// close forgets what waits, and what is put in later: nobody takes it any more.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.count(-o.bytes)
	o.waiting, o.closed = nil, true
}

func (o *outbox) count(bytes int) {
	o.bytes += bytes
	o.all.Add(int64(bytes))
}

// held counts the bytes of answers that wait for room.
type held struct{ bytes atomic.Int64 }

// take tells whether so many more may wait. One answer alone always may.
func (h *held) take(bytes int64) bool {
	if all := h.bytes.Add(bytes); all > bytesHeld && all != bytes {
		h.bytes.Add(-bytes)
		return false
	}
	return true
}

func (h *held) giveBack(bytes int64) { h.bytes.Add(-bytes) }

func wake(sleeper chan struct{}) {
	select {
	case sleeper <- struct{}{}:
	default: // it is awake
	}
}
