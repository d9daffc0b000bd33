package server

import "sync"

// A client counts as slow once so much waits for it. A page of changes is hundreds of short messages
// at once, which are no fault of the client's.
const (
	mostWaiting  = 2000
	bytesWaiting = 512 << 10
)

// outbox holds what a client is still to be sent. It takes no room while it is empty.
type outbox struct {
	some chan struct{} // there is a message

	mu      sync.Mutex
	waiting [][]byte
	bytes   int
}

func newOutbox() *outbox { return &outbox{some: make(chan struct{}, 1)} }

// put adds a message, and tells whether there was room for it.
func (o *outbox) put(raw []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) >= mostWaiting || len(o.waiting) > 0 && o.bytes+len(raw) > bytesWaiting {
		return false
	}
	o.waiting = append(o.waiting, raw)
	o.bytes += len(raw)
	o.wake()
	return true
}

// next takes the oldest message; ok is false when there is none.
func (o *outbox) next() (raw []byte, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) == 0 {
		return nil, false
	}
	raw, o.waiting = o.waiting[0], o.waiting[1:]
	o.bytes -= len(raw)
	if len(o.waiting) == 0 {
		o.waiting = nil
	} else {
		o.wake()
	}
	return raw, true
}

func (o *outbox) wake() {
	select {
	case o.some <- struct{}{}:
	default: // it is awake
	}
}
