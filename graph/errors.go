package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"jirasync/db"
	"jirasync/events"
	"jirasync/query"
	"jirasync/telemetry"
)

// The codes of errors, as clients find them in extensions.code.
const (
	CodeBadUserInput    = "BAD_USER_INPUT"
	CodeNotFound        = "NOT_FOUND"
	CodeAmbiguousKey    = "AMBIGUOUS_KEY"
	CodeAlreadyRunning  = "ALREADY_RUNNING"
	CodeConflict        = "CONFLICT"
	CodeTooComplex      = "QUERY_TOO_COMPLEX"
	CodeTooDeep         = "QUERY_TOO_DEEP"
	CodeRateLimited     = "RATE_LIMITED"
	CodeTimeout         = "TIMEOUT"
	CodeNotPersisted    = "PERSISTED_QUERY_NOT_FOUND" // as clients of persisted queries know it
	CodeUnavailable     = "UNAVAILABLE"
	CodeUnauthenticated = "UNAUTHENTICATED"
	CodeForbidden       = "FORBIDDEN"
	CodeInternal        = "INTERNAL"
)

// RefusedError is a refusal with its code, made where the code is known.
type RefusedError struct{ Code, Message string }

func (e *RefusedError) Error() string { return e.Message }

// Presenter gives failures their codes and words. What it does not know is logged, and the client
// hears no more of it than the id under which the log has it.
type Presenter struct {
	Log  *slog.Logger
	Time time.Duration // that an answer may take
}

// Present is a [graphql.ErrorPresenterFunc].
func (p Presenter) Present(ctx context.Context, err error) *gqlerror.Error {
	shown := &gqlerror.Error{Path: graphql.GetPath(ctx)}
	var located *gqlerror.Error
	if errors.As(err, &located) {
		if located.Path != nil {
			shown.Path = located.Path
		}
		shown.Locations = located.Locations
		if code, ours := located.Extensions["code"].(string); ours && known(code) {
			return located
		}
	}
	code, message := p.describe(ctx, err, located)
	shown.Message = message
	shown.Extensions = map[string]any{"code": code}
	addConflict(shown.Extensions, err)
	if id := telemetry.RequestID(ctx); id != "" {
		shown.Extensions["requestId"] = id
	}
	return shown
}

func (p Presenter) describe(ctx context.Context, err error, located *gqlerror.Error) (code, message string) {
	if code, ok := codeOf(err); ok {
		if code == CodeTimeout {
			return code, p.tooSlow(ctx)
		}
		return code, sentence(err)
	}
	if located != nil && located.Unwrap() == nil && isInput(located) {
		return CodeBadUserInput, located.Message
	}
	if errors.Is(err, context.Canceled) {
		return CodeUnavailable, "the request was cancelled"
	}
	p.Log.ErrorContext(ctx, "a request failed", "error", err, "path", graphql.GetPath(ctx).String())
	return CodeInternal, "something went wrong on the server: ask its operator, who finds the cause under this requestId"
}

// tooSlow says what took too long. A total has a part of the time.
func (p Presenter) tooSlow(ctx context.Context) string {
	if field := graphql.GetFieldContext(ctx); field != nil && field.Field.Field != nil && field.Field.Name == "totalCount" {
		return "counting took longer than a part of the " + p.Time.String() + " that the server allows; the page is whole: narrow the filter, or leave out totalCount"
	}
	return "the answer took longer than the " + p.Time.String() + " that the server allows: narrow the filter, or ask for less"
}

// codeOf knows the failures that the packages below declare.
func codeOf(err error) (string, bool) {
	var (
		refused   *RefusedError
		input     *query.InputError
		limit     *query.LimitError
		badID     *db.BadIDError
		ambiguous *db.AmbiguousKeyError
		setting   *db.SettingError
		conflict  *db.MappingConflictError
	)
	switch {
	case errors.As(err, &refused):
		return refused.Code, true
	case errors.As(err, &limit):
		if limit.Deep {
			return CodeTooDeep, true
		}
		return CodeTooComplex, true
	case errors.As(err, &input), errors.As(err, &badID), errors.As(err, &setting):
		return CodeBadUserInput, true
	case errors.As(err, &ambiguous):
		return CodeAmbiguousKey, true
	case errors.Is(err, db.ErrNotFound):
		return CodeNotFound, true
	case errors.Is(err, db.ErrAlreadyRunning):
		return CodeAlreadyRunning, true
	case errors.Is(err, db.ErrRunEnded), errors.As(err, &conflict):
		return CodeConflict, true
	case errors.Is(err, db.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return CodeTimeout, true
	case errors.Is(err, db.ErrUnavailable), errors.Is(err, events.ErrSlow), errors.Is(err, events.ErrClosed):
		return CodeUnavailable, true
	}
	return "", false
}

// addConflict shows both versions of what two people changed, so that nobody's work is lost.
func addConflict(extensions map[string]any, err error) {
	var conflict *db.MappingConflictError
	if !errors.As(err, &conflict) {
		return
	}
	extensions["submitted"] = conflict.Submitted
	if now := conflict.Current; now != nil {
		extensions["current"] = now.Spec()
		extensions["currentVersion"] = now.Version
	}
}

// Explain gives a failure its code and words, for who tells of it within an answer. ok is false for
// what a client must not hear of.
func Explain(err error) (code, message string, ok bool) {
	if code, ok = codeOf(err); !ok {
		return "", "", false
	}
	return code, sentence(err), true
}

// sentence is what a person reads: the declared failure without the acts that led to it, which
// may name statements and hosts.
func sentence(err error) string {
	var (
		refused   *RefusedError
		input     *query.InputError
		limit     *query.LimitError
		badID     *db.BadIDError
		ambiguous *db.AmbiguousKeyError
		setting   *db.SettingError
		conflict  *db.MappingConflictError
	)
	switch {
	case errors.As(err, &refused):
		return refused.Error()
	case errors.As(err, &limit):
		return "too many " + limit.Error()
	case errors.As(err, &input):
		return input.Error()
	case errors.As(err, &badID):
		return badID.Error()
	case errors.As(err, &ambiguous):
		return ambiguous.Error()
	case errors.As(err, &setting):
		return setting.Error()
	case errors.As(err, &conflict):
		return conflict.Error()
	case errors.Is(err, db.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return "the answer took longer than the server allows: narrow the filter, or ask for less"
	case errors.Is(err, db.ErrUnavailable):
		return "the database cannot be reached now: try again in a moment"
	case errors.Is(err, events.ErrSlow):
		return "the subscription was ended because its events were not taken in time: subscribe again"
	case errors.Is(err, events.ErrClosed):
		return "the server is going down: subscribe again in a moment"
	case errors.Is(err, db.ErrNotFound):
		return "there is no such object"
	}
	for _, declared := range []error{db.ErrAlreadyRunning, db.ErrRunEnded} {
		if errors.Is(err, declared) {
			return declared.Error()
		}
	}
	return err.Error()
}

// isInput tells what the executor says of an operation from what it says of a resolver.
func isInput(err *gqlerror.Error) bool {
	return !strings.HasPrefix(err.Message, "the requested element is null") &&
		!strings.HasPrefix(err.Message, "unexpected type")
}

func known(code string) bool {
	switch code {
	case CodeBadUserInput, CodeNotFound, CodeAmbiguousKey, CodeAlreadyRunning, CodeConflict, CodeTooComplex, CodeTooDeep,
		CodeRateLimited, CodeTimeout, CodeNotPersisted, CodeUnavailable, CodeUnauthenticated, CodeForbidden, CodeInternal:
		return true
	}
	return false
}

// Recover is a [graphql.RecoverFunc]: a panic in one field fails that field.
func (p Presenter) Recover(ctx context.Context, panicked any) error {
	p.Log.ErrorContext(ctx, "a resolver panicked", "error", fmt.Sprint(panicked), "stack", string(debug.Stack()))
	return &RefusedError{CodeInternal, "something went wrong on the server: ask its operator, who finds the cause under this requestId"}
}
