package jira

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reading is how an instance takes points in time in JQL.
type Reading string

// The readings that we can ask in.
const (
	// Instants are milliseconds without quotes. Every Jira we know of takes them as what they are.
	Instants Reading = "INSTANTS"
	// WallClock are quoted times in the zone of the account: to the minute, and one hour of the year
	// comes twice.
	WallClock Reading = "WALL_CLOCK"
)

// minute is how exact a wall clock is.
const minute = time.Minute

// CheckReading asks for issues by the times at which they were changed, and so finds out which
// reading the instance takes; empty: no issue tells. A [TimesError] when it takes neither.
func (c *Client) CheckReading(ctx context.Context, zone *time.Location) (Reading, error) {
	d, err := c.dialect(ctx)
	if err != nil {
		return "", err
	}
	for _, reading := range []Reading{Instants, WallClock} {
		v, err := c.takes(ctx, d, reading, zone)
		if err != nil {
			return "", fmt.Errorf("learn how times are read: %w", err)
		}
		switch v {
		case unknown:
			return "", nil
		case right:
			return reading, nil
		}
	}
	return "", &TimesError{Instance: c.cfg.Number, Host: c.base.Host, Zone: zone.String()}
}

// verdict is what a trial of a reading showed.
type verdict int

const (
	unknown verdict = iota
	right
	wrong
)

// takes tries one reading on some issues that were left alone for an hour: what changes now may be
// late in the index. An index that flickers is asked again before the reading is thought wrong.
func (c *Client) takes(ctx context.Context, d dialect, reading Reading, zone *time.Location) (verdict, error) {
	const trials = 3
	for range trials {
		samples, err := d.few(ctx, "updated <= -1h ORDER BY updated DESC")
		if err != nil {
			return unknown, err
		}
		var ids, each []string
		for _, issue := range samples.issues {
			id := strconv.FormatInt(issue.ID, 10)
			ids = append(ids, id)
			each = append(each, "(id = "+id+" AND "+since(reading, zone, "updated", issue.Updated.Add(-2*minute))+
				" AND "+before(reading, zone, "updated", issue.Updated.Add(2*minute))+")")
		}
		if len(ids) == 0 {
			return unknown, nil
		}
		found, err := d.few(ctx, strings.Join(each, " OR "))
		var bad *BadRequestError
		switch {
		case err != nil && !errors.As(err, &bad):
			return unknown, err
		case err == nil && len(found.issues) > 0:
			return right, nil
		}
		there, err := d.few(ctx, "id in ("+strings.Join(ids, ", ")+")")
		if err != nil {
			return unknown, err
		}
		if !slices.ContainsFunc(there.issues, func(now Issue) bool {
			return slices.ContainsFunc(samples.issues, func(was Issue) bool { return was.ID == now.ID && was.Updated.Equal(now.Updated) })
		}) {
			return unknown, nil // all of them were changed or removed meanwhile
		}
	}
	return wrong, nil
}

// UseReading has all queries from now on written for this reading; WallClock needs the zone of the
// account.
func (c *Client) UseReading(reading Reading, zone *time.Location) {
	if reading == WallClock {
		c.wall.Store(zone)
		return
	}
	c.wall.Store(nil)
}

func (c *Client) reading() (Reading, *time.Location) {
	if zone := c.wall.Load(); zone != nil {
		return WallClock, zone
	}
	return Instants, nil
}

// Since is the condition that a field's time is not before t. Where the instance reads less exactly,
// it lets earlier ones pass, never fewer.
func (c *Client) Since(field string, t time.Time) string {
	reading, zone := c.reading()
	return since(reading, zone, field, t)
}

// Before is the condition that a field's time is before t. Where the instance reads less exactly, it
// lets later ones pass, never fewer.
func (c *Client) Before(field string, t time.Time) string {
	reading, zone := c.reading()
	return before(reading, zone, field, t)
}

func since(reading Reading, zone *time.Location, field string, t time.Time) string {
	if reading == WallClock {
		return field + " >= " + wallBelow(t, zone)
	}
	return fmt.Sprintf("%s >= %d", field, t.UnixMilli())
}

func before(reading Reading, zone *time.Location, field string, t time.Time) string {
	if reading == WallClock {
		return field + " < " + wallAbove(t, zone)
	}
	return fmt.Sprintf("%s < %d", field, t.UnixMilli())
}

// The steps by which zones turn their clocks back, the longest last.
var turns = [...]time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour}

// mostTurn is how far before an instant [wallBelow] may name.
const mostTurn = 2*time.Hour + minute

// wallBelow is a clock time that means no later instant than t, whichever of the two it is where
// the clock shows it twice.
func wallBelow(t time.Time, zone *time.Location) string {
	t = t.Truncate(minute)
	for _, turn := range turns {
		if wall(t, zone) == wall(t.Add(turn), zone) {
			return wall(t.Add(-turn), zone)
		}
	}
	return wall(t, zone)
}

// wallAbove is a clock time that means no earlier instant than t.
func wallAbove(t time.Time, zone *time.Location) string {
	if floor := t.Truncate(minute); floor.Before(t) {
		t = floor.Add(minute)
	}
	for _, turn := range turns {
		if wall(t, zone) == wall(t.Add(-turn), zone) {
			return wall(t.Add(turn), zone)
		}
	}
	return wall(t, zone)
}

func wall(t time.Time, zone *time.Location) string { return t.In(zone).Format(`"2006-01-02 15:04"`) }
