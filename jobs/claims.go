package jobs

import "sync"

// claims are the instances that something is under way for, on this server.
type claims struct {
	mu   sync.Mutex
	held map[int]bool
}

func newClaims() *claims { return &claims{held: map[int]bool{}} }

// claim is false when the instance is claimed already.
func (c *claims) claim(instance int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held[instance] {
		return false
	}
	c.held[instance] = true
	return true
}

func (c *claims) unclaim(instance int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.held, instance)
}
