package db

import (
	"context"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"jirasync/query"
)

// size is what the objects of one answer have together.
type size struct {
	bytes atomic.Int64
	most  int
	noted *atomic.Bool // that it was too large; nil: nobody asked
}

type (
	sizeKey     struct{}
	tooLargeKey struct{}
)

// WithMostBytes returns a context whose reads for people hold at most so many bytes together, for an
// answer is in memory before it is sent. Beyond that they fail with a [query.LimitError].
func WithMostBytes(ctx context.Context, most int) context.Context {
	noted, _ := ctx.Value(tooLargeKey{}).(*atomic.Bool)
	return context.WithValue(ctx, sizeKey{}, &size{most: most, noted: noted})
}

// NoteTooLarge returns a context in which it is noted whether an answer was larger than [WithMostBytes]
// allows, for who can ask for less then.
func NoteTooLarge(ctx context.Context) (context.Context, *atomic.Bool) {
	noted := new(atomic.Bool)
	return context.WithValue(ctx, tooLargeKey{}, noted), noted
}

// Hold counts bytes that an answer holds without having read them from the database, such as an object
// that was kept, and fails where all of them are too many.
func Hold(ctx context.Context, bytes int) error {
	if s, bounded := ctx.Value(sizeKey{}).(*size); bounded {
		return s.hold(bytes)
	}
	return nil
}

// hold counts bytes, and fails where they are too many.
func (s *size) hold(bytes int) error {
	sum := s.bytes.Add(int64(bytes))
	if sum <= int64(s.most) {
		return nil
	}
	if s.noted != nil {
		s.noted.Store(true)
	}
	return &query.LimitError{What: "bytes of an answer (ask for fewer issues a page, or for an export)", Got: int(sum), Limit: s.most}
}

// sized counts rows that are read for an answer.
func sized(ctx context.Context, rows pgx.Rows) pgx.Rows {
	if s, bounded := ctx.Value(sizeKey{}).(*size); bounded {
		return &sizedRows{Rows: rows, size: s}
	}
	return rows
}

type sizedRows struct {
	pgx.Rows
	size *size
	err  error
}

// Next ends the rows where they are too large.
func (r *sizedRows) Next() bool {
	if !r.Rows.Next() {
		return false
	}
	bytes := 0
	for _, raw := range r.RawValues() {
		bytes += len(raw)
	}
	if r.err = r.size.hold(bytes); r.err != nil {
		r.Close()
		return false
	}
	return true
}

// Err is what ended the rows.
func (r *sizedRows) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.Rows.Err()
}
