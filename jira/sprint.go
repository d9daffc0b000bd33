package jira

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// sprintKeys are the members that Data Center writes into a sprint's text. A value may hold
// commas, brackets and equals signs, so the text is cut at these keys and nowhere else.
var sprintKeys = []string{
	"id", "rapidViewId", "state", "name", "goal", "startDate", "endDate", "completeDate",
	"activatedDate", "sequence", "synced", "autoStartStop", "incompleteIssuesDestinationId",
}

// parseSprint reads a sprint as Data Center writes it:
//
//	com.atlassian.greenhopper.service.sprint.Sprint@1f[id=7,state=CLOSED,name=A, B,goal=]
//
// Its members come in any order, an empty one as nothing or as <null>.
func parseSprint(blob string) (Sprint, bool) {
	open, end := strings.IndexByte(blob, '['), strings.LastIndexByte(blob, ']')
	if open < 0 || end < open {
		return Sprint{}, false
	}
	values := sprintValues(blob[open+1 : end])
	id := parseNumber(values["id"])
	if !id.OK {
		return Sprint{}, false
	}
	s := Sprint{
		ID:      id.N,
		Name:    values["name"],
		State:   strings.ToLower(values["state"]),
		Goal:    values["goal"],
		BoardID: parseNumber(values["rapidViewId"]).N,
	}
	s.Start, s.End = sprintTime(values["startDate"]), sprintTime(values["endDate"])
	s.Completed = sprintTime(values["completeDate"])
	return s, true
}

func sprintTime(value string) *time.Time {
	if t, ok := parseTime(value); ok {
		return &t
	}
	return nil
}

// sprintValues cuts at each first mention of a known key.
func sprintValues(body string) map[string]string {
	values := make(map[string]string, len(sprintKeys))
	key, from := "", 0
	store := func(to int) {
		if value := strings.TrimSpace(body[from:to]); key != "" && value != "<null>" {
			values[key] = value
		}
	}
	seen := make(map[string]bool, len(sprintKeys))
	for i := 0; i < len(body); i++ {
		if i > 0 && body[i-1] != ',' {
			continue
		}
		next := sprintKeyAt(body[i:])
		if next == "" || seen[next] {
			continue
		}
		store(max(from, i-1))
		seen[next] = true
		key, from = next, i+len(next)+1
		i = from - 1
	}
	store(len(body))
	return values
}

func sprintKeyAt(s string) string {
	for _, key := range sprintKeys {
		if len(s) > len(key) && s[len(key)] == '=' && s[:len(key)] == key {
			return key
		}
	}
	return ""
}

// sprintValue reads a sprint in either form: an object on Cloud, a text on Data Center.
type sprintValue struct {
	Sprint
	OK bool
}

type sprintWire struct {
	ID            number `json:"id"`
	Name          text   `json:"name"`
	State         text   `json:"state"`
	Goal          text   `json:"goal"`
	BoardID       number `json:"boardId"`
	OriginBoardID number `json:"originBoardId"`
	StartDate     moment `json:"startDate"`
	EndDate       moment `json:"endDate"`
	CompleteDate  moment `json:"completeDate"`
}

func (s *sprintValue) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*s = sprintValue{}
	if d.PeekKind() != '{' {
		var blob text
		err := blob.UnmarshalJSONFrom(d)
		s.Sprint, s.OK = parseSprint(string(blob))
		return err
	}
	var w sprintWire
	if err := json.UnmarshalDecode(d, &w); err != nil {
		return err
	}
	board := w.BoardID
	if !board.OK {
		board = w.OriginBoardID
	}
	s.OK = w.ID.OK
	s.Sprint = Sprint{
		ID: w.ID.N, Name: string(w.Name), State: strings.ToLower(string(w.State)),
		Goal: string(w.Goal), BoardID: board.N,
		Start: w.StartDate.pointer(), End: w.EndDate.pointer(), Completed: w.CompleteDate.pointer(),
	}
	return nil
}
