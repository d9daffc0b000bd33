package jirasim

import (
	"cmp"
	"strings"
	"time"
)

// query is a parsed query: a condition, nil for none, and an order.
type query struct {
	where  condition
	order  []orderTerm
	simple simpleBounds
}

// condition tells whether an issue, as of one instant, is searched for.
type condition interface {
	match(c *candidate) bool
}

// candidate is an issue that a condition looks at.
type candidate struct {
	w   *world
	idx int32
	rec record
}

type (
	andCondition []condition
	orCondition  []condition
	notCondition struct{ of condition }

	// timeCondition compares created or updated.
	timeCondition struct {
		updated bool
		op      string
		ms      int64
	}
	projectCondition struct{ places map[uint16]bool }
	issueCondition   struct{ issues map[int32]bool }
)

func (a andCondition) match(c *candidate) bool {
	for _, one := range a {
		if !one.match(c) {
			return false
		}
	}
	return true
}

func (o orCondition) match(c *candidate) bool {
	for _, one := range o {
		if one.match(c) {
			return true
		}
	}
	return false
}

func (n notCondition) match(c *candidate) bool     { return !n.of.match(c) }
func (p projectCondition) match(c *candidate) bool { return p.places[c.rec.project] }
func (i issueCondition) match(c *candidate) bool   { return i.issues[c.idx] }

func (t timeCondition) match(c *candidate) bool {
	at := c.rec.created
	if t.updated {
		at = c.rec.updated
	}
	switch t.op {
	case ">=":
		return at >= t.ms
	case ">":
		return at > t.ms
	case "<=":
		return at <= t.ms
	case "<":
		return at < t.ms
	case "=":
		return at == t.ms
	}
	return at != t.ms
}

// orderTerm is one term of ORDER BY.
type orderTerm struct {
	by   string // created, updated, id, key, project
	desc bool
}

// compare orders two issues of the world.
func (t orderTerm) compare(a, b *candidate) int {
	var c int
	switch t.by {
	case "created":
		c = cmp.Compare(a.rec.created, b.rec.created)
	case "updated":
		c = cmp.Compare(a.rec.updated, b.rec.updated)
	case "id":
		c = cmp.Compare(a.idx, b.idx)
	default:
		c = strings.Compare(a.w.projects[a.rec.project].key, b.w.projects[b.rec.project].key)
		if c == 0 && t.by == "key" {
			c = cmp.Compare(a.rec.num, b.rec.num)
		}
	}
	if t.desc {
		return -c
	}
	return c
}

// simpleBounds are what every match of the query must satisfy, as far as it can be read
// from the ANDs at its top. They choose where to look.
type simpleBounds struct {
	createdFrom, createdTo int64 // both included
	updatedFrom            int64
	projects               map[uint16]bool // nil: any
	issues                 map[int32]bool  // nil: any
}

func boundsOf(where condition) simpleBounds {
	b := simpleBounds{createdFrom: -1 << 62, createdTo: 1 << 62, updatedFrom: -1 << 62}
	b.narrow(where)
	return b
}

func (b *simpleBounds) narrow(where condition) {
	switch c := where.(type) {
	case andCondition:
		for _, one := range c {
			b.narrow(one)
		}
	case projectCondition:
		b.projects = c.places
	case issueCondition:
		b.issues = c.issues
	case timeCondition:
		b.narrowTime(c)
	}
}

func (b *simpleBounds) narrowTime(t timeCondition) {
	from, to := int64(-1<<62), int64(1<<62)
	switch t.op {
	case ">=":
		from = t.ms
	case ">":
		from = t.ms + 1
	case "<=":
		to = t.ms
	case "<":
		to = t.ms - 1
	case "=":
		from, to = t.ms, t.ms
	}
	if t.updated {
		b.updatedFrom = max(b.updatedFrom, from)
		return
	}
	b.createdFrom, b.createdTo = max(b.createdFrom, from), min(b.createdTo, to)
}

// instant reads the time of a comparison: milliseconds without quotes, a period from now such as
// -1h, or the API user's wall clock, to the minute.
func (p *jqlParser) instant(t token, field string) (int64, error) {
	zone := p.w.zone
	if ms, ok := parseMillis(t.text); ok && p.millis != MillisRefused {
		if p.millis == MillisWall {
			wall := time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05.000")
			at, err := time.ParseInLocation("2006-01-02 15:04:05.000", wall, zone)
			return at.UnixMilli(), err
		}
		return ms, nil
	}
	if span, err := time.ParseDuration(t.text); err == nil {
		return p.now.Add(span).UnixMilli(), nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006/01/02 15:04", time.DateOnly, "2006/01/02"} {
		if at, err := time.ParseInLocation(layout, t.text, zone); err == nil {
			return at.UnixMilli(), nil
		}
	}
	return 0, queryErrorf("Date value '%s' for field '%s' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", t.text, field)
}
