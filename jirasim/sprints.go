package jirasim

import (
	"fmt"
	"strconv"
	"time"
)

const sprintLength = 14 * day

// Sprints of all boards turn together, every two weeks; the one that runs at the epoch
// runs for ever, so that no document changes by itself.

func (w *world) sprintAt(ms int64) int { return int((ms - w.cal.start) / sprintLength) }

// lastSprint is the newest that is planned.
func (w *world) lastSprint() int { return w.sprintAt(w.epoch) + 2 }

func (w *world) sprintID(p *project, n int) int64 { return p.boardID*1000 + int64(n) }

func (w *world) sprintState(n int) string {
	switch now := w.sprintAt(w.epoch); {
	case n < now:
		return "closed"
	case n == now:
		return "active"
	}
	return "future"
}

// Names and goals that broke other people's parsers.
var (
	sprintNames = []string{
		"%s Sprint %d", "%s Sprint %d", "%s Sprint %d", "[%s] Iteration %d", "%s | Cleaner's week %d", "%s, id=7, sprint %d",
	}
	sprintGoals = []string{
		"", "", "Ship the export, ", "Close the audit [phase 2], state=CLOSED", "Faster search = happier users",
		"Stabilise: fewer bugs, better logs", "größer & schneller",
	}
)

func (w *world) sprintName(p *project, n int) string {
	if name, renamed := w.sprintsNamed[strconv.FormatInt(w.sprintID(p, n), 10)]; renamed {
		return name
	}
	return fmt.Sprintf(sprintNames[int(p.id+int64(n)*5)%len(sprintNames)], p.word, n+1)
}

func (w *world) sprintGoal(p *project, n int) string {
	return sprintGoals[int(p.id+int64(n))%len(sprintGoals)]
}

const sprintTime = "2006-01-02T15:04:05.000Z"

func (w *world) sprintTimes(n int) (start, end string) {
	from := w.cal.start + int64(n)*sprintLength + 9*hour
	return time.UnixMilli(from).UTC().Format(sprintTime), time.UnixMilli(from + sprintLength - 16*hour).UTC().Format(sprintTime)
}

// appendSprint appends a sprint as an object: Cloud's issues, and both agile APIs.
func (w *world) appendSprint(b []byte, p *project, n int) []byte {
	state := w.sprintState(n)
	b = append(b, `{"id":`...)
	b = appendInt(b, w.sprintID(p, n))
	b = append(b, `,"name":`...)
	b = appendString(b, w.sprintName(p, n))
	b = append(b, `,"state":"`+state+`","boardId":`...)
	b = appendInt(b, p.boardID)
	b = append(b, `,"goal":`...)
	b = appendString(b, w.sprintGoal(p, n))
	if state != "future" {
		start, end := w.sprintTimes(n)
		b = append(b, `,"startDate":"`+start+`","endDate":"`+end+`"`...)
		if state == "closed" {
			b = append(b, `,"completeDate":"`+end+`"`...)
		}
	}
	return append(b, '}')
}

// appendSprintText appends a sprint as Data Center's issues bear it: Java's toString,
// whose members stand in another order from version to version.
func (w *world) appendSprintText(b []byte, p *project, n int) []byte {
	id := strconv.FormatInt(w.sprintID(p, n), 10)
	state := map[string]string{"closed": "CLOSED", "active": "ACTIVE", "future": "FUTURE"}[w.sprintState(n)]
	start, end, complete := "<null>", "<null>", "<null>"
	if state != "FUTURE" {
		start, end = w.sprintTimes(n)
	}
	if state == "CLOSED" {
		complete = end
	} else if n%2 == 0 {
		complete = ""
	}
	name, goal := w.sprintName(p, n), w.sprintGoal(p, n)
	board := strconv.FormatInt(p.boardID, 10)
	var text string
	switch (int(p.id) + n) % 3 {
	case 0:
		text = "id=" + id + ",rapidViewId=" + board + ",state=" + state + ",name=" + name + ",startDate=" + start +
			",endDate=" + end + ",completeDate=" + complete + ",activatedDate=" + start + ",sequence=" + id +
			",goal=" + goal + ",autoStartStop=false,incompleteIssuesDestinationId=<null>,synced=false"
	case 1:
		text = "id=" + id + ",rapidViewId=" + board + ",state=" + state + ",name=" + name + ",goal=" + goal +
			",startDate=" + start + ",endDate=" + end + ",completeDate=" + complete + ",sequence=" + id
	default:
		text = "rapidViewId=" + board + ",state=" + state + ",name=" + name + ",startDate=" + start +
			",endDate=" + end + ",completeDate=" + complete + ",sequence=" + id + ",id=" + id
	}
	return appendString(b, fmt.Sprintf("com.atlassian.greenhopper.service.sprint.Sprint@%x[%s]", mix(uint64(p.id), uint64(n))&0xfffffff, text))
}
