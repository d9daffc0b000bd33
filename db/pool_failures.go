package db

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// connections are a pool whose failures bear the names that callers tell apart: [ErrUnavailable] and
// [ErrTimeout].
type connections struct{ conns *pgxpool.Pool }

// Query hands out rows that name their failure at their end.
func (c connections) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := c.conns.Query(ctx, sql, args...)
	return namedRows{rows}, readError(err)
}

// QueryRow hands out a row that names its failure when it is read.
func (c connections) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return namedRow{c.conns.QueryRow(ctx, sql, args...)}
}

// Exec runs a statement.
func (c connections) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	tag, err := c.conns.Exec(ctx, sql, args...)
	return tag, readError(err)
}

// change runs a transaction, whose failures are named once it has ended.
func (c connections) change(ctx context.Context, what func(pgx.Tx) error) error {
	return readError(pgx.BeginFunc(ctx, c.conns, what))
}

type namedRows struct{ pgx.Rows }

// Err is what ended the rows.
func (r namedRows) Err() error { return readError(r.Rows.Err()) }

type namedRow struct{ pgx.Row }

// Scan reads the row.
func (r namedRow) Scan(targets ...any) error { return readError(r.Row.Scan(targets...)) }
