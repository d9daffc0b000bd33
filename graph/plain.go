package graph

import (
	"context"
	"io"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"jirasync/db"
)

// PlainLists writes what has been read already without the executor, which starts a goroutine for
// each element of a list and makes a dozen objects for each field: most of the time of an answer.
//
// Where everything that is selected below an issue or a page of them is a plain member, the whole
// is written in one pass. One field that needs a resolver, or that this file does not know, leaves
// it to the executor; both write the same bytes.
type PlainLists struct {
	// ChangesPage reads the arguments of a changelog field, as its resolver does; ok is false when
	// they are wrong.
	ChangesPage func(op *graphql.OperationContext, f graphql.CollectedField) (key db.ChangesPageKey, ok bool)
}

// ExtensionName names it for the executor.
func (PlainLists) ExtensionName() string { return "PlainLists" }

// Validate has nothing to check.
func (PlainLists) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptField lets a field be resolved and writes its result if that is plain.
func (p PlainLists) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	res, err := next(ctx)
	if err != nil {
		return res, err
	}
	switch res := res.(type) {
	case *db.IssueConnection:
		return orAsItWas(res, written(p.plan(ctx), res, planIssuePage, issuesOfPage)), nil
	case []*db.Issue:
		return orAsItWas(res, writtenList(p.plan(ctx), res)), nil
	case *db.Issue:
		if res == nil {
			return res, nil
		}
		return orAsItWas(res, written(p.plan(ctx), res, planIssue, func(i *db.Issue) []*db.Issue { return []*db.Issue{i} })), nil
	case *db.ChangelogConnection:
		return orAsItWas(res, written(p.plan(ctx), res, planChangelog, nil)), nil
	case *db.CommentConnection:
		return orAsItWas(res, written(p.plan(ctx), res, planComments, nil)), nil
	case *db.WorklogConnection:
		return orAsItWas(res, written(p.plan(ctx), res, planWorklogs, nil)), nil
	case *db.IssueStats:
		return orAsItWas(res, written(p.plan(ctx), res, planStats, nil)), nil
	}
	return res, nil
}

func orAsItWas(res any, text graphql.Marshaler) any {
	if text == nil {
		return res
	}
	return text
}

func issuesOfPage(c *db.IssueConnection) []*db.Issue { return c.Nodes }

// planner turns the selection below the field at hand into a plan.
type planner struct {
	plain   PlainLists
	op      *graphql.OperationContext
	field   graphql.CollectedField
	foreign bool                // something is not plain
	failed  bool                // a value turned out to be an error
	changes []db.ChangesPageKey // pages of the changelog that each issue must have with it
	within  bool                // what is being written is in a list
	rows    int                 // of lists within lists so far
}

func (p PlainLists) plan(ctx context.Context) *planner {
	at := graphql.GetFieldContext(ctx)
	return &planner{plain: p, op: graphql.GetOperationContext(ctx), field: at.Field, within: WithinList(at)}
}

// WithinList tells whether a field belongs to an element of a list, at whatever distance.
func WithinList(f *graphql.FieldContext) bool {
	for f = f.Parent; f != nil; f = f.Parent {
		if f.Index != nil {
			return true
		}
	}
	return false
}

// writer appends a value's JSON.
type writer[T any] func(b []byte, v *T) []byte

// written is the text of an object, nil if it is not plain. The issues in it are those whose
// changelogs must be there.
func written[T any](p *planner, v *T, plan func(*planner, ast.SelectionSet) writer[T], issues func(*T) []*db.Issue) graphql.Marshaler {
	if v == nil {
		return nil
	}
	write := plan(p, p.field.Selections)
	if p.foreign || issues != nil && !p.haveChanges(issues(v)) {
		return nil
	}
	json := write(nil, v)
	if p.failed {
		return nil
	}
	return Written{json, p.rows}
}

func writtenList(p *planner, issues []*db.Issue) graphql.Marshaler {
	write := planIssue(p, p.field.Selections)
	if p.foreign || !p.haveChanges(issues) {
		return nil
	}
	json := appendList(p, nil, issues, write)
	return Written{json, p.rows}
}

// haveChanges checks that what the plan takes for granted was read.
func (p *planner) haveChanges(issues []*db.Issue) bool {
	for _, issue := range issues {
		for _, key := range p.changes {
			if _, ok := issue.ChangesOf(key); !ok {
				return false
			}
		}
	}
	return true
}

// Written is JSON that is ready.
type Written struct {
	json []byte
	Rows int // of lists within lists
}

// MarshalGQL writes it.
func (t Written) MarshalGQL(w io.Writer) { _, _ = w.Write(t.json) } // into the executor's buffer

// object plans an object by its members. A member that is nil is not plain.
func object[T any](p *planner, set ast.SelectionSet, types []string, member func(graphql.CollectedField) writer[T]) writer[T] {
	type part struct {
		label string
		write writer[T]
	}
	fields := graphql.CollectFields(p.op, set, types)
	parts := make([]part, 0, len(fields))
	for _, f := range fields {
		if slices.ContainsFunc(parts, func(o part) bool { return o.label == label(f) }) {
			p.foreign = true
			return nil
		}
		var write writer[T]
		if f.Name == "__typename" {
			name := appendString(nil, types[0])
			write = func(b []byte, _ *T) []byte { return append(b, name...) }
		} else {
			write = member(f)
		}
		if write == nil || p.foreign {
			p.foreign = true
			return nil
		}
		parts = append(parts, part{label(f), write})
	}
	return func(b []byte, v *T) []byte {
		b = append(b, '{')
		for i := range parts {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, parts[i].label...)
			b = parts[i].write(b, v)
		}
		return append(b, '}')
	}
}

func label(f graphql.CollectedField) string { return `"` + f.Alias + `":` }

// at plans a member that is an object of its own, null where there is none.
func at[T, M any](write writer[M], of func(*T) *M) writer[T] {
	if write == nil {
		return nil
	}
	return func(b []byte, v *T) []byte {
		if m := of(v); m != nil {
			return write(b, m)
		}
		return append(b, "null"...)
	}
}

// must plans a member that is never null. One that is shows that it was not read, which only a
// mistake in this house can bring about.
func must[T, M any](write writer[M], of func(*T) *M) writer[T] {
	if write == nil {
		return nil
	}
	return func(b []byte, v *T) []byte {
		m := of(v)
		if m == nil {
			panic("graph: a member that cannot be null was not read")
		}
		return write(b, m)
	}
}

// enter begins a list of so many rows, and tells whether it is within another.
func (p *planner) enter(rows int) (within bool) {
	if within = p.within; within {
		p.rows += rows
	}
	p.within = true
	return within
}

func appendList[T any](p *planner, b []byte, list []*T, write writer[T]) []byte {
	within := p.enter(len(list))
	defer func() { p.within = within }()
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = write(b, v)
	}
	return append(b, ']')
}
