package jira

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// answer is a decoded page of issues.
type answer struct {
	issues []Issue
	broken []Broken
	came   int    // elements that Jira sent, odd ones included
	total  int    // -1 if it did not say
	token  string // of the next page; empty on the last

	reached time.Time // creation of the last that was read alone; zero: the page came as one
}

// found counts what is in the answer; after a sweep took it, what is new.
func (a *answer) found() int { return len(a.issues) + len(a.broken) }

func (a *answer) add(more answer) {
	a.issues = append(a.issues, more.issues...)
	a.broken = append(a.broken, more.broken...)
}

// withheld are the issues that Jira failed to send, apart from those that it sent and nobody can read.
func (a *answer) withheld() (withheld, sent []Broken) {
	for _, b := range a.broken {
		if b.Raw == nil {
			withheld = append(withheld, b)
		} else {
			sent = append(sent, b)
		}
	}
	return withheld, sent
}

var (
	errNoIssues = errors.New("the answer has no list of issues")
	errNameless = errors.New("the answer tells of a failure without saying of which issue")
)

// reading says what is expected of an issue.
type reading int

const (
	withFields reading = iota
	bare               // id and key alone
)

// decodePage reads a page of issues in one pass. What it returns keeps body alive. An error
// means that body is no page; an odd issue is only Broken.
func decodePage(body []byte, special *specialFields, how reading) (answer, error) {
	page := answer{total: -1}
	r := newReader(body)
	r.special, r.how = special, how
	dirty, found := suspect(body), false
	err := r.object(func(name []byte) (err error) {
		switch string(name) {
		case "issues":
			found = r.dec.PeekKind() == '['
			return r.array(func() error { return r.element(&page, dirty) })
		case "issueErrors":
			return r.array(func() error { return r.withheld(&page) })
		case "total":
			var total number
			err = total.UnmarshalJSONFrom(r.dec)
			if total.OK {
				page.total = int(total.N)
			}
		case "nextPageToken":
			err = (*text)(&page.token).UnmarshalJSONFrom(r.dec)
		default:
			err = r.dec.SkipValue()
		}
		return err
	})
	if err == nil && !found {
		err = errNoIssues
	}
	return page, err
}

// withheld adds an issue that is there but that Jira failed to send. One that it does not name could be
// any that did not come, so that none of them may be taken for absent.
func (r *issueReader) withheld(page *answer) error {
	var id number
	var reason text
	err := r.object(func(name []byte) error {
		switch string(name) {
		case "id":
			return id.UnmarshalJSONFrom(r.dec)
		case "errorMessage":
			return reason.UnmarshalJSONFrom(r.dec)
		}
		return r.dec.SkipValue()
	})
	if err == nil && !id.OK {
		err = errNameless
	}
	if err == nil {
		page.broken = append(page.broken, Broken{ID: id.N, Err: fmt.Errorf("the issue is there but was not sent, Jira says: %s", quote(string(reason)))})
	}
	return err
}

// decodeIssue reads an answer that is a single issue. An odd one is an answer with a Broken.
func decodeIssue(body []byte, special *specialFields) (answer, error) {
	page := answer{total: -1}
	r := newReader(body)
	r.special = special
	err := r.element(&page, suspect(body))
	return page, err
}

func newDecoder(src []byte) *jsontext.Decoder {
	// A bytes.Buffer is read in place, and never written to.
	return jsontext.NewDecoder(bytes.NewBuffer(src), lenient)
}

// issueReader walks JSON text and remembers where members begin and end in it. It calls the readers
// of loose.go itself: at this rate, finding them by reflection costs more than they do.
type issueReader struct {
	dec     *jsontext.Decoder
	src     []byte
	special *specialFields
	how     reading
	met     *met
}

func newReader(src []byte) *issueReader {
	return &issueReader{dec: newDecoder(src), src: src, met: newMet()}
}

// object calls member for each member of the object that follows; member consumes its
// value. Anything but an object is skipped.
func (r *issueReader) object(member func(name []byte) error) error {
	if r.dec.PeekKind() != '{' {
		return r.dec.SkipValue()
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	for r.dec.PeekKind() == '"' {
		name, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		plain := []byte(name[1 : len(name)-1])
		if bytes.IndexByte(plain, '\\') >= 0 {
			if plain, err = jsontext.AppendUnquote(nil, name); err != nil {
				return err
			}
		}
		if err := member(plain); err != nil {
			return err
		}
	}
	_, err := r.dec.ReadToken()
	return err
}

// value is the text of the value that follows, which lives as long as the source.
func (r *issueReader) value() (jsontext.Value, error) {
	value, err := r.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	end := int(r.dec.InputOffset())
	return jsontext.Value(r.src[end-len(value) : end : end]), nil
}

func (r *issueReader) array(element func() error) error {
	if r.dec.PeekKind() != '[' {
		return r.dec.SkipValue()
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	for r.dec.PeekKind() != ']' {
		if err := element(); err != nil {
			return err
		}
	}
	_, err := r.dec.ReadToken()
	return err
}

// element adds the next issue of a page to it. A dirty page is cleaned issue by issue, so
// that each knows how much was replaced in it.
func (r *issueReader) element(page *answer, dirty bool) error {
	page.came++
	reader, replaced := r, 0
	if dirty {
		value, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		clean, n := sanitize(value)
		replaced = n
		reader = &issueReader{dec: newDecoder(clean), src: clean, special: r.special, how: r.how, met: r.met}
	}
	kind := reader.dec.PeekKind()
	if kind == '{' {
		start := reader.dec.InputOffset()
		issue, odd, err := reader.issue()
		if err != nil {
			return err
		}
		if odd == nil {
			issue.Replaced = replaced
			page.issues = append(page.issues, issue)
			return nil
		}
		source := bytes.TrimLeft(reader.src[start:reader.dec.InputOffset()], ", \t\r\n")
		page.broken = append(page.broken, Broken{ID: issue.ID, Key: issue.Key, Raw: bytes.Clone(source), Err: odd})
		return nil
	}
	value, err := reader.dec.ReadValue()
	if err != nil {
		return err
	}
	page.broken = append(page.broken, Broken{
		Raw: bytes.Clone(value), Err: fmt.Errorf("an issue is a JSON %s instead of an object", kind),
	})
	return nil
}

// issue reads the issue that follows. odd says why it cannot be kept; err is broken syntax.
func (r *issueReader) issue() (issue Issue, odd, err error) {
	issue = Issue{CommentTotal: -1, WorklogTotal: -1, HistoryTotal: -1}
	var id number
	hasFields := false
	var times issueTimes
	err = r.object(func(name []byte) (err error) {
		switch string(name) {
		case "id":
			err = id.UnmarshalJSONFrom(r.dec)
		case "key":
			err = (*text)(&issue.Key).UnmarshalJSONFrom(r.dec)
		case "fields":
			hasFields = r.dec.PeekKind() == '{'
			err = r.fields(&issue, &times)
		case "changelog":
			if r.dec.PeekKind() != '{' {
				return r.dec.SkipValue()
			}
			var list embeddedList
			list, err = r.list()
			issue.setHistories(&list)
		default:
			err = r.dec.SkipValue()
		}
		return err
	})
	issue.ID = id.N
	switch {
	case err != nil:
		return issue, nil, err
	case !id.OK:
		return issue, errors.New("the issue has no numeric id"), nil
	case issue.Key == "":
		return issue, errors.New("the issue has no key"), nil
	case r.how == bare:
		return issue, nil, nil
	case !hasFields:
		return issue, errors.New("the issue has no fields"), nil
	}
	return issue, issue.settle(&times), nil
}

// fields reads the object of fields and keeps its text.
func (r *issueReader) fields(issue *Issue, times *issueTimes) error {
	if r.dec.PeekKind() != '{' {
		return r.dec.SkipValue()
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	start := r.dec.InputOffset() - 1
	end, spaced := start, false
	for r.dec.PeekKind() == '"' {
		name, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		// A comma, or the opening brace, stands before a name and nothing else does, unless
		// the writer is one that adds blanks.
		spaced = spaced || r.dec.InputOffset()-int64(len(name))-end > 1
		if err := r.field(issue, times, name[1:len(name)-1]); err != nil {
			return err
		}
		end = r.dec.InputOffset()
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	end = r.dec.InputOffset()
	issue.Fields = jsontext.Value(r.src[start:end:end])
	if spaced {
		issue.Fields = issue.Fields.Clone()
		return issue.Fields.Compact(lenient)
	}
	return nil
}

// issueTimes are the times of an issue as they came.
type issueTimes struct {
	created, updated, resolved moment
	due                        text
}

// settle fills in what follows from other members, and refuses an issue that has neither
// of its times.
func (i *Issue) settle(t *issueTimes) error {
	i.Created, i.Updated, i.Resolved = t.created.T, t.updated.T, t.resolved.pointer()
	for _, m := range []struct {
		name string
		moment
	}{{"created", t.created}, {"updated", t.updated}, {"resolutiondate", t.resolved}} {
		if m.Sent && !m.OK {
			i.Notes = append(i.Notes, m.name+" is no time")
		}
	}
	if t.due != "" {
		if due, ok := parseDate(string(t.due)); ok {
			i.Due = &due
		} else {
			i.Notes = append(i.Notes, "duedate is no date")
		}
	}
	switch {
	case !t.created.OK && !t.updated.OK:
		return errors.New("neither created nor updated is a time")
	case !t.created.OK:
		i.Created, i.guessed = i.Updated, true
	case !t.updated.OK:
		i.Updated = i.Created
	}
	if at := strings.LastIndexByte(i.Key, '-'); i.ProjectKey == "" && at > 0 {
		i.ProjectKey = i.Key[:at]
	}
	for n := range i.Worklogs {
		if i.Worklogs[n].IssueID == 0 {
			i.Worklogs[n].IssueID = i.ID
		}
	}
	return nil
}
