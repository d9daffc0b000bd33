package db

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// Node is an object with a global id, by which it is found again.
type Node interface{ ID() string }

// The kinds of [Node], as they stand in global ids.
const (
	KindIssue    = "Issue"
	KindProject  = "Project"
	KindUser     = "User"
	KindInstance = "Instance"
	KindRun      = "SyncRun"
	KindError    = "SyncError"
	KindMapping  = "FieldMapping"
	KindBackup   = "FieldMappingBackup"
)

// GlobalID names one object of the mirror, whatever its kind.
type GlobalID struct {
	Kind     string
	Instance int
	Key      string // Jira's id of an issue or project, the account of a user, the number of a run
}

// BadIDError says that a text is no global id.
type BadIDError struct{ ID string }

func (e *BadIDError) Error() string {
	return fmt.Sprintf("%q is not an id that this server gave out: take it from the field id of an object", e.ID)
}

// String is the opaque form that clients hold.
func (g GlobalID) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(g.Kind + ":" + strconv.Itoa(g.Instance) + ":" + g.Key))
}

// Number is the key of an object that is counted, such as an issue or a run.
func (g GlobalID) Number() (int64, error) {
	n, err := strconv.ParseInt(g.Key, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != g.Key {
		return 0, &BadIDError{g.String()}
	}
	return n, nil
}

// ParseGlobalID reads the opaque form. [BadIDError].
func ParseGlobalID(id string) (GlobalID, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(id)
	parts := strings.SplitN(string(raw), ":", 3)
	if err != nil || len(parts) != 3 || parts[2] == "" {
		return GlobalID{}, &BadIDError{id}
	}
	instance, err := strconv.Atoi(parts[1])
	g := GlobalID{Kind: parts[0], Instance: instance, Key: parts[2]}
	if err != nil || instance < 0 || instance >= 1<<15 || g.String() != id || !g.canBe() {
		return GlobalID{}, &BadIDError{id}
	}
	return g, nil
}

// canBe says whether an object may have the id: what it is found by would else be another's.
func (g GlobalID) canBe() bool {
	switch g.Kind {
	case KindIssue:
		n, err := g.Number()
		return err == nil && n < 1<<jiraIDBits
	case KindInstance:
		return g.Key == strconv.Itoa(g.Instance)
	case KindRun, KindMapping, KindBackup: // they are counted across instances
		return g.Instance == 0
	case KindProject, KindUser, KindError:
		return true
	}
	return false
}

func numberedID(kind string, instance int, n int64) string {
	return GlobalID{kind, instance, strconv.FormatInt(n, 10)}.String()
}
