package server

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"jirasync/auth"
	"jirasync/cache"
	"jirasync/graph"
)

// answers makes the answers to operations, or finds them.
type answers struct {
	exec      *executor.Executor
	schema    graphql.ExecutableSchema
	cache     *cache.Cache // nil: off
	limits    Limits
	documents documents[*graph.Document]
	freshness *freshness
	metrics   *metrics
	presenter graph.Presenter
}

func newAnswers(s *Server) *answers {
	exec, schema := newExecutor(s.deps, s.metrics.late.Inc)
	return &answers{
		exec: exec, schema: schema, cache: s.deps.Cache, limits: s.deps.Limits, documents: newDocuments[*graph.Document](),
		freshness: s.freshness, metrics: s.metrics, presenter: graph.Presenter{Log: s.deps.Log, Time: s.deps.Limits.Time},
	}
}

// question is one operation to be run, as it came.
type question struct {
	text      string
	hash      string // of the text, by which the server may know it; empty: none was sent
	name      string
	variables json.RawMessage // an object, or nothing
	document  *graph.Document
	kind      ast.Operation
}

// prepare finds the text of an operation that came as its hash, parses it or finds it parsed, checks
// the limits that need no schema, fills in document, kind and name, and keeps a text that has a hash.
func (a *answers) prepare(ctx context.Context, q *question) error {
	if err := a.recall(ctx, q); err != nil {
		return err
	}
	doc, known := a.documents.Get(ctx, q.text)
	if !known {
		var err error
		if doc, err = graph.ReadDocument(q.text, a.limits.Document()); err != nil {
			return err
		}
		a.documents.Add(ctx, q.text, doc)
	}
	var err error
	q.document = doc
	if q.kind, q.name, err = doc.Operation(q.name); err != nil {
		return err
	}
	if err := graph.CheckVariables(q.variables, a.limits.Document()); err != nil {
		return err
	}
	a.persist(ctx, q)
	return nil
}

// answer is the response to a question.
type answer struct {
	data      json.RawMessage // absent when the operation was refused before it ran
	errors    gqlerror.List
	hit       bool
	refused   bool // it did not run at all
	cost      int
	freshness []byte     // of the mirror, as JSON, when the question was asked: it may be fresher, never staler
	left      *allowance // of the client; nil where that is not told
}

// costBytes is how long the cost is that stands before a kept answer.
const costBytes = 4

// partialError carries an answer with errors past the cache, which keeps no errors.
type partialError struct{ answer }

func (e *partialError) Error() string { return fmt.Sprintf("an answer with %d errors", len(e.errors)) }

// ask runs a query or a mutation. Whole answers to queries are kept and found again.
func (a *answers) ask(ctx context.Context, q *question) answer {
	began, freshness := time.Now(), a.freshness.json()
	ans := a.made(ctx, q)
	ans.freshness = freshness
	a.metrics.operation(q, ans, time.Since(began))
	return ans
}

// made is the answer as it was kept, or is made now. What panics outside of a field is an answer too.
func (a *answers) made(ctx context.Context, q *question) (ans answer) {
	defer func() {
		if panicked := recover(); panicked != nil {
			ans = a.broken(ctx, panicked)
		}
	}()
	if q.kind == ast.Query && a.cache != nil {
		return a.cached(ctx, q)
	}
	return a.run(ctx, q)
}

func (a *answers) cached(ctx context.Context, q *question) answer {
	kept, err := a.cache.Do(ctx, a.key(ctx, q), func(ctx context.Context) ([]byte, error) {
		made := a.run(ctx, q)
		if len(made.errors) > 0 {
			return nil, &partialError{made}
		}
		return append(binary.BigEndian.AppendUint32(make([]byte, 0, costBytes+len(made.data)), uint32(made.cost)), made.data...), nil
	})
	var partial *partialError
	switch {
	case errors.As(err, &partial):
		return partial.answer
	case err != nil:
		return a.refuse(ctx, err)
	}
	return answer{data: kept.Value[costBytes:], cost: int(binary.BigEndian.Uint32(kept.Value)), hit: kept.Hit}
}

// key is the question and whatever else its answer depends on, besides versions: what the asker
// may see. The 2 tells kept answers apart from those of a release that put no cost before them.
func (a *answers) key(ctx context.Context, q *question) string {
	return cache.Key("answer-2", auth.Scope(ctx).Key(), q.document.Key, q.name, string(q.variables))
}

func (a *answers) run(ctx context.Context, q *question) answer {
	op, list := a.start(ctx, q)
	if len(list) > 0 {
		return a.refuse(ctx, list)
	}
	handle, ctx := a.exec.DispatchOperation(ctx, op)
	response := handle(ctx)
	if response == nil { // the asker has left
		return a.refuse(ctx, context.Cause(ctx))
	}
	cost, _ := op.Stats.GetExtension(costLimit{}.ExtensionName()).(int)
	return answer{data: response.Data, errors: response.Errors, cost: cost}
}

// start makes the operation ready to run.
func (a *answers) start(ctx context.Context, q *question) (*graphql.OperationContext, gqlerror.List) {
	ctx = graphql.StartOperationTrace(ctx)
	params := &graphql.RawParams{Query: q.text, OperationName: q.name}
	if len(q.variables) > 0 {
		if err := decodeNumbers(q.variables, &params.Variables); err != nil {
			return nil, graph.AsList(&graph.RefusedError{Code: graph.CodeBadUserInput, Message: "variables must be a JSON object"})
		}
	}
	now := graphql.Now()
	params.ReadTime = graphql.TraceTiming{Start: now, End: now}
	return a.exec.CreateOperationContext(ctx, params)
}

// mostReasons are told why an operation did not run: one for each of its fields helps nobody.
const mostReasons = 10

// refuse is the answer to what did not run.
func (a *answers) refuse(ctx context.Context, err error) answer {
	var list gqlerror.List
	if !errors.As(err, &list) {
		list = graph.AsList(err)
	}
	refused := answer{refused: true}
	for _, each := range list[:min(len(list), mostReasons)] {
		refused.errors = append(refused.errors, a.presenter.Present(ctx, each))
	}
	return refused
}

// broken is the answer where a panic ended the making of one.
func (a *answers) broken(ctx context.Context, panicked any) answer {
	return a.refuse(ctx, a.presenter.Recover(ctx, panicked))
}
