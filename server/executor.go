package server

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/complexity"
	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"jirasync/graph"
	"jirasync/loaders"
	"jirasync/resolvers"
)

// newExecutor makes what runs operations whose text has passed [graph.ReadDocument], and the schema that
// they are of. It calls late for each batch of reads that the clock had to send: the fields of an answer
// were miscounted, or waited long for something else.
func newExecutor(d Deps, late func()) (*executor.Executor, graphql.ExecutableSchema) {
	root := &resolvers.Resolver{Store: d.Store, Events: d.Events, Limits: d.Limits.Query(), Fields: d.Fields, Projects: d.Projects}
	config := graph.Config{Schema: graph.NewSchema(), Resolvers: root}
	graph.SetCosts(&config.Complexity, d.Limits.Query())
	schema := graph.NewExecutableSchema(config)
	presenter := graph.Presenter{Log: d.Log, Time: d.Limits.Time}
	e := executor.New(schema)
	e.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
		if load, ok := loaders.At(ctx); ok {
			load.Uncounted()
			if load.Repeats(err) {
				return nil
			}
		}
		return presenter.Present(ctx, err)
	})
	e.SetRecoverFunc(presenter.Recover)
	e.SetParserTokenLimit(d.Limits.Tokens)
	e.SetDisableSuggestion(true) // "did you mean" would tell the schema's names to who may not see them
	e.SetDefaultRulesFn(graph.Rules)
	e.SetQueryCache(newDocuments[*ast.QueryDocument]())
	e.Use(extension.Introspection{})
	e.Use(graph.StrictVariables{Schema: schema.Schema()})
	e.Use(graph.Conditions{})
	e.Use(costLimit{schema, d.Limits.Cost})
	// Before PlainLists: an extension used earlier wraps the later ones, and must see what PlainLists has
	// written.
	e.Use(newPerResponse(loaders.Source{Store: d.Store, Cache: d.Cache, Rows: rowsPerCost * d.Limits.Cost, Late: late}, d.Limits, schema.Schema()))
	e.Use(graph.PlainLists{ChangesPage: root.ChangesPage})
	return e, schema
}

// rowsPerCost is how many rows an answer may hold in lists within lists, which may be longer than the
// cost took them for.
const rowsPerCost = 2

// costLimit refuses operations that would read too much.
type costLimit struct {
	schema graphql.ExecutableSchema
	limit  int
}

// ExtensionName names it for the executor.
func (costLimit) ExtensionName() string { return "CostLimit" }

// Validate has nothing to check.
func (costLimit) Validate(graphql.ExecutableSchema) error { return nil }

// withoutType leaves out __type, which is counted by [graph.IntrospectionCost]: that multiplies by the
// lengths of lists, which the library does not. It never counts __schema.
var withoutType = complexity.WithIgnoreFields(map[string]struct{}{"Query.__type": {}})

// MutateOperationContext runs once an operation is known to be valid.
func (c costLimit) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	cost := complexity.Calculate(ctx, c.schema, op.Operation, op.Variables, withoutType) + graph.IntrospectionCost(op.Operation.SelectionSet)
	op.Stats.SetExtension(c.ExtensionName(), cost)
	if cost > c.limit {
		return gqlerror.Wrap(&graph.RefusedError{Code: graph.CodeTooComplex, Message: costMessage(cost, c.limit)})
	}
	return nil
}

func costMessage(cost, limit int) string {
	return fmt.Sprintf("the operation costs %d, at most %d are allowed: ask for smaller pages or fewer fields", cost, limit)
}
