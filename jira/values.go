package jira

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// The readers of this file are for who works with single values of fields, long after the issue
// itself was read.

// ParseTime reads a time as Jira writes it, or as milliseconds since 1970. The result is UTC.
func ParseTime(s string) (time.Time, bool) { return parseTime(s) }

// ParseDate reads the date at the beginning of s.
func ParseDate(s string) (time.Time, bool) { return parseDate(s) }

// RenderDocument turns a document of Cloud's format into plain text.
func RenderDocument(doc []byte) string { return renderDocument(jsontext.Value(doc)) }

// ParseSprint reads a sprint as Data Center writes it into a text. Any other text is none.
func ParseSprint(s string) (Sprint, bool) {
	if !strings.Contains(s, "service.sprint.Sprint@") {
		return Sprint{}, false
	}
	return parseSprint(s)
}
