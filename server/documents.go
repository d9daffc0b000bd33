package server

import (
	"context"

	"github.com/maypok86/otter/v2"
)

// Documents of honest clients are few and short; longer ones are parsed each time. A parsed text
// takes up to a hundred times its length, so it is the length of all together that is bounded.
const (
	longestKeptDocument = 20 << 10
	keptDocuments       = 512 << 10 // bytes of all the texts
	besideText          = 512       // bytes that each counts more, so that they are a thousand at most
)

// documents are texts that have been parsed. A flood of texts, each sent once, does not drive out
// those that are sent again and again.
type documents[T any] struct {
	kept *otter.Cache[string, T]
}

func newDocuments[T any]() documents[T] {
	return documents[T]{otter.Must(&otter.Options[string, T]{
		MaximumWeight: keptDocuments,
		Weigher:       func(text string, _ T) uint32 { return uint32(len(text) + besideText) },
		Executor:      func(evict func()) { evict() }, // at once: a flood is not to outrun it
	})}
}

// Get finds what was made of a text.
func (d documents[T]) Get(_ context.Context, text string) (T, bool) { return d.kept.GetIfPresent(text) }

// Add keeps what was made of a text, unless that is long.
func (d documents[T]) Add(_ context.Context, text string, made T) {
	if len(text) <= longestKeptDocument {
		d.kept.Set(text, made)
	}
}
