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

// InternalMessage is all that a client hears of a failure that is not declared.
const InternalMessage = "something went wrong on the server: ask its operator, who finds the cause under this requestId"

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
	code, message, ok := Explain(err)
	switch {
	case ok && code == CodeTimeout:
		return code, p.tooSlow(ctx)
	case ok:
		return code, message
	}
	if located != nil && located.Unwrap() == nil && isInput(located) {
		return CodeBadUserInput, located.Message
	}
	if errors.Is(err, context.Canceled) {
		return CodeUnavailable, "the request was cancelled"
	}
	p.Log.ErrorContext(ctx, "a request failed", "error", err, "path", graphql.GetPath(ctx).String())
	return CodeInternal, InternalMessage
}

// tooSlow says what took too long. A total has a part of the time.
func (p Presenter) tooSlow(ctx context.Context) string {
	if field := graphql.GetFieldContext(ctx); field != nil && field.Field.Field != nil && field.Field.Name == "totalCount" {
		return "counting took longer than a part of the " + p.Time.String() + " that the server allows; the page is whole: narrow the filter, or leave out totalCount"
	}
	return "the answer took longer than the " + p.Time.String() + " that the server allows: narrow the filter, or ask for less"
}

// Explain gives a failure that is declared, here or in a package below, its code and words for a person:
// without the acts that led to it, which may name statements and hosts. ok is false for any other, of
// which a client must not hear.
func Explain(err error) (code, message string, ok bool) {
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
		return refused.Code, refused.Message, true
	case errors.As(err, &limit):
		return codeOfLimit(limit), "too many " + limit.Error(), true
	case errors.As(err, &input):
		return CodeBadUserInput, input.Error(), true
	case errors.As(err, &badID):
		return CodeBadUserInput, badID.Error(), true
	case errors.As(err, &setting):
		return CodeBadUserInput, setting.Error(), true
	case errors.As(err, &ambiguous):
		return CodeAmbiguousKey, ambiguous.Error(), true
	case errors.As(err, &conflict):
		return CodeConflict, conflict.Error(), true
	}
	for _, each := range sentinels {
		if errors.Is(err, each.err) {
			return each.code, each.message, true
		}
	}
	return "", "", false
}

func codeOfLimit(limit *query.LimitError) string {
	if limit.Deep {
		return CodeTooDeep
	}
	return CodeTooComplex
}

const tookTooLong = "the answer took longer than the server allows: narrow the filter, or ask for less"

// sentinels are the failures that carry nothing but themselves.
var sentinels = []struct {
	err           error
	code, message string
}{
	{db.ErrNotFound, CodeNotFound, "there is no such object, or not any more: read its list again"},
	{db.ErrAlreadyRunning, CodeAlreadyRunning, "a run is already in progress or asked for: wait until it ends, or cancel it by cancelSync"},
	{db.ErrRunEnded, CodeConflict, "the run has already ended, so nothing is left to cancel: read it again, or ask for another by startSync"},
	{db.ErrTimeout, CodeTimeout, tookTooLong},
	{context.DeadlineExceeded, CodeTimeout, tookTooLong},
	{db.ErrUnavailable, CodeUnavailable, "the database cannot be reached now: try again in a moment"},
	{events.ErrSlow, CodeUnavailable, "the subscription was ended because its events were not taken in time: subscribe again"},
	{events.ErrClosed, CodeUnavailable, "the server is going down: subscribe again in a moment"},
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
	return &RefusedError{CodeInternal, InternalMessage}
}
