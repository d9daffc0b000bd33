package localpg

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// codeDuplicateDatabase is the SQLSTATE of a database that exists already.
const codeDuplicateDatabase = "42P04"

// NotFoundError says that this machine has no PostgreSQL that could be used.
type NotFoundError struct {
	Rejected []string // what was found and why it will not do, a sentence each
}

func (e *NotFoundError) Error() string {
	text := fmt.Sprintf("no PostgreSQL %d or newer found", minMajor)
	if len(e.Rejected) > 0 {
		text += " (" + strings.Join(e.Rejected, "; ") + ")"
	}
	return text + ": install it (Debian: apt-get install postgresql), run scripts/postgres, " +
		"or set PG_BIN to the folder of initdb and postgres"
}

// VersionError says that the data was made by a major version that is not at hand.
type VersionError struct {
	Dir   string
	Made  int
	Found []string
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("%s was made by PostgreSQL %d, but only %s is here: install postgresql-%[2]d "+
		"(or set PG_BIN to its bin folder), or move %[1]s away to begin anew; nothing was changed",
		e.Dir, e.Made, strings.Join(e.Found, ", "))
}

// InUseError says that another process has the cluster.
type InUseError struct {
	Dir string
	PID int // of the server; 0 if unknown
}

func (e *InUseError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("the cluster in %s is in use by another process: stop that, or choose another folder", e.Dir)
	}
	return fmt.Sprintf("a PostgreSQL server (pid %d) still runs on %s: stop it with kill -INT %[1]d, "+
		"or choose another folder", e.PID, e.Dir)
}

// OwnerError says that a folder belongs to an account that we cannot act as.
type OwnerError struct {
	Dir string
	UID uint32
}

func (e *OwnerError) Error() string {
	if e.UID == 0 {
		return fmt.Sprintf("%s belongs to root, as which PostgreSQL does not run, and user namespaces are refused "+
			"here: give it to another account with chown -R, or choose another folder", e.Dir)
	}
	return fmt.Sprintf("%s belongs to uid %d, which this process may not act as: run as that account or as root, "+
		"or choose another folder", e.Dir, e.UID)
}

// FailedError says why initdb or the server gave up.
type FailedError struct {
	Act    string // "initdb" or "PostgreSQL"
	Dir    string
	Output string // its last lines
}

func (e *FailedError) Error() string {
	switch {
	case strings.Contains(e.Output, "No space left on device"):
		return fmt.Sprintf("%s: no space left on the disk of %s: free 100 MB or more and start again", e.Act, e.Dir)
	case strings.Contains(e.Output, "Read-only file system"):
		return fmt.Sprintf("%s: the disk of %s is read-only: choose another folder", e.Act, e.Dir)
	case strings.Contains(e.Output, "could not look up effective user ID"):
		return fmt.Sprintf("%s: this uid has no entry in /etc/passwd and may not have a user namespace: "+
			"run as an account that has one", e.Act)
	case strings.Contains(e.Output, "Permission denied"):
		return fmt.Sprintf("%s may not write %s: give the folder to its account, or choose another (%s)",
			e.Act, e.Dir, decisive(e.Output))
	}
	return fmt.Sprintf("%s in %s gave up: %s", e.Act, e.Dir, decisive(e.Output))
}

// decisive picks the line that tells most: the last that is an error, else the last.
func decisive(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		for _, mark := range []string{"FATAL:", "PANIC:", "error:"} {
			if _, text, found := strings.Cut(lines[i], mark); found {
				return strings.TrimSpace(text)
			}
		}
	}
	if last := lines[len(lines)-1]; last != "" {
		return last
	}
	return "it said nothing"
}

func isCode(err error, code string) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.Code == code
}
