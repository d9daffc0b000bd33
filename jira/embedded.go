package jira

import (
	"cmp"
	"slices"
)

// listWire is a list inside an issue, or a page of its own endpoint: Jira names the elements
// differently in each and may send fewer than there are.
type listWire struct {
	Total      number                        `json:"total"`
	MaxResults number                        `json:"maxResults"`
	Comments   list[raw[commentWire]]        `json:"comments"`
	Worklogs   list[raw[worklogWire]]        `json:"worklogs"`
	Histories  list[object[historyWire]]     `json:"histories"`
	Values     list[object[historyWire]]     `json:"values"`
	Changes    list[object[issueChangeWire]] `json:"issueChangeLogs"`
	Token      text                          `json:"nextPageToken"`
}

type issueChangeWire struct {
	IssueID   number                    `json:"issueId"`
	Histories list[object[historyWire]] `json:"changeHistories"`
}

// extent tells how many elements there are, and whether fewer came. Without a total a list
// as long as it was allowed to be may have been cut.
func (w *listWire) extent(came int) (total int, cut bool) {
	if w.Total.OK {
		return max(int(w.Total.N), came), int(w.Total.N) > came
	}
	return came, w.MaxResults.OK && w.MaxResults.N > 0 && int64(came) >= w.MaxResults.N
}

func (w *listWire) comments() []Comment {
	var out []Comment
	for i := range w.Comments {
		if c, ok := commentOf(&w.Comments[i]); ok {
			out = append(out, c)
		}
	}
	return out
}

func (w *listWire) worklogs() []Worklog {
	var out []Worklog
	for i := range w.Worklogs {
		if l, ok := worklogOf(&w.Worklogs[i]); ok {
			out = append(out, l)
		}
	}
	return out
}

func historiesOf(list []object[historyWire]) []History {
	out := make([]History, 0, len(list))
	for i := range list {
		if h, ok := list[i].V.history(); ok {
			out = append(out, h)
		}
	}
	sortHistories(out)
	return out
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

func (i *Issue) setComments(w *listWire) {
	i.Comments = w.comments()
	i.CommentTotal, i.CommentsCut = w.extent(len(w.Comments))
}

func (i *Issue) setWorklogs(w *listWire) {
	i.Worklogs = w.worklogs()
	i.WorklogTotal, i.WorklogsCut = w.extent(len(w.Worklogs))
}

func (i *Issue) setHistories(w *listWire) {
	i.Histories = historiesOf(w.Histories)
	i.HistoryTotal, i.HistoriesCut = w.extent(len(w.Histories))
}
