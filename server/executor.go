package server

import (
	"context"

	"github.com/99designs/gqlgen/complexity"
	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"jirasync/auth"
	"jirasync/graph"
	"jirasync/loaders"
	"jirasync/resolvers"
)

// Documents of honest clients are few and short; longer ones are parsed each time.
const (
	keptDocuments       = 1000
	longestKeptDocument = 20 << 10
)

// newExecutor runs operations whose text has passed [graph.ReadDocument].
func newExecutor(d Deps) (*executor.Executor, graphql.ExecutableSchema) {
	root := &resolvers.Resolver{Store: d.Store, Events: d.Events, Limits: d.Limits.Query(), Fields: d.Fields}
	config := graph.Config{Resolvers: root}
	graph.SetCosts(&config.Complexity, d.Limits.Query())
	schema := graph.NewExecutableSchema(config)
	presenter := graph.Presenter{Log: d.Log}
	e := executor.New(schema)
	e.SetErrorPresenter(presenter.Present)
	e.SetRecoverFunc(presenter.Recover)
	e.SetParserTokenLimit(d.Limits.Tokens)
	e.SetDisableSuggestion(true) // "did you mean" would tell the schema's names to who may not see them
	e.SetQueryCache(shortDocuments{lru.New[*ast.QueryDocument](keptDocuments)})
	e.Use(extension.Introspection{})
	e.Use(costLimit{schema, d.Limits.Cost})
	e.Use(graph.PlainLists{ChangesPage: root.ChangesPage})
	e.Use(perResponse{loaders.Source{Store: d.Store, Cache: d.Cache}, d.Limits})
	return e, schema
}

// shortDocuments bounds the memory of parsed documents.
type shortDocuments struct {
	graphql.Cache[*ast.QueryDocument]
}

// Add keeps the document unless it is long.
func (s shortDocuments) Add(ctx context.Context, text string, doc *ast.QueryDocument) {
	if len(text) <= longestKeptDocument {
		s.Cache.Add(ctx, text, doc)
	}
}

// costLimit refuses operations that would read too much.
type costLimit struct {
	schema graphql.ExecutableSchema
	limit  int
}

// ExtensionName names it for the executor.
func (costLimit) ExtensionName() string { return "CostLimit" }

// Validate has nothing to check.
func (costLimit) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext runs once an operation is known to be valid.
func (c costLimit) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	cost := complexity.Calculate(ctx, c.schema, op.Operation, op.Variables)
	if cost > c.limit {
		return gqlerror.Wrap(&graph.RefusedError{Code: graph.CodeTooComplex, Message: costMessage(cost, c.limit)})
	}
	return nil
}

// perResponse gives each answer, and each event of a subscription, loaders and a deadline of its
// own.
type perResponse struct {
	source loaders.Source
	limits Limits
}

// ExtensionName names it for the executor.
func (perResponse) ExtensionName() string { return "PerResponse" }

// Validate has nothing to check.
func (perResponse) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse wraps the making of one answer.
func (p perResponse) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if !graphql.HasOperationContext(ctx) {
		return next(ctx)
	}
	ctx = loaders.With(ctx, p.source.New(auth.Scope(ctx)))
	op := graphql.GetOperationContext(ctx)
	if op.Operation != nil && op.Operation.Operation != ast.Subscription {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.limits.Time)
		defer cancel()
	}
	return next(ctx)
}
