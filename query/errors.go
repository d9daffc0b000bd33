package query

import (
	"fmt"
	"strings"
)

// InputError says what is wrong with a question, in words for whoever asked it.
type InputError struct{ Message string }

func (e *InputError) Error() string { return e.Message }

func inputErrorf(format string, args ...any) error {
	return &InputError{fmt.Sprintf(format, args...)}
}

// Listed names some of the names, as many as a person reads.
func Listed(names []string) string {
	const most = 30
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// LimitError says that a question is larger than the server answers.
type LimitError struct {
	What  string // of which there is too much
	Got   int
	Limit int
	Deep  bool // it is nested too deeply, rather than too long
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s: %d, at most %d are allowed", e.What, e.Got, e.Limit)
}

// Limits bound what a question may cost before it reaches the database.
type Limits struct {
	Page       int // elements of a page
	InList     int // values of one list
	SearchText int // characters of a text that is searched for
	Nesting    int // filters within filters
	Conditions int // of one filter, at all its levels
	Groups     int // of a grouping
}

// DefaultLimits are those of the contract.
func DefaultLimits() Limits {
	return Limits{Page: 500, InList: 5000, SearchText: 500, Nesting: 20, Conditions: 500, Groups: 10_000}
}
