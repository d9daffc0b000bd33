package jirasim

import (
	"sort"
	"time"
)

const (
	minute = int64(60_000)
	hour   = 60 * minute
	day    = 24 * hour
)

// calendar spreads the births of issues over the time before the epoch as life does: more
// each year, few at weekends, hardly any at the turn of the year, in office hours.
type calendar struct {
	start  int64     // the first day, in ms
	days   []float64 // share of all issues that is born up to the end of each day
	issues int
	end    int64
}

func newCalendar(epoch time.Time, issues int) calendar {
	span := 4 * 365
	if issues <= 100 {
		span = 120
	}
	end := epoch.UnixMilli()
	start := epoch.UTC().Truncate(24*time.Hour).UnixMilli() - int64(span)*day
	c := calendar{start: start, days: make([]float64, span), issues: issues, end: end}
	sum := 0.0
	for i := range c.days {
		at := time.UnixMilli(start + int64(i)*day).UTC()
		sum += dayWeight(at) * (0.4 + float64(i)/float64(span))
		c.days[i] = sum
	}
	for i := range c.days {
		c.days[i] /= sum
	}
	return c
}

func dayWeight(at time.Time) float64 {
	w := 1.0
	switch at.Weekday() {
	case time.Saturday, time.Sunday:
		w = 0.06
	case time.Monday:
		w = 1.25
	case time.Friday:
		w = 0.8
	}
	switch {
	case at.Month() == time.December && at.Day() > 22, at.Month() == time.January && at.Day() < 3:
		w *= 0.15
	case at.Month() == time.August:
		w *= 0.6
	}
	return w
}

// born is when issue i comes into the world. Never before issue i-1; now and then with it,
// when somebody imported a list.
func (c *calendar) born(i int) int64 {
	if c.issues >= 400 {
		switch in := i % 10_000; {
		case in > 5000 && in < 5250: // more than a page at one instant
			i -= in - 5000
		case i%200 > 0 && i%200 < 12:
			i -= i % 200
		}
	}
	share := (float64(i) + 0.5) / float64(c.issues)
	d := sort.SearchFloat64s(c.days, share)
	before := 0.0
	if d > 0 {
		before = c.days[d-1]
	}
	within := (share - before) / (c.days[d] - before)
	return c.start + int64(d)*day + officeHour(within)
}

// officeHour turns the share of a day's issues into a time of day: one in ten before
// seven, one in ten after seven at night.
func officeHour(share float64) int64 {
	switch {
	case share < 0.1:
		return int64(share / 0.1 * 7 * float64(hour))
	case share < 0.9:
		return 7*hour + int64((share-0.1)/0.8*12*float64(hour))
	}
	return 19*hour + int64((share-0.9)/0.1*5*float64(hour))
}
