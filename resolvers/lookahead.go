package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"jirasync/db"
	"jirasync/query"
)

// selection is what the operation asks of an object.
type selection struct {
	op     *graphql.OperationContext
	fields []graphql.CollectedField
}

// selected is what is asked of the field at hand, whose value is of one of the named types.
func selected(ctx context.Context, types ...string) selection {
	op := graphql.GetOperationContext(ctx)
	return selection{op, graphql.CollectFields(op, graphql.GetFieldContext(ctx).Field.Selections, types)}
}

func (s selection) below(f graphql.CollectedField, types ...string) selection {
	return selection{s.op, graphql.CollectFields(s.op, f.Selections, types)}
}

func (s selection) asks(names ...string) bool {
	for _, f := range s.fields {
		for _, name := range names {
			if f.Name == name {
				return true
			}
		}
	}
	return false
}

// pageWants is what a page of issues must bring.
func (r *Resolver) pageWants(ctx context.Context) db.IssueWants {
	var w db.IssueWants
	page := selected(ctx, "IssueConnection")
	for _, f := range page.fields {
		switch f.Name {
		case "totalCount":
			w.Total = true
		case "nodes":
			r.issueWants(ctx, &w, page.below(f, "Issue", "Node"))
		case "edges":
			edge := page.below(f, "IssueEdge")
			for _, member := range edge.fields {
				if member.Name == "node" {
					r.issueWants(ctx, &w, edge.below(member, "Issue", "Node"))
				}
			}
		}
	}
	w.Changes = readAlong(w)
	return w
}

// oneWants is what an issue must bring.
func (r *Resolver) oneWants(ctx context.Context) db.IssueWants {
	var w db.IssueWants
	r.issueWants(ctx, &w, selected(ctx, "Issue", "Node"))
	w.Changes = readAlong(w)
	return w
}

// readAlong leaves the changelog to a statement of its own where each of its rows would repeat a
// description.
func readAlong(w db.IssueWants) *db.ChangesPageKey {
	if w.Changes == nil || !w.Changes.ReadAlong() || w.Fields&db.FieldDescription != 0 {
		return nil
	}
	return w.Changes
}

// issueWants adds what a selection on an issue asks for.
func (r *Resolver) issueWants(ctx context.Context, w *db.IssueWants, s selection) {
	for _, f := range s.fields {
		w.Fields |= plainField(f.Name)
		switch f.Name {
		case "type":
			if s.below(f, "IssueType").asks("subtask", "iconUrl") {
				w.Fields |= db.FieldTypeMore
			}
		case "assignee", "reporter", "creator":
			w.Fields |= personFields(s.below(f, "User", "Node"))
		case "project":
			w.Fields |= projectFields(s.below(f, "Project", "Node"))
		case "changelog":
			r.changesWants(w, s, f)
		case "field", "fields":
			w.Mapped = append(w.Mapped, mappedWants(ctx, f.ArgumentMap(s.op.Variables))...)
		}
	}
}

// plainField is the member of an issue that a field shows, or needs.
func plainField(name string) db.IssueFields {
	switch name {
	case "instance", "url":
		return db.FieldInstance
	case "project":
		return db.FieldProject
	case "type":
		return db.FieldType
	case "status":
		return db.FieldStatus
	case "priority":
		return db.FieldPriority
	case "resolution":
		return db.FieldResolution
	case "summary":
		return db.FieldSummary
	case "description":
		return db.FieldDescription
	case "assignee":
		return db.FieldAssignee
	case "reporter":
		return db.FieldReporter
	case "creator":
		return db.FieldCreator
	case "labels":
		return db.FieldLabels
	case "components":
		return db.FieldComponents
	case "fixVersions":
		return db.FieldFixVersions
	case "affectsVersions":
		return db.FieldAffectsVersions
	case "parent":
		return db.FieldParent
	case "epic":
		return db.FieldEpic | db.FieldInstance
	case "createdAt":
		return db.FieldCreated
	case "updatedAt":
		return db.FieldUpdated
	case "resolvedAt":
		return db.FieldResolved
	case "dueDate":
		return db.FieldDue
	case "timeSpentSeconds":
		return db.FieldTimeSpent
	case "syncedAt":
		return db.FieldSynced
	case "deletedAt", "deletedReason":
		return db.FieldDeleted
	}
	return 0 // named by its ids, or read by a loader
}

func personFields(s selection) (fields db.IssueFields) {
	if s.asks("email", "avatarUrl", "active") {
		fields |= db.FieldPeopleMore
	}
	if s.asks("instance") {
		fields |= db.FieldInstance
	}
	return fields
}

func projectFields(s selection) (fields db.IssueFields) {
	for _, f := range s.fields {
		switch f.Name {
		case "instance":
			fields |= db.FieldInstance
		case "lead":
			fields |= db.FieldProjectLead | personFields(s.below(f, "User", "Node"))
		}
	}
	return fields
}

// changesWants takes the first page of the changelog that is asked for; a second one, under an
// alias, is read by a loader.
func (r *Resolver) changesWants(w *db.IssueWants, s selection, f graphql.CollectedField) {
	if w.Changes != nil {
		return
	}
	key, ok := r.ChangesPage(s.op, f)
	if ok { // otherwise the field itself will say what is wrong
		w.Changes = &key
	}
}

// ChangesPage reads the arguments of a changelog field that the executor has not come to yet.
func (r *Resolver) ChangesPage(op *graphql.OperationContext, f graphql.CollectedField) (key db.ChangesPageKey, ok bool) {
	args := f.ArgumentMap(op.Variables)
	page := selection{op, graphql.CollectFields(op, f.Selections, []string{"ChangelogConnection"})}
	key, err := r.changesPage(pageArgs(args), text(args["field"]), page)
	return key, err == nil
}

func (r *Resolver) changesPage(args query.PageArgs, field *string, asked selection) (db.ChangesPageKey, error) {
	page, err := r.childPage(args, asked, "ChangeEdge", "Change")
	key := db.ChangesPageKey{ChildPage: page}
	asked.nodes("ChangeEdge", "Change", func(change selection) { key.Texts |= change.texts() })
	if field != nil {
		if err := query.CheckText("field", *field, r.Limits); err != nil {
			return key, err
		}
		key.Field = *field
	}
	return key, err
}

// texts of a change that are asked for.
func (s selection) texts() (texts db.ChangeTexts) {
	for _, f := range s.fields {
		switch f.Name {
		case "fieldId":
			texts |= db.ChangeFieldID
		case "from":
			texts |= db.ChangeFrom
		case "fromText":
			texts |= db.ChangeFromText
		case "to":
			texts |= db.ChangeTo
		case "toText":
			texts |= db.ChangeToText
		}
	}
	return texts
}

// childPage is the page of a list of children with what is asked of them.
func (r *Resolver) childPage(args query.PageArgs, asked selection, edge, node string) (db.ChildPage, error) {
	page, err := args.Page(r.Limits)
	page.Exact = !asked.asks("pageInfo")
	child := db.ChildPage{Page: page, Total: asked.asks("totalCount")}
	asked.nodes(edge, node, func(element selection) {
		for _, member := range element.fields {
			if member.Name == "author" {
				child.Authors = max(child.Authors, element.below(member, "User", "Node").author())
			}
		}
	})
	return child, err
}

// nodes calls for each selection on the elements of a page, in nodes or in edges.
func (s selection) nodes(edge, node string, call func(selection)) {
	for _, f := range s.fields {
		switch f.Name {
		case "nodes", "node":
			call(s.below(f, node))
		case "edges":
			s.below(f, edge).nodes(edge, node, call)
		}
	}
}

func (s selection) author() db.Authors {
	if s.asks("email", "avatarUrl", "active", "instance") {
		return db.WholeAuthors
	}
	return db.AuthorNames
}

// measures are the figures that are asked of each group.
func measures(ctx context.Context) (asked []query.Measure) {
	stats := selected(ctx, "IssueStats")
	for _, groups := range stats.fields {
		if groups.Name != "groups" {
			continue
		}
		for _, f := range stats.below(groups, "IssueGroup").fields {
			args := f.ArgumentMap(stats.op.Variables)
			field := text(args["field"])
			if field == nil {
				continue // no figure
			}
			m := query.Measure{Of: query.Aggregate(f.Name), Field: *field}
			if m.Of == query.Percentile {
				m.P, _ = graphql.UnmarshalFloat(args["p"]) // the schema lets nothing else through
			}
			asked = append(asked, m)
		}
	}
	return asked
}

// pageArgs reads the arguments of a list that the executor has not come to yet.
func pageArgs(args map[string]any) query.PageArgs {
	return query.PageArgs{First: number(args["first"]), Last: number(args["last"]), After: text(args["after"]), Before: text(args["before"])}
}

func number(v any) *int {
	n, err := graphql.UnmarshalInt(v)
	if v == nil || err != nil {
		return nil
	}
	return &n
}

func text(v any) *string {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	return &s
}
