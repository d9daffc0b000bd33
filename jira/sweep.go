package jira

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// sweep is the progress of a scan through the order of creation.
//
// The next query asks for what was created at or after a bound. Jira's index knows creation
// to the second, orders the issues of a second by key, and compares by the second too; so
// the bound is the second of the newest issue, and those of that second come again and are
// dropped by their ids. Where even seconds do not look sorted, minutes are tried. Where
// nothing does, the bound stays, and only offsets or tokens lead on.
type sweep struct {
	jql     string
	bound   time.Time           // zero: from the beginning
	seen    map[int64]time.Time // what came and may come again, by creation
	newest  time.Time           // creation of the newest issue that came
	step    time.Duration       // how exact the order is
	chaotic bool                // there is no order
	behind  time.Duration       // how far behind the bound ids are remembered
	witness int64               // an issue that came whole; 0: none did
	since   func(field string, t time.Time) string
}

// seenBehind is how far behind the bound ids are remembered: a server that compares by the
// minute sends them again.
const seenBehind = 2 * time.Minute

func (c *Client) newSweep(q Query) *sweep {
	s := &sweep{
		jql: q.JQL, bound: q.After.Created, newest: q.After.Created, step: time.Second, seen: map[int64]time.Time{},
		behind: seenBehind, since: c.Since,
	}
	if reading, _ := c.reading(); reading == WallClock {
		s.step, s.behind = minute, mostTurn+seenBehind
	}
	for _, id := range q.After.Seen {
		s.seen[id] = s.bound
	}
	return s
}

// query is the JQL from the bound on.
func (s *sweep) query() string {
	conditions := s.conditions()
	if conditions != "" {
		conditions += " "
	}
	return conditions + "ORDER BY created ASC, key ASC"
}

func (s *sweep) conditions() string {
	switch {
	case s.bound.IsZero():
		return s.jql
	case s.jql == "":
		return s.since("created", s.bound)
	default:
		return fmt.Sprintf("(%s) AND %s", s.jql, s.since("created", s.bound))
	}
}

// take drops from a page what came before, and moves the bound. It tells whether the bound
// moved.
func (s *sweep) take(page *answer) (moved bool) {
	s.checkOrder(page.issues)
	if page.reached.After(s.newest) {
		s.newest = page.reached
	}
	if s.chaotic || s.newest.IsZero() {
		clear(s.seen) // nothing tells what may come again, so only the page itself is looked at
	}
	if len(page.issues) > 0 {
		s.witness = page.issues[0].ID
	}
	page.issues = slices.DeleteFunc(page.issues, func(i Issue) bool { return s.known(i.ID, i.Created) })
	page.broken = slices.DeleteFunc(page.broken, func(b Broken) bool { return b.ID != 0 && s.known(b.ID, s.newest) })
	if s.chaotic || s.newest.IsZero() {
		return false
	}
	bound := s.newest.Truncate(s.step)
	if !bound.After(s.bound) {
		return false
	}
	s.bound = bound
	for id, created := range s.seen {
		if created.Before(bound.Add(-s.behind)) {
			delete(s.seen, id)
		}
	}
	return true
}

// known remembers an issue and tells whether it was remembered already.
func (s *sweep) known(id int64, created time.Time) bool {
	_, known := s.seen[id]
	s.seen[id] = created
	return known
}

// checkOrder looks how exactly a page is sorted.
func (s *sweep) checkOrder(issues []Issue) {
	newest := time.Time{}
	for i := range issues {
		created := issues[i].Created
		if issues[i].guessed {
			continue
		}
		if created.Before(newest.Truncate(s.step)) {
			s.step = time.Minute
			s.chaotic = s.chaotic || created.Before(newest.Truncate(s.step))
		}
		if created.After(newest) {
			newest = created
		}
	}
	if newest.After(s.newest) {
		s.newest = newest
	}
}

// cursor is the place behind all that came.
func (s *sweep) cursor() Cursor {
	c := Cursor{Created: s.bound}
	if s.chaotic || s.newest.IsZero() {
		return c
	}
	for id, created := range s.seen {
		if !created.Before(s.bound) {
			c.Seen = append(c.Seen, id)
		}
	}
	slices.Sort(c.Seen)
	return c
}

// smallerPage tells whether a page failed for its size, for the time it took, or for an issue on it
// that Jira cannot show, and what size to try instead. A 503 says that Jira as a whole is not there.
func smallerPage(err error, size int) (int, bool) {
	return max(size/4, smallestPage), isOfPage(err) && size > smallestPage
}

const smallestPage = 5

func isOfPage(err error) bool {
	var unreachable *UnreachableError
	return isTimeout(err) || errors.Is(err, errTooBig) ||
		errors.As(err, &unreachable) && unreachable.Status >= 500 && unreachable.Status != http.StatusServiceUnavailable
}

// failed says where a scan came to its end: at an issue that Jira cannot show, a person has to look
// for it there.
func (s *sweep) failed(err error, size int) error {
	if !isOfPage(err) {
		return fmt.Errorf("search: %w", err)
	}
	from := "the first ones"
	if !s.bound.IsZero() {
		from = "those created from " + s.bound.UTC().Format(time.RFC3339) + " on"
	}
	return fmt.Errorf("search for %d issues, %s, by %s: %w", size, from, quote(s.query()), err)
}

// fittingPage is the size of the next page: smaller if the last one was heavy, larger again,
// up to what was asked for, if it was light.
func fittingPage(size, asked, bytes int) int {
	const light, heavy = 4 << 20, 16 << 20
	switch {
	case bytes > heavy:
		return max(min(smallestPage, size), size*(heavy/2)/bytes)
	case bytes < light:
		return min(asked, size*2)
	}
	return size
}

func (s *sweep) page(a answer, r receipt, total int) Page {
	return Page{Issues: a.issues, Broken: a.broken, Next: s.cursor(), AskedAt: r.asked, Total: total, Bytes: r.bytes}
}
