package graph

import (
	"encoding/json"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"jirasync/db"
)

// Pages, their edges and their elements.

func planIssuePage(p *planner, set ast.SelectionSet) writer[db.IssueConnection] {
	return object(p, set, []string{"IssueConnection"}, func(f graphql.CollectedField) writer[db.IssueConnection] {
		switch f.Name {
		case "nodes":
			write := planIssue(p, f.Selections)
			return func(b []byte, c *db.IssueConnection) []byte { return appendList(p, b, c.Nodes, write) }
		case "edges":
			write := planEdge(p, f.Selections, "IssueEdge", planIssue, db.IssueEdge.Cursor, func(e db.IssueEdge) *db.Issue { return e.Node })
			return func(b []byte, c *db.IssueConnection) []byte { return appendEdges(p, b, c.Edges(), write) }
		case "pageInfo":
			write := planPageInfo(p, f.Selections)
			return func(b []byte, c *db.IssueConnection) []byte { return appendPageInfo(b, c.PageInfo(), write) }
		case "totalCount":
			return func(b []byte, c *db.IssueConnection) []byte {
				total, err := c.TotalCount()
				if err != nil {
					p.failed = true // the executor has a place for the error
				}
				return appendOr(b, total, appendInt)
			}
		}
		return nil
	})
}

func planChangelog(p *planner, set ast.SelectionSet) writer[db.ChangelogConnection] {
	return object(p, set, []string{"ChangelogConnection"}, func(f graphql.CollectedField) writer[db.ChangelogConnection] {
		switch f.Name {
		case "nodes":
			write := planChange(p, f.Selections)
			return func(b []byte, c *db.ChangelogConnection) []byte { return appendList(p, b, c.Nodes, write) }
		case "edges":
			write := planEdge(p, f.Selections, "ChangeEdge", planChange, db.ChangeEdge.Cursor, func(e db.ChangeEdge) *db.Change { return e.Node })
			return func(b []byte, c *db.ChangelogConnection) []byte { return appendEdges(p, b, c.Edges(), write) }
		case "pageInfo":
			write := planPageInfo(p, f.Selections)
			return func(b []byte, c *db.ChangelogConnection) []byte { return appendPageInfo(b, c.PageInfo(), write) }
		case "totalCount":
			return intOf((*db.ChangelogConnection).TotalCount)
		}
		return nil
	})
}

func planComments(p *planner, set ast.SelectionSet) writer[db.CommentConnection] {
	return object(p, set, []string{"CommentConnection"}, func(f graphql.CollectedField) writer[db.CommentConnection] {
		switch f.Name {
		case "nodes":
			write := planComment(p, f.Selections)
			return func(b []byte, c *db.CommentConnection) []byte { return appendList(p, b, c.Nodes, write) }
		case "pageInfo":
			write := planPageInfo(p, f.Selections)
			return func(b []byte, c *db.CommentConnection) []byte { return appendPageInfo(b, c.PageInfo(), write) }
		case "totalCount":
			return intOf((*db.CommentConnection).TotalCount)
		}
		return nil
	})
}

func planWorklogs(p *planner, set ast.SelectionSet) writer[db.WorklogConnection] {
	return object(p, set, []string{"WorklogConnection"}, func(f graphql.CollectedField) writer[db.WorklogConnection] {
		switch f.Name {
		case "nodes":
			write := planWorklog(p, f.Selections)
			return func(b []byte, c *db.WorklogConnection) []byte { return appendList(p, b, c.Nodes, write) }
		case "pageInfo":
			write := planPageInfo(p, f.Selections)
			return func(b []byte, c *db.WorklogConnection) []byte { return appendPageInfo(b, c.PageInfo(), write) }
		case "totalCount":
			return intOf((*db.WorklogConnection).TotalCount)
		}
		return nil
	})
}

// planEdge plans the edges of a list.
func planEdge[E, N any](p *planner, set ast.SelectionSet, name string, plan func(*planner, ast.SelectionSet) writer[N], cursor func(E) string, node func(E) *N) writer[E] {
	return object(p, set, []string{name}, func(f graphql.CollectedField) writer[E] {
		switch f.Name {
		case "cursor":
			return func(b []byte, e *E) []byte { return appendString(b, cursor(*e)) }
		case "node":
			return must(plan(p, f.Selections), func(e *E) *N { return node(*e) })
		}
		return nil
	})
}

func appendEdges[E any](p *planner, b []byte, edges []E, write writer[E]) []byte {
	within := p.enter(len(edges))
	defer func() { p.within = within }()
	return appendValues(b, edges, write)
}

func appendValues[E any](b []byte, values []E, write writer[E]) []byte {
	b = append(b, '[')
	for i := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = write(b, &values[i])
	}
	return append(b, ']')
}

func planPageInfo(p *planner, set ast.SelectionSet) writer[db.PageInfo] {
	return object(p, set, []string{"PageInfo"}, func(f graphql.CollectedField) writer[db.PageInfo] {
		switch f.Name {
		case "hasNextPage":
			return boolOf(func(i *db.PageInfo) bool { return i.HasNextPage })
		case "hasPreviousPage":
			return boolOf(func(i *db.PageInfo) bool { return i.HasPreviousPage })
		case "startCursor":
			return stringOrNull(func(i *db.PageInfo) *string { return i.StartCursor })
		case "endCursor":
			return stringOrNull(func(i *db.PageInfo) *string { return i.EndCursor })
		}
		return nil
	})
}

func appendPageInfo(b []byte, info db.PageInfo, write writer[db.PageInfo]) []byte {
	return write(b, &info)
}

func planChange(p *planner, set ast.SelectionSet) writer[db.Change] {
	return object(p, set, []string{"Change"}, func(f graphql.CollectedField) writer[db.Change] {
		switch f.Name {
		case "author":
			return at(planUser(p, f.Selections), func(c *db.Change) *db.User { return c.Author })
		case "at":
			return timeOf(func(c *db.Change) time.Time { return c.At })
		case "field":
			return stringOf(func(c *db.Change) string { return c.Field })
		case "fieldId":
			return stringOrNull(func(c *db.Change) *string { return c.FieldID })
		case "from":
			return stringOrNull(func(c *db.Change) *string { return c.From })
		case "fromText":
			return stringOrNull(func(c *db.Change) *string { return c.FromText })
		case "to":
			return stringOrNull(func(c *db.Change) *string { return c.To })
		case "toText":
			return stringOrNull(func(c *db.Change) *string { return c.ToText })
		}
		return nil
	})
}

func planComment(p *planner, set ast.SelectionSet) writer[db.Comment] {
	return object(p, set, []string{"Comment"}, func(f graphql.CollectedField) writer[db.Comment] {
		switch f.Name {
		case "jiraId":
			return stringOf((*db.Comment).JiraID)
		case "author":
			return at(planUser(p, f.Selections), func(c *db.Comment) *db.User { return c.Author })
		case "body":
			return stringOf(func(c *db.Comment) string { return c.Body })
		case "createdAt":
			return timeOf(func(c *db.Comment) time.Time { return c.CreatedAt })
		case "updatedAt":
			return timeOf(func(c *db.Comment) time.Time { return c.UpdatedAt })
		}
		return nil
	})
}

func planWorklog(p *planner, set ast.SelectionSet) writer[db.Worklog] {
	return object(p, set, []string{"Worklog"}, func(f graphql.CollectedField) writer[db.Worklog] {
		switch f.Name {
		case "jiraId":
			return stringOf((*db.Worklog).JiraID)
		case "author":
			return at(planUser(p, f.Selections), func(w *db.Worklog) *db.User { return w.Author })
		case "startedAt":
			return timeOf(func(w *db.Worklog) time.Time { return w.StartedAt })
		case "timeSpentSeconds":
			return intOf(func(w *db.Worklog) int { return w.TimeSpentSeconds })
		case "comment":
			return stringOrNull(func(w *db.Worklog) *string { return w.Comment })
		}
		return nil
	})
}

func planStats(p *planner, set ast.SelectionSet) writer[db.IssueStats] {
	return object(p, set, []string{"IssueStats"}, func(f graphql.CollectedField) writer[db.IssueStats] {
		switch f.Name {
		case "total":
			return intOf(func(s *db.IssueStats) int { return s.Total })
		case "truncated":
			return boolOf(func(s *db.IssueStats) bool { return s.Truncated })
		case "groups":
			write := planGroup(p, f.Selections)
			return func(b []byte, s *db.IssueStats) []byte { return appendEdges(p, b, s.Groups, write) }
		}
		return nil
	})
}

func planGroup(p *planner, set ast.SelectionSet) writer[db.IssueGroup] {
	return object(p, set, []string{"IssueGroup"}, func(f graphql.CollectedField) writer[db.IssueGroup] {
		args := f.ArgumentMap(p.op.Variables)
		field, _ := args["field"].(string)
		switch f.Name {
		case "keys":
			return func(b []byte, g *db.IssueGroup) []byte {
				return appendValues(b, g.Keys, func(b []byte, key *json.RawMessage) []byte { return appendRaw(b, *key) })
			}
		case "count":
			return intOf(func(g *db.IssueGroup) int { return g.Count })
		case "sum":
			return rawOf(func(g *db.IssueGroup) json.RawMessage { return g.Sum(field) })
		case "avg":
			return rawOf(func(g *db.IssueGroup) json.RawMessage { return g.Avg(field) })
		case "min":
			return rawOf(func(g *db.IssueGroup) json.RawMessage { return g.Min(field) })
		case "max":
			return rawOf(func(g *db.IssueGroup) json.RawMessage { return g.Max(field) })
		case "percentile":
			place, err := graphql.UnmarshalFloat(args["p"])
			if err != nil {
				return nil // the executor says what is wrong
			}
			return rawOf(func(g *db.IssueGroup) json.RawMessage { return g.Percentile(field, place) })
		}
		return nil
	})
}
