package server

import (
	"strconv"
	"time"

	"jirasync/graph"
	"jirasync/query"
)

// Limits bound what one request may cost. Each has a setting LIMIT_... and its number in the
// error that names it.
type Limits struct {
	BodyBytes         int
	Tokens            int
	Depth             int // of fields, and of filters within filters
	RootFields        int
	Aliases           int
	Directives        int
	Page              int
	Cost              int
	InList            int
	SearchChars       int
	Time              time.Duration
	GroupRows         int
	AnswerBytes       int // that are read for one answer
	Subscriptions     int // of one connection
	RequestsPerMinute int // of one client; 0: any number
}

// DefaultLimits are those of the contract.
func DefaultLimits() Limits {
	return Limits{
		BodyBytes: 1 << 20, Tokens: 10_000, Depth: 20, RootFields: 20, Aliases: 60, Directives: 60, Page: 500,
		Cost: 20_000, InList: 5_000, SearchChars: 500, Time: 10 * time.Second, GroupRows: 10_000, AnswerBytes: 64 << 20,
		Subscriptions: 20, RequestsPerMinute: 1_200,
	}
}

// Document are the limits of an operation's text and variables.
func (l Limits) Document() graph.DocumentLimits {
	return graph.DocumentLimits{
		Tokens: l.Tokens, Depth: l.Depth, RootFields: l.RootFields, Aliases: l.Aliases, Directives: l.Directives, Cost: l.Cost,
		List: l.InList,
	}
}

// Query are the limits of a question.
func (l Limits) Query() query.Limits {
	q := query.DefaultLimits()
	q.Page, q.InList, q.SearchText, q.Nesting, q.Groups = l.Page, l.InList, l.SearchChars, l.Depth, l.GroupRows
	return q
}

// thousands writes a number as the contract does: 10,000.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
