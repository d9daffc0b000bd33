package jira

import (
	"strconv"
	"strings"
	"time"
)

// What Jira and its plugins write. Jira's own offset has no colon, so it is not RFC 3339;
// a fraction of a second may follow the seconds in any of them.
var timeLayouts = []string{
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05Z07",
	"2006-01-02 15:04:05Z0700",
	"2006-01-02T15:04:05", // without a zone: read as UTC
	"2006-01-02 15:04:05",
	"2006-01-02T15:04Z0700",
	"2006-01-02T15:04Z07:00",
	time.DateOnly,
}

// parseTime reads a time as Jira writes it, or as milliseconds since 1970 (seconds, if they
// are too few for milliseconds after 1973). The result is UTC.
func parseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if len(s) < len("2006-01-02") {
		return parseEpoch(s)
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return storable(t.UTC())
		}
	}
	return parseEpoch(s)
}

func parseEpoch(s string) (time.Time, bool) {
	const firstMillisecond = 100_000_000_000 // 1973
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	if n > -firstMillisecond && n < firstMillisecond {
		if n == 0 {
			return time.Time{}, false // an empty date of Java
		}
		return storable(time.Unix(n, 0).UTC())
	}
	return storable(time.UnixMilli(n).UTC())
}

// storable refuses years that neither JSON nor a database takes.
func storable(t time.Time) (time.Time, bool) {
	if y := t.Year(); y < 1 || y > 9999 {
		return time.Time{}, false
	}
	return t, true
}

// parseDate reads the date at the beginning of s; a time of day after it is ignored, since
// Jira's dates have no zone.
func parseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if len(s) < len(time.DateOnly) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)])
	return t, err == nil
}
