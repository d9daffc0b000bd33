package loaders

import (
	"context"
	"errors"

	"jirasync/query"
)

// overError ends an answer before it is whole.
type overError struct{ why error }

func (e *overError) Error() string { return e.why.Error() }

func (e *overError) Unwrap() error { return e.why }

// HandOut counts rows that are handed out in a list within another. What an operation may cost is
// known before it begins, but not how long lists without pages are, nor what hangs below each of
// their members: one that is read once may be handed out at a thousand places. It also tells that
// the time is over, which nobody else does where nothing is waited for.
func (r *Request) HandOut(ctx context.Context, rows int) error {
	if ctx.Err() != nil {
		r.End(context.Cause(ctx))
	}
	if sum, most := r.rows.Add(int64(rows)), int64(r.source.Rows); most > 0 && sum > most {
		r.tooMany(int(sum))
	}
	return r.Over()
}

// room refuses to read more than could be handed out.
func (r *Request) room(rows int) error {
	if sum, most := int(r.rows.Load())+rows, r.source.Rows; most > 0 && sum > most {
		r.tooMany(sum)
	}
	return r.Over()
}

func (r *Request) tooMany(rows int) {
	r.End(&query.LimitError{What: "rows in lists within lists", Got: rows, Limit: r.source.Rows})
}

// End says that no field is to be answered any more, and why. The first reason counts.
func (r *Request) End(why error) { r.over.CompareAndSwap(nil, &overError{why}) }

// Over is why no field is to be answered any more; nil while there is no reason.
func (r *Request) Over() error {
	if over := r.over.Load(); over != nil {
		return over
	}
	return nil
}

// Repeats reports whether an error is the end of the answer and was told already: thousands of fields
// may be left out by it.
func (r *Request) Repeats(err error) bool {
	var over *overError
	return errors.As(err, &over) && r.told.Swap(true)
}
