package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"jirasync/cache"
	"jirasync/query"
)

// ErrTimeout says that PostgreSQL ended a statement at its deadline.
var ErrTimeout = errors.New("the database took too long")

// ErrUnavailable says that PostgreSQL cannot be reached, or takes no connections now.
var ErrUnavailable = errors.New("the database cannot be reached")

// readStatement is one statement of a read and what becomes of its rows.
type readStatement struct {
	query.Statement
	rows func(pgx.Rows) error // reads all rows; the wrapper closes them
	// limit is a deadline of its own, which this statement may miss: failed then gets the error
	// and the others' rows stay. 0: none. It must be the last.
	limit  time.Duration
	failed func(error)
	// indexed keeps the planner from reading a table from its beginning to find one row of many, as it
	// takes them for.
	indexed bool
}

// settings are those of the transaction from this statement on.
func (st readStatement) settings() (list [][2]string) {
	if st.limit > 0 {
		list = append(list, [2]string{"statement_timeout", strconv.FormatInt(st.limit.Milliseconds(), 10)})
	}
	if st.indexed {
		list = append(list, [2]string{"enable_seqscan", "off"})
	}
	if st.Fresh {
		list = append(list, [2]string{"plan_cache_mode", "force_custom_plan"})
	}
	return list
}

// read is the one way to what people ask. Its statements see one snapshot and take one round
// trip. A single statement is its own snapshot and needs no transaction around it.
//
// Row-level security for restricted askers has its place here: as a setting of the transaction.
func (s *Store) read(ctx context.Context, statements ...readStatement) error {
	pool := s.reads.conns
	if cache.WantsNewest(ctx) {
		pool = s.newest.conns
	}
	if len(statements) == 1 && statements[0].limit == 0 && !statements[0].indexed {
		return readError(readOne(ctx, pool, statements[0]))
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return readError(err)
	}
	defer conn.Release()
	return readError(readTogether(ctx, conn, statements))
}

func readOne(ctx context.Context, pool *pgxpool.Pool, st readStatement) error {
	args := st.Args
	if st.Fresh { // a statement without a name is planned for its arguments
		args = append([]any{pgx.QueryExecModeCacheDescribe}, args...)
	}
	rows, err := pool.Query(ctx, st.SQL, args...)
	if err != nil {
		return err
	}
	rows = sized(ctx, rows)
	defer rows.Close()
	if err := st.rows(rows); err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

func readTogether(ctx context.Context, conn *pgxpool.Conn, statements []readStatement) error {
	batch := &pgx.Batch{}
	batch.Queue("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
	for _, st := range statements {
		for _, setting := range st.settings() {
			batch.Queue("SELECT set_config($1, $2, true)", setting[0], setting[1])
		}
		batch.Queue(st.SQL, st.Args...)
	}
	batch.Queue("COMMIT")
	results := conn.SendBatch(ctx, batch)
	err := readResults(ctx, results, statements)
	if closed := results.Close(); err == nil {
		err = closed
	}
	if status := conn.Conn().PgConn().TxStatus(); status != 'I' && ctx.Err() == nil {
		_, _ = conn.Exec(ctx, "ROLLBACK") // a connection that stays broken is closed by the pool
	}
	return err
}

func readResults(ctx context.Context, results pgx.BatchResults, statements []readStatement) error {
	if _, err := results.Exec(); err != nil { // BEGIN
		return err
	}
	for _, st := range statements {
		for range st.settings() {
			if _, err := results.Exec(); err != nil {
				return err
			}
		}
		err := readRows(ctx, results, st)
		if err != nil && st.limit > 0 && errors.Is(readError(err), ErrTimeout) {
			st.failed(ErrTimeout)
			return errCountFailed
		}
		if err != nil {
			return err
		}
	}
	_, err := results.Exec() // COMMIT
	return err
}

// errCountFailed ends a batch whose last statement ran out of its own time.
var errCountFailed = errors.New("the last statement ran out of time")

func readRows(ctx context.Context, results pgx.BatchResults, st readStatement) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	rows = sized(ctx, rows)
	defer rows.Close()
	if err := st.rows(rows); err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

// readError gives the failures that callers tell apart their names. PostgreSQL's own words stay in
// the chain, for the log.
func readError(err error) error {
	switch {
	case err == nil, errors.Is(err, errCountFailed):
		return nil
	case errors.Is(err, ErrTimeout), errors.Is(err, ErrUnavailable): // named already
		return err
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch {
		case refused.Code == "57014":
			return fmt.Errorf("%w: %w", ErrTimeout, err)
		case strings.HasPrefix(refused.Code, "57P"), strings.HasPrefix(refused.Code, "08"), strings.HasPrefix(refused.Code, "53"):
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		return err
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case isConnectionLost(err):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// depend records the versions that a statement told: "instance:1=42 project:1:10001=7".
func depend(ctx context.Context, versions string) error {
	deps, err := parseVersions(versions)
	for _, d := range deps {
		cache.Depend(ctx, d.Tag, d.Version)
	}
	return err
}

func parseVersions(versions string) ([]cache.Dep, error) {
	fields := strings.Fields(versions)
	deps := make([]cache.Dep, len(fields))
	for n, entry := range fields {
		tag, number, ok := strings.Cut(entry, "=")
		version, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil {
			return nil, fmt.Errorf("%q is no version", entry)
		}
		deps[n] = cache.Dep{Tag: tag, Version: version}
	}
	return deps, nil
}
