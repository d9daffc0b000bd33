package jira

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
