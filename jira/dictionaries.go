package jira

import (
	"context"
	"fmt"
)

// Field is a field of an instance: what the members of an issue's fields mean.
type Field struct {
	ID             string // the name of the member, such as summary or customfield_10020
	Key            string
	Name           string // for people; neither stable nor unique
	Custom         bool
	SchemaType     string // such as string, number, array, user, option
	SchemaItems    string // of an array
	SchemaCustom   string // the plugin's name for its kind; tells sprints and epic links
	SchemaSystem   string
	SchemaCustomID int64
	ClauseNames    []string // names that JQL takes
}

type fieldWire struct {
	ID      text       `json:"id"`
	Key     text       `json:"key"`
	Name    text       `json:"name"`
	Custom  flag       `json:"custom"`
	Clauses list[text] `json:"clauseNames"`
	Schema  object[struct {
		Type     text   `json:"type"`
		Items    text   `json:"items"`
		Custom   text   `json:"custom"`
		System   text   `json:"system"`
		CustomID number `json:"customId"`
	}] `json:"schema"`
}

// Fields reads the dictionary of fields, and remembers which of them hold sprints and epic
// links, as UseFields does. Cloud leaves out fields of which the account may see no use.
func (c *Client) Fields(ctx context.Context) ([]Field, error) {
	wires, err := dictionary[fieldWire](ctx, c, "field")
	if err != nil {
		return nil, err
	}
	fields := make([]Field, 0, len(wires))
	for _, w := range wires {
		if w.ID == "" {
			continue
		}
		s := &w.Schema.V
		fields = append(fields, Field{
			ID: string(w.ID), Key: string(w.Key), Name: string(w.Name), Custom: bool(w.Custom),
			SchemaType: string(s.Type), SchemaItems: string(s.Items), SchemaCustom: string(s.Custom),
			SchemaSystem: string(s.System), SchemaCustomID: s.CustomID.N, ClauseNames: names(w.Clauses),
		})
	}
	c.UseFields(fields)
	return fields, nil
}

// UseFields tells the client which fields hold sprints and epic links. Without it, Sprints
// stays empty, and EpicKey too where the epic is not the parent.
func (c *Client) UseFields(fields []Field) { c.special.Store(specialOf(fields)) }

// Statuses reads the dictionary of statuses, in Jira's order.
func (c *Client) Statuses(ctx context.Context) ([]Status, error) {
	wires, err := dictionary[statusWire](ctx, c, "status")
	statuses := make([]Status, len(wires))
	for i := range wires {
		statuses[i] = wires[i].status()
		statuses[i].Rank = i + 1
	}
	return statuses, err
}

// Priorities reads the dictionary of priorities, the highest first.
func (c *Client) Priorities(ctx context.Context) ([]Priority, error) {
	wires, err := dictionary[priorityWire](ctx, c, "priority")
	priorities := make([]Priority, len(wires))
	for i, w := range wires {
		priorities[i] = Priority{ID: w.ID.N, Name: string(w.Name), IconURL: string(w.IconURL), Rank: i + 1}
	}
	return priorities, err
}

// IssueTypes reads the dictionary of issue types, in Jira's order. Projects of teams have
// types of their own, so a name may be there more than once.
func (c *Client) IssueTypes(ctx context.Context) ([]IssueType, error) {
	wires, err := dictionary[typeWire](ctx, c, "issuetype")
	types := make([]IssueType, len(wires))
	for i := range wires {
		types[i] = wires[i].issueType()
		types[i].Rank = i + 1
	}
	return types, err
}

// dictionary reads a list that Jira gives whole.
func dictionary[T any](ctx context.Context, c *Client, name string) ([]T, error) {
	d, err := c.dialect(ctx)
	if err != nil {
		return nil, err
	}
	wires, _, err := callInto[list[object[T]]](ctx, c, get(d.root()+name, nil))
	if err != nil {
		return nil, fmt.Errorf("read the dictionary of %s: %w", name, err)
	}
	values := make([]T, 0, len(wires))
	for i := range wires {
		if wires[i].OK {
			values = append(values, wires[i].V)
		}
	}
	return values, nil
}
