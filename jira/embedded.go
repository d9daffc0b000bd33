package jira

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// embeddedList is a list inside an issue, or a page of its own endpoint: Jira names the elements
// differently in each and may send fewer than there are.
type embeddedList struct {
	total, max number
	came       int // elements, odd ones included
	comments   []Comment
	worklogs   []Worklog
	histories  []History // oldest first
	changes    []issueChange
	token      string // of the next page
}

// issueChange is the part of a page of changelogs that belongs to one issue.
type issueChange struct {
	issueID   int64
	histories []History
}

var errNoList = errors.New("the answer is no object")

// decodeList reads the answer of an endpoint of its own. What it returns keeps body alive.
func decodeList(body []byte) (embeddedList, error) {
	r := newReader(body)
	if r.dec.PeekKind() != '{' {
		return embeddedList{}, errNoList
	}
	return r.list()
}

func (r *issueReader) list() (w embeddedList, err error) {
	err = r.object(func(name []byte) error {
		switch string(name) {
		case "total":
			return w.total.UnmarshalJSONFrom(r.dec)
		case "maxResults":
			return w.max.UnmarshalJSONFrom(r.dec)
		case "nextPageToken":
			return (*text)(&w.token).UnmarshalJSONFrom(r.dec)
		case "comments":
			w.comments, w.came, err = elements(r, r.comment)
			return err
		case "worklogs":
			w.worklogs, w.came, err = elements(r, r.worklog)
			return err
		case "histories", "values":
			w.histories, w.came, err = elements(r, r.history)
			sortHistories(w.histories)
			return err
		case "issueChangeLogs":
			w.changes, w.came, err = elements(r, r.issueChange)
			return err
		}
		return r.dec.SkipValue()
	})
	return w, err
}

// elements reads the array that follows. came counts those left out too.
func elements[T any](r *issueReader, read func() (element T, ok bool, err error)) (list []T, came int, err error) {
	err = r.array(func() error {
		came++
		element, ok, err := read()
		if ok && err == nil {
			list = append(list, element)
		}
		return err
	})
	return list, came, err
}

func (r *issueReader) comment() (c Comment, ok bool, err error) {
	var id number
	var created, updated moment
	err = r.object(func(name []byte) error {
		switch string(name) {
		case "id":
			return id.UnmarshalJSONFrom(r.dec)
		case "author":
			return r.user(&c.Author)
		case "body":
			return r.body(&c.Body, &c.Document)
		case "created":
			return created.UnmarshalJSONFrom(r.dec)
		case "updated":
			return updated.UnmarshalJSONFrom(r.dec)
		}
		return r.dec.SkipValue()
	})
	c.ID, c.Created, c.Updated = id.N, created.T, updated.T
	if !created.OK {
		c.Created = updated.T
	}
	if !updated.OK {
		c.Updated = created.T
	}
	return c, id.OK, err
}

func (r *issueReader) worklog() (w Worklog, ok bool, err error) {
	var id, issue, seconds number
	var started, created, updated moment
	err = r.object(func(name []byte) error {
		switch string(name) {
		case "id":
			return id.UnmarshalJSONFrom(r.dec)
		case "issueId":
			return issue.UnmarshalJSONFrom(r.dec)
		case "author":
			return r.user(&w.Author)
		case "comment":
			return r.body(&w.Comment, &w.Document)
		case "started":
			return started.UnmarshalJSONFrom(r.dec)
		case "created":
			return created.UnmarshalJSONFrom(r.dec)
		case "updated":
			return updated.UnmarshalJSONFrom(r.dec)
		case "timeSpentSeconds":
			return seconds.UnmarshalJSONFrom(r.dec)
		}
		return r.dec.SkipValue()
	})
	w.ID, w.IssueID, w.TimeSpentSeconds = id.N, issue.N, seconds.seconds()
	w.Started, w.Created, w.Updated = started.T, created.T, updated.T
	if !started.OK {
		w.Started = created.T
	}
	return w, id.OK, err
}

// body reads a text, or a document, which is kept beside its text.
func (r *issueReader) body(to *string, document *jsontext.Value) error {
	*to, *document = "", nil
	if r.dec.PeekKind() != '{' {
		return (*text)(to).UnmarshalJSONFrom(r.dec)
	}
	value, err := r.value()
	if err == nil {
		*to, *document = renderDocument(value), value
	}
	return err
}

func (r *issueReader) history() (h History, ok bool, err error) {
	var id number
	var created moment
	h.Items = jsontext.Value("[]")
	err = r.object(func(name []byte) (err error) {
		switch string(name) {
		case "id":
			return id.UnmarshalJSONFrom(r.dec)
		case "author":
			return r.user(&h.Author)
		case "created":
			return created.UnmarshalJSONFrom(r.dec)
		case "items":
			if r.dec.PeekKind() != '[' {
				return r.dec.SkipValue()
			}
			before := r.dec.InputOffset() // a colon and blanks stand between it and the array
			if h.Changes, _, err = elements(r, r.change); err != nil {
				return err
			}
			end := r.dec.InputOffset()
			h.Items = jsontext.Value(bytes.TrimLeft(r.src[before:end:end], ": \t\r\n"))
			return nil
		}
		return r.dec.SkipValue()
	})
	h.ID, h.Created = id.N, created.T
	return h, id.OK, err
}

func (r *issueReader) change() (c Change, ok bool, err error) {
	ok = r.dec.PeekKind() == '{'
	err = r.object(func(name []byte) (err error) {
		switch string(name) {
		case "field":
			c.Field, err = once(r, r.met.names, nameOf)
			return err
		case "fieldId":
			c.FieldID, err = once(r, r.met.names, nameOf)
			return err
		case "from":
			return (*text)(&c.From).UnmarshalJSONFrom(r.dec)
		case "fromString":
			return (*text)(&c.FromString).UnmarshalJSONFrom(r.dec)
		case "to":
			return (*text)(&c.To).UnmarshalJSONFrom(r.dec)
		case "toString":
			return (*text)(&c.ToString).UnmarshalJSONFrom(r.dec)
		}
		return r.dec.SkipValue()
	})
	return c, ok, err
}

func (r *issueReader) issueChange() (c issueChange, ok bool, err error) {
	var id number
	err = r.object(func(name []byte) (err error) {
		switch string(name) {
		case "issueId":
			return id.UnmarshalJSONFrom(r.dec)
		case "changeHistories":
			c.histories, _, err = elements(r, r.history)
			sortHistories(c.histories)
			return err
		}
		return r.dec.SkipValue()
	})
	c.issueID = id.N
	return c, true, err
}

func (r *issueReader) attachment() (a Attachment, ok bool, err error) {
	var id, size number
	var created moment
	err = r.object(func(name []byte) error {
		switch string(name) {
		case "id":
			return id.UnmarshalJSONFrom(r.dec)
		case "filename":
			return (*text)(&a.Filename).UnmarshalJSONFrom(r.dec)
		case "mimeType":
			return (*text)(&a.MimeType).UnmarshalJSONFrom(r.dec)
		case "size":
			return size.UnmarshalJSONFrom(r.dec)
		case "author":
			return r.user(&a.Author)
		case "created":
			return created.UnmarshalJSONFrom(r.dec)
		}
		return r.dec.SkipValue()
	})
	a.ID, a.SizeBytes, a.Created = id.N, size.N, created.T
	return a, id.OK, err
}

// extent tells how many elements there are, and whether fewer came. Without a total a list
// as long as it was allowed to be may have been cut.
func (w *embeddedList) extent() (total int, cut bool) {
	if w.total.OK {
		return max(int(w.total.N), w.came), int(w.total.N) > w.came
	}
	return w.came, w.max.OK && w.max.N > 0 && int64(w.came) >= w.max.N
}

func sortHistories(list []History) {
	slices.SortStableFunc(list, func(a, b History) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
}

// union joins two readings of a list: what either saw is kept, once; of an element in both
// the later reading counts.
func union[T any](first, later []T, id func(*T) int64) []T {
	if len(first) == 0 {
		return later
	}
	at := make(map[int64]int, len(first)+len(later))
	out := make([]T, 0, len(first)+len(later))
	for _, list := range [][]T{first, later} {
		for i := range list {
			key := id(&list[i])
			if place, known := at[key]; known {
				out[place] = list[i]
				continue
			}
			at[key] = len(out)
			out = append(out, list[i])
		}
	}
	return out
}

func (i *Issue) setComments(w *embeddedList) {
	i.Comments = w.comments
	i.CommentTotal, i.CommentsCut = w.extent()
}

func (i *Issue) setWorklogs(w *embeddedList) {
	i.Worklogs = w.worklogs
	i.WorklogTotal, i.WorklogsCut = w.extent()
}

func (i *Issue) setHistories(w *embeddedList) {
	i.Histories = w.histories
	i.HistoryTotal, i.HistoriesCut = w.extent()
}
