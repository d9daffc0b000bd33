package db

import (
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
)

// Passing reports whether a failure may be over in seconds, without anyone's help: the connection,
// or a server that restarts, has no room left or was too busy.
func Passing(err error) bool {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return isConnectionLost(err)
	}
	switch refused.Code[:2] {
	case "08", "40", "53", "57": // connection, rollback, resources, operator
		return true
	}
	return refused.Code == "55P03" || refused.Code == "25P03" // a lock that was not to be had, a pause of ours in a transaction
}

// isConnectionLost tells that PostgreSQL was not reached, or was lost before its answer was whole.
func isConnectionLost(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
