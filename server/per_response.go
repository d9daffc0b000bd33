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
	ctx = db.WithMostBytes(loaders.With(ctx, load), p.limits.AnswerBytes)
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
	ctx, at := p.enter(ctx, load)
	value, err := next(ctx)
	at.back()
	if err == nil && at.below != nil {
		err = handOut(ctx, at.load, at.field, value)
	}
	p.leave(ctx, at, value, err)
	return value, err
}

// visit is the executor's stay at a field.
type visit struct {
	field  *graphql.FieldContext
	load   *loaders.Request
	object *loaders.Object  // that the field belongs to; nil: not counted
	of     *ast.Definition  // the type of the value, or of its elements
	below  *loaders.Objects // those of the value; nil: it holds none
	back   func()           // no batch waits for the field until this is called
}

// enter chooses the loaders of a field, says whether a batch waits for it, and begins its time.
func (p perResponse) enter(ctx context.Context, load *loaders.Request) (context.Context, visit) {
	field := graphql.GetFieldContext(ctx)
	at := visit{field: field, load: load, of: p.schema.Types[field.Field.Definition.Type.Name()], back: func() {}}
	switch {
	case field.Object == p.schema.Query.Name && field.IsResolver && !batched[field.Field.Name]:
		at.back = load.Aside()
	case p.schema.Mutation != nil && field.Object == p.schema.Mutation.Name:
		// What one has changed, the next must not remember.
		at.load = p.source.New(auth.Scope(ctx))
		ctx = within(loaders.With(ctx, at.load), at.load.Root(0, 1))
	}
	if field.IsResolver {
		ctx = p.inTime(ctx)
	}
	at.object = objectOf(ctx, field)
	if at.of != nil && at.of.IsCompositeType() {
		at.below = new(loaders.Objects)
		ctx = within(ctx, at.below)
	}
	return ctx, at
}

// leave counts what the value of a field holds for the executor to go on with.
func (p perResponse) leave(ctx context.Context, at visit, value any, err error) {
	if err != nil || at.object == nil {
		at.load.Uncounted()
	}
	switch {
	case at.object == nil:
	case err != nil, at.below == nil, isWritten(value):
		at.object.Ended(!at.field.IsResolver)
	default:
		places, objects := count(reflect.ValueOf(value))
		plains, resolvers := p.fields(graphql.GetOperationContext(ctx), at.field.Field.Selections, p.typeOf(value, at.of))
		at.object.Has(!at.field.IsResolver, at.below, places, objects, plains, resolvers)
	}
}

// cells is the type whose lists are parts of one row (an issue's mapped fields): they do not count as
// rows of a list within a list.
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

// typeOf is the type of a value: what an interface stands for is told by the object's id.
func (p perResponse) typeOf(value any, declared *ast.Definition) *ast.Definition {
	node, ok := value.(db.Node)
	if !ok || !declared.IsAbstractType() {
		return declared
	}
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
