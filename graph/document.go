package graph

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
)

// DocumentLimits bound the text of an operation and its variables. They are checked before the text
// is validated, which takes time in the square of its repetitions.
type DocumentLimits struct {
	Tokens     int
	Depth      int // of fields
	RootFields int
	Aliases    int
	Directives int
	Cost       int // fields, each as often as its fragments are spread
	List       int // values of a list in the variables
}

// These are not in the contract: no honest client comes near them.
const (
	maxFragments   = 200
	maxRepeated    = 100   // of one field in one selection
	maxRepetitions = 1_000 // of fields that were in their selection already
)

// Document is a text that has been parsed and found within the limits.
type Document struct {
	// Key is the same for texts that differ only in what GraphQL ignores.
	Key        string
	operations []operation
}

// operation is what is kept of one: a parsed text takes many times its length.
type operation struct {
	kind ast.Operation
	name string
}

// ReadDocument parses a text and checks the limits, without looking at the schema.
func ReadDocument(text string, limits DocumentLimits) (*Document, error) {
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, limits.Tokens)
	if err != nil {
		switch { // the parser has no errors of a kind of their own
		case strings.Contains(err.Error(), "exceeded token limit"):
			return nil, tooComplex("tokens in the operation", limits.Tokens)
		case strings.Contains(err.Error(), "exceeded maximum nesting depth"):
			return nil, &RefusedError{CodeTooDeep, fmt.Sprintf("the operation is nested more than 1,000 deep, at most %d are allowed", limits.Depth)}
		}
		return nil, err
	}
	if len(parsed.Operations) == 0 {
		return nil, &RefusedError{CodeBadUserInput, "the query holds no operation"}
	}
	if err := checkDocument(parsed, limits); err != nil {
		return nil, err
	}
	doc := &Document{Key: documentKey(text)}
	for _, op := range parsed.Operations {
		doc.operations = append(doc.operations, operation{op.Operation, op.Name})
	}
	return doc, nil
}

// Operation finds what is to be run, and its name; an empty name means the only one.
func (d *Document) Operation(name string) (kind ast.Operation, found string, err error) {
	if name == "" && len(d.operations) > 1 {
		return "", "", &RefusedError{CodeBadUserInput, "the query holds several operations: say which by operationName"}
	}
	for _, op := range d.operations {
		if name == "" || op.name == name {
			return op.kind, op.name, nil
		}
	}
	return "", "", &RefusedError{CodeBadUserInput, fmt.Sprintf("the query holds no operation named %q", name)}
}

// documentKey hashes the tokens: spaces, commas and comments are not in it.
func documentKey(text string) string {
	sum := sha256.New()
	tokens := lexer.New(&ast.Source{Input: text})
	for {
		token, err := tokens.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			break
		}
		if token.Kind != lexer.Comment {
			fmt.Fprintf(sum, "%d %d %s ", token.Kind, len(token.Value), token.Value)
		}
	}
	return string(sum.Sum(nil))
}

func tooComplex(what string, limit int) error {
	return &RefusedError{CodeTooComplex, fmt.Sprintf("too many %s: at most %d are allowed", what, limit)}
}

// shape is how large a selection is with its fragments spread.
type shape struct{ depth, fields, roots int }

type documentCheck struct {
	limits     DocumentLimits
	fragments  map[string]*ast.FragmentDefinition
	shapes     map[string]shape // of fragments
	open       map[string]bool  // on the way to here
	cycle      string           // a fragment that was found in itself
	aliases    int
	directives int
	again      int // fields that were in their selection already
}

func checkDocument(doc *ast.QueryDocument, limits DocumentLimits) error {
	if len(doc.Fragments) > maxFragments {
		return tooComplex("fragments", maxFragments)
	}
	c := &documentCheck{limits: limits, fragments: map[string]*ast.FragmentDefinition{}, shapes: map[string]shape{}, open: map[string]bool{}}
	for _, f := range doc.Fragments {
		c.fragments[f.Name] = f
		if err := c.count(f.SelectionSet, f.Directives); err != nil {
			return err
		}
	}
	for _, op := range doc.Operations {
		if err := c.count(op.SelectionSet, op.Directives); err != nil {
			return err
		}
	}
	return c.spread(doc)
}

// spread checks the document with its fragments spread. Validation goes through all of it for every
// operation, and through fragments that none of them spreads.
func (c *documentCheck) spread(doc *ast.QueryDocument) error {
	inFragments, fields := 0, 0
	for _, f := range doc.Fragments {
		if inFragments += c.fragment(f.Name).fields; c.cycle != "" {
			return &RefusedError{CodeBadUserInput, fmt.Sprintf("the fragment %q is spread within itself", c.cycle)}
		}
	}
	for _, op := range doc.Operations {
		s := c.shapeOf(op.SelectionSet)
		switch {
		case s.depth > c.limits.Depth:
			return &RefusedError{CodeTooDeep, fmt.Sprintf("the operation is nested %d fields deep, at most %d are allowed", s.depth, c.limits.Depth)}
		case s.roots > c.limits.RootFields:
			return tooComplex("fields at the root of the operation", c.limits.RootFields)
		}
		fields += s.fields
	}
	if max(inFragments, fields) > c.limits.Cost {
		return tooComplex("fields in the operation", c.limits.Cost)
	}
	return c.mergeAll(doc)
}

// count adds up what the text holds, however often a fragment is spread.
func (c *documentCheck) count(set ast.SelectionSet, directives ast.DirectiveList) error {
	c.directives += len(directives)
	repeated := map[string]int{}
	if err := c.countIn(set, repeated); err != nil {
		return err
	}
	switch {
	case c.aliases > c.limits.Aliases:
		return tooComplex("aliases", c.limits.Aliases)
	case c.directives > c.limits.Directives:
		return tooComplex("directives", c.limits.Directives)
	}
	return nil
}

func (c *documentCheck) countIn(set ast.SelectionSet, repeated map[string]int) error {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if sel.Alias != sel.Name {
				c.aliases++
			}
			if repeated[sel.Alias]++; repeated[sel.Alias] > maxRepeated {
				return tooComplex("repetitions of one field", maxRepeated)
			}
			if err := c.count(sel.SelectionSet, sel.Directives); err != nil {
				return err
			}
		case *ast.InlineFragment:
			c.directives += len(sel.Directives)
			if err := c.countIn(sel.SelectionSet, repeated); err != nil {
				return err
			}
		case *ast.FragmentSpread:
			c.directives += len(sel.Directives)
		}
	}
	return nil
}

func (c *documentCheck) shapeOf(set ast.SelectionSet) shape {
	var whole shape
	add := func(s shape) {
		whole.depth = max(whole.depth, s.depth)
		whole.fields = min(whole.fields+s.fields, 1<<30)
		whole.roots = min(whole.roots+s.roots, 1<<30)
	}
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			below := c.shapeOf(sel.SelectionSet)
			add(shape{depth: below.depth + 1, fields: min(below.fields+1, 1<<30), roots: 1})
		case *ast.InlineFragment:
			add(c.shapeOf(sel.SelectionSet))
		case *ast.FragmentSpread:
			add(c.fragment(sel.Name))
		}
	}
	return whole
}

func (c *documentCheck) fragment(name string) shape {
	if s, known := c.shapes[name]; known {
		return s
	}
	f := c.fragments[name]
	switch {
	case f == nil: // for validation to refuse
		return shape{fields: 1}
	case c.open[name]:
		c.cycle = name
		return shape{}
	}
	c.open[name] = true
	s := c.shapeOf(f.SelectionSet)
	delete(c.open, name)
	c.shapes[name] = s
	return s
}

// mergeAll looks for fields that are repeated too often where selections become one: those of equal
// fields, and those of fragments. Validation compares each with each.
func (c *documentCheck) mergeAll(doc *ast.QueryDocument) error {
	for _, op := range doc.Operations {
		if err := c.merge(op.SelectionSet); err != nil {
			return err
		}
	}
	for _, f := range doc.Fragments {
		if err := c.merge(f.SelectionSet); err != nil {
			return err
		}
	}
	return nil
}

func (c *documentCheck) merge(sets ...ast.SelectionSet) error {
	m := merged{c.fragments, map[string]int{}, map[string][]ast.SelectionSet{}, map[string]bool{}}
	for _, set := range sets {
		m.collect(set)
	}
	for _, times := range m.fields {
		if times > maxRepeated {
			return tooComplex("repetitions of one field", maxRepeated)
		}
		if c.again += times - 1; c.again > maxRepetitions {
			return tooComplex("repetitions of fields", maxRepetitions)
		}
	}
	for _, each := range m.below {
		if err := c.merge(each...); err != nil {
			return err
		}
	}
	return nil
}

// merged are selections as one.
type merged struct {
	fragments map[string]*ast.FragmentDefinition
	fields    map[string]int // how often each is selected, by its name in the answer
	below     map[string][]ast.SelectionSet
	spread    map[string]bool
}

func (m *merged) collect(set ast.SelectionSet) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			m.fields[sel.Alias]++
			if len(sel.SelectionSet) > 0 {
				m.below[sel.Alias] = append(m.below[sel.Alias], sel.SelectionSet)
			}
		case *ast.InlineFragment:
			m.collect(sel.SelectionSet)
		case *ast.FragmentSpread:
			if f := m.fragments[sel.Name]; f != nil && !m.spread[sel.Name] {
				m.spread[sel.Name] = true
				m.collect(f.SelectionSet)
			}
		}
	}
}

// AsList makes errors of any kind the executor's.
func AsList(err error) gqlerror.List {
	if located, ok := err.(*gqlerror.Error); ok { //nolint:errorlint // as the parser returns it
		return gqlerror.List{located}
	}
	return gqlerror.List{gqlerror.Wrap(err)}
}
