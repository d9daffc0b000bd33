package jira

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// Version is a release of a project.
type Version struct {
	ID                 int64
	Name               string
	Description        string
	Released, Archived bool
	Start, Release     *time.Time // days
}

// Component is a part of what a project makes.
type Component struct {
	ID          int64
	Name        string
	Description string
	Lead        *User
}

// Parts are the versions and components of a project, those archived and of archived projects too.
type Parts struct {
	Versions   []Version
	Components []Component
}

// PartsOf reads them. A [NotFoundError] when the project is gone. An answer that is not of this project, or
// lacks either list, is no word on what it has: a [NonsenseError].
func (c *Client) PartsOf(ctx context.Context, project int64) (Parts, error) {
	d, err := c.dialect(ctx)
	if err != nil {
		return Parts{}, err
	}
	type wire struct {
		ID       number `json:"id"`
		Versions sentList[object[struct {
			ID          number `json:"id"`
			Name        text   `json:"name"`
			Description text   `json:"description"`
			Released    flag   `json:"released"`
			Archived    flag   `json:"archived"`
			Start       text   `json:"startDate"`
			Release     text   `json:"releaseDate"`
		}]] `json:"versions"`
		Components sentList[object[struct {
			ID          number           `json:"id"`
			Name        text             `json:"name"`
			Description text             `json:"description"`
			Lead        object[userWire] `json:"lead"`
		}]] `json:"components"`
	}
	request := get(d.root()+"project/"+strconv.FormatInt(project, 10), url.Values{})
	found, _, err := callInto[wire](ctx, c, request)
	switch {
	case err != nil:
	case !found.ID.OK || found.ID.N != project:
		err = c.nonsense(request.endpoint(), "it is not about project %d", project)
	case !found.Versions.OK || !found.Components.OK:
		err = c.nonsense(request.endpoint(), "it lacks the list of versions or that of components")
	}
	if err != nil {
		return Parts{}, fmt.Errorf("read the versions and components of project %d: %w", project, err)
	}
	var parts Parts
	for i := range found.Versions.V {
		if w := &found.Versions.V[i].V; w.ID.OK {
			parts.Versions = append(parts.Versions, Version{
				ID: w.ID.N, Name: string(w.Name), Description: string(w.Description), Released: bool(w.Released),
				Archived: bool(w.Archived), Start: dayOf(w.Start), Release: dayOf(w.Release),
			})
		}
	}
	for i := range found.Components.V {
		if w := &found.Components.V[i].V; w.ID.OK {
			parts.Components = append(parts.Components, Component{
				ID: w.ID.N, Name: string(w.Name), Description: string(w.Description), Lead: userOf(&w.Lead),
			})
		}
	}
	return parts, nil
}

func dayOf(t text) *time.Time {
	day, ok := parseDate(string(t))
	if !ok {
		return nil
	}
	return &day
}
