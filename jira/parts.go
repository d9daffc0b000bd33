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

// PartsOf reads them. A [NotFoundError] when the project is gone.
func (c *Client) PartsOf(ctx context.Context, project int64) (Parts, error) {
	d, err := c.dialect(ctx)
	if err != nil {
		return Parts{}, err
	}
	type wire struct {
		Versions list[object[struct {
			ID          number `json:"id"`
			Name        text   `json:"name"`
			Description text   `json:"description"`
			Released    flag   `json:"released"`
			Archived    flag   `json:"archived"`
			Start       text   `json:"startDate"`
			Release     text   `json:"releaseDate"`
		}]] `json:"versions"`
		Components list[object[struct {
			ID          number           `json:"id"`
			Name        text             `json:"name"`
			Description text             `json:"description"`
			Lead        object[userWire] `json:"lead"`
		}]] `json:"components"`
	}
	found, _, err := callInto[wire](ctx, c, get(d.root()+"project/"+strconv.FormatInt(project, 10), url.Values{}))
	if err != nil {
		return Parts{}, fmt.Errorf("read the versions and components of project %d: %w", project, err)
	}
	var parts Parts
	for i := range found.Versions {
		if w := &found.Versions[i].V; w.ID.OK {
			parts.Versions = append(parts.Versions, Version{
				ID: w.ID.N, Name: string(w.Name), Description: string(w.Description), Released: bool(w.Released),
				Archived: bool(w.Archived), Start: dayOf(w.Start), Release: dayOf(w.Release),
			})
		}
	}
	for i := range found.Components {
		if w := &found.Components[i].V; w.ID.OK {
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
