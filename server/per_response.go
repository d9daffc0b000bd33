package server

import (
	"context"
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"jirasync/auth"
	"jirasync/db"
	"jirasync/graph"
	"jirasync/loaders"
)

// perResponse gives each answer, and each event of a subscription, loaders and a deadline of its
// own. It tells the loaders how the executor goes through the answer, so that a batch goes off when
// nobody else can join it.
type perResponse struct {
	source    loaders.Source
	limits    Limits
	schema    *ast.Schema
	resolvers map[fieldName]bool
}

type fieldName struct{ object, field string }

func newPerResponse(s loaders.Source, l Limits, schema *ast.Schema) perResponse {
	return perResponse{s, l, schema, resolversOf(reflect.TypeFor[graph.ResolverRoot](), schema)}
}

// resolversOf lists the fields that are resolved by a function, which the executor starts on a
// goroutine of its own: those of the interfaces that the generated code asks for.
func resolversOf(root reflect.Type, schema *ast.Schema) map[fieldName]bool {
	all := map[fieldName]bool{}
	for _, object := range schema.Types {
		resolver, ok := root.MethodByName(object.Name)
		if !ok {
			continue
		}
		methods := map[string]bool{} // Go writes some letters large
		for i := range resolver.Type.Out(0).NumMethod() {
			methods[strings.ToLower(resolver.Type.Out(0).Method(i).Name)] = true
		}
		for _, field := range object.Fields {
			if methods[strings.ToLower(field.Name)] {
				all[fieldName{object.Name, field.Name}] = true
			}
		}
	}
	return all
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
	op := graphql.GetOperationContext(ctx)
	if op.Operation == nil {
		return next(ctx)
	}
	load := p.source.New(auth.Scope(ctx))
	ctx = loaders.With(ctx, load)
	switch op.Operation.Operation {
	case ast.Query:
		ctx = within(ctx, load.Root(p.fields(op, op.Operation.SelectionSet, p.schema.Query)))
	case ast.Subscription: // the event is the value of the only field at the root
		if roots := graphql.CollectFields(op, op.Operation.SelectionSet, p.names(p.schema.Subscription)); len(roots) == 1 {
			ctx = within(ctx, load.Root(p.fields(op, roots[0].Selections, p.schema.Types[roots[0].Definition.Type.Name()])))
		}
		all := new(deadlines) // the wait for the event is in it: its fields begin their time
		defer all.cancel()
		return next(context.WithValue(ctx, deadlinesKey{}, all))
	case ast.Mutation: // its fields come one after the other, see below
	}
	ctx, cancel := context.WithTimeout(ctx, p.limits.Time)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { load.End(context.Cause(ctx)) })
	defer stop()
	return next(ctx)
}

// batched are the fields at the root that load by key, together with others of their kind. The
// others have a statement of their own, and nobody waits for it.
var batched = map[string]bool{"node": true, "issue": true, "project": true}

// InterceptField tells when a field has its value, and what is below it.
func (p perResponse) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	load, ok := loaders.At(ctx)
	if !ok { // opening a subscription
		return next(ctx)
	}
	if err := load.Over(); err != nil {
		load.Uncounted()
		return nil, err
	}
	field := graphql.GetFieldContext(ctx)
	back := func() {}
	switch {
	case field.Object == p.schema.Query.Name && field.IsResolver && !batched[field.Field.Name]:
		back = load.Aside()
	case p.schema.Mutation != nil && field.Object == p.schema.Mutation.Name:
		// What one has changed, the next must not remember.
		load = p.source.New(auth.Scope(ctx))
		ctx = within(loaders.With(ctx, load), load.Root(0, 1))
	}
	if field.IsResolver {
		ctx = p.inTime(ctx)
	}
	object := objectOf(ctx, field)
	var below *loaders.Objects
	of := p.schema.Types[field.Field.Definition.Type.Name()]
	if of != nil && of.IsCompositeType() {
		below = new(loaders.Objects)
		ctx = within(ctx, below)
	}
	value, err := next(ctx)
	back()
	if err == nil && below != nil {
		err = handOut(ctx, load, field, value)
	}
	if err != nil || object == nil {
		load.Uncounted()
	}
	if object == nil {
		return value, err
	}
	if err != nil || below == nil || isWritten(value) {
		object.Ended(!field.IsResolver)
		return value, err
	}
	if node, ok := value.(db.Node); ok && of.IsAbstractType() {
		of = p.typeOf(node)
	}
	places, objects := count(reflect.ValueOf(value))
	plains, resolvers := p.fields(graphql.GetOperationContext(ctx), field.Field.Selections, of)
	object.Has(!field.IsResolver, below, places, objects, plains, resolvers)
	return value, err
}

// cells are the elements of lists that belong to one row, however many they are.
const cells = "FieldValue"

// handOut counts the rows of a value that are in lists within lists.
func handOut(ctx context.Context, load *loaders.Request, field *graphql.FieldContext, value any) error {
	if written, ok := value.(graph.Written); ok {
		return load.HandOut(ctx, written.Rows)
	}
	list := reflect.ValueOf(value)
	switch {
	case list.Kind() != reflect.Slice:
		return nil
	case !graph.WithinList(field), field.Field.Definition.Type.Name() == cells:
		return load.HandOut(ctx, 0)
	}
	return load.HandOut(ctx, list.Len())
}

// isWritten tells whether nothing of a value is left to the executor.
func isWritten(value any) bool {
	_, written := value.(graphql.Marshaler)
	return written || value == nil
}

type objectsKey struct{}

// within returns a context for the fields of these objects.
func within(ctx context.Context, o *loaders.Objects) context.Context {
	return context.WithValue(ctx, objectsKey{}, o)
}

// objectOf is the object that the field at hand belongs to.
func objectOf(ctx context.Context, field *graphql.FieldContext) *loaders.Object {
	objects, ok := ctx.Value(objectsKey{}).(*loaders.Objects)
	if !ok {
		return nil
	}
	if field.Parent != nil && field.Parent.Index != nil {
		return objects.At(*field.Parent.Index)
	}
	return objects.At(0)
}

// typeOf is the type of an object that is looked up by its id.
func (p perResponse) typeOf(node db.Node) *ast.Definition {
	id, err := db.ParseGlobalID(node.ID())
	if err != nil {
		return nil
	}
	return p.schema.Types[id.Kind]
}

// count tells how many places a value has, and how many of them hold an object.
func count(v reflect.Value) (places, objects int) {
	if v.Kind() != reflect.Slice {
		return 1, isThere(v)
	}
	for i := range v.Len() {
		objects += isThere(v.Index(i))
	}
	return v.Len(), objects
}

func isThere(v reflect.Value) int {
	if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil() {
		return 0
	}
	return 1
}

// fields counts what is selected of an object, by how it is resolved. What has its value without
// being resolved does not count.
func (p perResponse) fields(op *graphql.OperationContext, set ast.SelectionSet, of *ast.Definition) (plain, resolvers int) {
	if of == nil {
		return 0, 0
	}
	for _, f := range graphql.CollectFields(op, set, p.names(of)) {
		switch {
		case f.Name == "__typename":
		case p.resolvers[fieldName{of.Name, f.Name}]:
			resolvers++
		default:
			plain++
		}
	}
	return plain, resolvers
}

// names are those under which fragments may speak of a type.
func (p perResponse) names(of *ast.Definition) []string {
	return append([]string{of.Name}, of.Interfaces...)
}
