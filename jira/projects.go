package jira

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// Project is a project that the account may browse.
type Project struct {
	ID        int64
	Key       string
	Name      string
	Lead      *User
	Category  string
	Archived  bool
	URL       string // its page for people
	AvatarURL string

	// Cloud's own figures, as far as it gives them.
	IssueCount      *int
	LastIssueUpdate *time.Time
}

type projectWire struct {
	ID       number           `json:"id"`
	Key      text             `json:"key"`
	Name     text             `json:"name"`
	Lead     object[userWire] `json:"lead"`
	Category named            `json:"projectCategory"`
	Archived flag             `json:"archived"`
	Avatars  object[struct {
		Large text `json:"48x48"`
	}] `json:"avatarUrls"`
	Insight object[struct {
		Total  number `json:"totalIssueCount"`
		Update moment `json:"lastIssueUpdateTime"`
	}] `json:"insight"`
}

func (w *projectWire) project(site *url.URL) (Project, bool) {
	p := Project{
		ID: w.ID.N, Key: string(w.Key), Name: string(w.Name), Lead: userOf(&w.Lead),
		Category: string(w.Category), Archived: bool(w.Archived), AvatarURL: string(w.Avatars.V.Large),
		URL: site.JoinPath("browse", string(w.Key)).String(), LastIssueUpdate: w.Insight.V.Update.pointer(),
	}
	if w.Insight.V.Total.OK {
		n := int(w.Insight.V.Total.N)
		p.IssueCount = &n
	}
	return p, w.ID.OK && w.Key != ""
}

// Projects reads the projects that the account may browse, archived ones included. After an
// error there is nothing more.
func (c *Client) Projects(ctx context.Context) iter.Seq2[Project, error] {
	return func(yield func(Project, error) bool) {
		d, err := c.dialect(ctx)
		if err != nil {
			yield(Project{}, err)
			return
		}
		for p, err := range d.projects(ctx) {
			if !yield(p, err) {
				return
			}
		}
	}
}
