package webhook

import (
	"cmp"
	"errors"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxEvent bounds the name of an event.
const maxEvent = 200

var errNoEvent = errors.New("it names no event")

// number is an id as Jira writes it: as a number, or as text.
type number int64

// UnmarshalJSON takes either; anything else is zero.
func (n *number) UnmarshalJSON(text []byte) error {
	if len(text) > 1 && text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	value, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || value < 0 || value >= 1<<48 { // beyond what an issue_id can hold
		value = 0
	}
	*n = number(value)
	return nil
}

// payload is what we look at: of which issues a webhook speaks. Comments of Data Center come
// without their issue; the next tick finds them.
type payload struct {
	Event   string    `json:"webhookEvent"`
	Issue   holder    `json:"issue"`
	Worklog workedOn  `json:"worklog"`
	Link    linkEnds  `json:"issueLink"`
	Comment commented `json:"comment"`
}

type holder struct {
	ID number `json:"id"`
}

type workedOn struct {
	IssueID number `json:"issueId"`
}

type linkEnds struct {
	Source      number `json:"sourceIssueId"`
	Destination number `json:"destinationIssueId"`
}

type commented struct {
	IssueID number `json:"issueId"`
}

// read takes the event and the ids of issues from a body.
func read(body []byte) (event string, ids []int64, err error) {
	var p payload
	if err := json.Unmarshal(body, &p, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return "", nil, err
	}
	event = p.Event[:min(len(p.Event), maxEvent)]
	if event == "" {
		return "", nil, errNoEvent
	}
	for _, id := range []number{p.Issue.ID, p.Worklog.IssueID, p.Link.Source, p.Link.Destination, p.Comment.IssueID} {
		if id != 0 {
			ids = append(ids, int64(id))
		}
	}
	slices.SortFunc(ids, cmp.Compare[int64])
	return event, slices.Compact(ids), nil
}
