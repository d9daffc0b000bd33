package jira

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The wire types hold what Jira writes, in the shape in which it writes it.

type userWire struct {
	AccountID    text `json:"accountId"`
	Key          text `json:"key"`
	Name         text `json:"name"`
	DisplayName  text `json:"displayName"`
	EmailAddress text `json:"emailAddress"`
	TimeZone     text `json:"timeZone"`
	Active       flag `json:"active"`
	AvatarURLs   object[struct {
		Large text `json:"48x48"`
	}] `json:"avatarUrls"`
}

// userOf is nil if there is no user, or none that has an id.
func userOf(w *object[userWire]) *User {
	id := firstOf(w.V.AccountID, w.V.Key, w.V.Name)
	if !w.OK || id == "" {
		return nil
	}
	return &User{
		ID: id, Name: string(w.V.Name), DisplayName: string(w.V.DisplayName),
		Email: string(w.V.EmailAddress), AvatarURL: string(w.V.AvatarURLs.V.Large),
		TimeZone: string(w.V.TimeZone), Active: bool(w.V.Active),
	}
}

type statusWire struct {
	ID             number `json:"id"`
	Name           text   `json:"name"`
	IconURL        text   `json:"iconUrl"`
	StatusCategory object[struct {
		Key text `json:"key"`
	}] `json:"statusCategory"`
}

func (w *statusWire) status() Status {
	s := Status{ID: w.ID.N, Name: string(w.Name), IconURL: string(w.IconURL), Category: "UNKNOWN"}
	switch w.StatusCategory.V.Key {
	case "new":
		s.Category = "TODO"
	case "indeterminate":
		s.Category = "IN_PROGRESS"
	case "done":
		s.Category = "DONE"
	}
	return s
}

type typeWire struct {
	ID      number `json:"id"`
	Name    text   `json:"name"`
	IconURL text   `json:"iconUrl"`
	Subtask flag   `json:"subtask"`
	Level   number `json:"hierarchyLevel"`
}

func (w *typeWire) issueType() IssueType {
	return IssueType{ID: w.ID.N, Name: string(w.Name), IconURL: string(w.IconURL), Subtask: bool(w.Subtask)}
}

func (w *typeWire) isEpic() bool { return w.Level.OK && w.Level.N == 1 || w.Name == "Epic" }

type priorityWire struct {
	ID      number `json:"id"`
	Name    text   `json:"name"`
	IconURL text   `json:"iconUrl"`
}

type refWire struct {
	ID     number `json:"id"`
	Key    text   `json:"key"`
	Name   text   `json:"name"`
	Fields object[struct {
		Type object[typeWire] `json:"issuetype"`
	}] `json:"fields"`
	Archived flag `json:"archived"`
}

type linkWire struct {
	ID   number `json:"id"`
	Type object[struct {
		Name    text `json:"name"`
		Inward  text `json:"inward"`
		Outward text `json:"outward"`
	}] `json:"type"`
	InwardIssue  object[refWire] `json:"inwardIssue"`
	OutwardIssue object[refWire] `json:"outwardIssue"`
}

// links of one element: none if the other end may not be seen.
func (w *linkWire) link() (Link, bool) {
	l := Link{ID: w.ID.N, Type: string(w.Type.V.Name)}
	other := &w.OutwardIssue
	l.Direction, l.Text = Outward, string(w.Type.V.Outward)
	if !other.OK {
		other = &w.InwardIssue
		l.Direction, l.Text = Inward, string(w.Type.V.Inward)
	}
	l.OtherID, l.OtherKey = other.V.ID.N, string(other.V.Key)
	return l, other.OK && w.ID.OK
}

type attachmentWire struct {
	ID       number           `json:"id"`
	Filename text             `json:"filename"`
	MimeType text             `json:"mimeType"`
	Size     number           `json:"size"`
	Author   object[userWire] `json:"author"`
	Created  moment           `json:"created"`
}

func (w *attachmentWire) attachment() Attachment {
	return Attachment{
		ID: w.ID.N, Filename: string(w.Filename), MimeType: string(w.MimeType), SizeBytes: w.Size.N,
		Author: userOf(&w.Author), Created: w.Created.T,
	}
}

// raw keeps an element beside its decoded form.
type raw[T any] struct {
	V   T
	Raw jsontext.Value
}

func (r *raw[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	value, err := d.ReadValue()
	if err != nil {
		return err
	}
	*r = raw[T]{Raw: slices.Clone(value)}
	if value.Kind() != '{' {
		return nil
	}
	return json.Unmarshal(r.Raw, &r.V, lenient)
}

type commentWire struct {
	ID      number           `json:"id"`
	Author  object[userWire] `json:"author"`
	Body    prose            `json:"body"`
	Created moment           `json:"created"`
	Updated moment           `json:"updated"`
}

func commentOf(r *raw[commentWire]) (Comment, bool) {
	w := &r.V
	c := Comment{
		ID: w.ID.N, Author: userOf(&w.Author), Body: string(w.Body), Raw: r.Raw,
		Created: w.Created.T, Updated: w.Updated.T,
	}
	if !w.Created.OK {
		c.Created = w.Updated.T
	}
	if !w.Updated.OK {
		c.Updated = w.Created.T
	}
	return c, w.ID.OK
}

type worklogWire struct {
	ID               number           `json:"id"`
	IssueID          number           `json:"issueId"`
	Author           object[userWire] `json:"author"`
	Comment          prose            `json:"comment"`
	Started          moment           `json:"started"`
	Created          moment           `json:"created"`
	Updated          moment           `json:"updated"`
	TimeSpentSeconds number           `json:"timeSpentSeconds"`
}

func worklogOf(r *raw[worklogWire]) (Worklog, bool) {
	w := &r.V
	l := Worklog{
		ID: w.ID.N, IssueID: w.IssueID.N, Author: userOf(&w.Author), Comment: string(w.Comment), Raw: r.Raw,
		Started: w.Started.T, Created: w.Created.T, Updated: w.Updated.T,
		TimeSpentSeconds: int(w.TimeSpentSeconds.N),
	}
	if !w.Started.OK {
		l.Started = w.Created.T
	}
	return l, w.ID.OK
}

type historyWire struct {
	ID      number           `json:"id"`
	Author  object[userWire] `json:"author"`
	Created moment           `json:"created"`
	Items   jsontext.Value   `json:"items"`
}

func (w *historyWire) history() (History, bool) {
	items := w.Items
	if items.Kind() != '[' {
		items = jsontext.Value("[]")
	}
	return History{ID: w.ID.N, Author: userOf(&w.Author), Created: w.Created.T, Items: items}, w.ID.OK
}
