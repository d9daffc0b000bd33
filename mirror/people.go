package mirror

import (
	"sync"

	"jirasync/db"
)

// peopleCacheSize bounds what a run remembers; when it is full it forgets all, and stores again
// what it meets.
const peopleCacheSize = 20_000

// peopleCache remembers which users and sprints a run has stored, so that each costs one write
// a run and not one a page.
type peopleCache struct {
	mu      sync.Mutex
	users   map[string]db.UserRow
	sprints map[int64]db.SprintRow
}

func newPeopleCache() *peopleCache {
	return &peopleCache{users: map[string]db.UserRow{}, sprints: map[int64]db.SprintRow{}}
}

func (c *peopleCache) unseenUsers(users map[string]db.UserRow) []db.UserRow {
	c.mu.Lock()
	defer c.mu.Unlock()
	unseen := map[string]db.UserRow{}
	for id, user := range users {
		if known, ok := c.users[id]; !ok || !sameUser(known, user) {
			unseen[id] = user
		}
	}
	return sortedValues(unseen)
}

func (c *peopleCache) sawUsers(users []db.UserRow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.users) > peopleCacheSize {
		clear(c.users)
	}
	for _, user := range users {
		c.users[user.ID] = user
	}
}

func (c *peopleCache) unseenSprints(sprints map[int64]db.SprintRow) []db.SprintRow {
	c.mu.Lock()
	defer c.mu.Unlock()
	unseen := map[int64]db.SprintRow{}
	for id, sprint := range sprints {
		if known, ok := c.sprints[id]; !ok || known.Name != sprint.Name || known.State != sprint.State {
			unseen[id] = sprint
		}
	}
	return sortedValues(unseen)
}

func (c *peopleCache) sawSprints(sprints []db.SprintRow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.sprints) > peopleCacheSize {
		clear(c.sprints)
	}
	for _, sprint := range sprints {
		c.sprints[sprint.ID] = sprint
	}
}

func sameUser(a, b db.UserRow) bool {
	return a.DisplayName == b.DisplayName && a.Active == b.Active && equal(a.Name, b.Name) &&
		equal(a.Email, b.Email) && equal(a.AvatarURL, b.AvatarURL)
}

func equal(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
