package query

import (
	"strconv"
	"strings"
)

// writer gathers the text of a statement and its arguments.
type writer struct {
	text  strings.Builder
	args  []any
	fresh bool // see [Statement]
}

func (w *writer) add(parts ...string) {
	for _, part := range parts {
		w.text.WriteString(part)
	}
}

// arg makes a value an argument and returns its place in the text.
func (w *writer) arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

// in compares with one value or with any of several. One value is no list: for a list PostgreSQL
// would make a new plan at each execution, because it cannot know the length of the next.
func (w *writer) in(values []string) string {
	if len(values) == 1 {
		return " = " + w.arg(values[0])
	}
	return " = ANY(" + w.arg(values) + ")"
}

// likePattern is a text as a LIKE pattern that matches nothing but itself.
func likePattern(text string, start bool) string {
	text = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
	if start {
		return text + "%"
	}
	return "%" + text + "%"
}

func newWriter() *writer { return new(writer) }

func (w *writer) statement() Statement { return Statement{w.text.String(), w.args, w.fresh} }
