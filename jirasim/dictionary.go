package jirasim

import "strconv"

// entry is one row of a dictionary: a status, a priority, a type.
type entry struct {
	id   int64
	name string
	json []byte
}

// category is one of Jira's three kinds of status.
type category struct {
	id        int
	key, name string
	color     string
}

var categories = []category{
	{2, "new", "To Do", "blue-gray"},
	{4, "indeterminate", "In Progress", "yellow"},
	{3, "done", "Done", "green"},
}

// Places in statuses.
const (
	stOpen = iota
	stBacklog
	stSelected
	stProgress
	stReview
	stTesting
	stBlocked
	stWaiting
	stReopened
	stDone
	stClosed
	stCancelled
)

type statusKind struct {
	name     string
	category int // place in categories
}

var statusKinds = []statusKind{
	stOpen:      {"Open", 0},
	stBacklog:   {"Backlog", 0},
	stSelected:  {"Selected for Development", 0},
	stProgress:  {"In Progress", 1},
	stReview:    {"In Review", 1},
	stTesting:   {"Testing", 1},
	stBlocked:   {"Blocked", 1},
	stWaiting:   {"Waiting for customer", 1},
	stReopened:  {"Reopened", 0},
	stDone:      {"Done", 2},
	stClosed:    {"Closed", 2},
	stCancelled: {"Cancelled", 2},
}

// step leads from a status to another, more often the heavier it weighs.
type step struct{ to, weight int }

// workflow is the map of ways an issue can take.
type workflow struct {
	start int
	steps map[int][]step
}

// Reopenings are a few in a hundred, as in life.
var workflows = []workflow{
	{stBacklog, map[int][]step{
		stBacklog:   {{stSelected, 80}, {stCancelled, 8}, {stProgress, 12}},
		stSelected:  {{stProgress, 85}, {stBacklog, 15}},
		stProgress:  {{stReview, 70}, {stBlocked, 15}, {stSelected, 10}, {stDone, 5}},
		stReview:    {{stTesting, 60}, {stProgress, 25}, {stDone, 15}},
		stTesting:   {{stDone, 70}, {stProgress, 30}},
		stBlocked:   {{stProgress, 85}, {stCancelled, 15}},
		stDone:      {{stReopened, 100}},
		stReopened:  {{stProgress, 100}},
		stCancelled: {{stReopened, 100}},
	}},
	{stOpen, map[int][]step{
		stOpen:     {{stProgress, 90}, {stDone, 10}},
		stProgress: {{stDone, 80}, {stOpen, 20}},
		stDone:     {{stReopened, 100}},
		stReopened: {{stProgress, 100}},
	}},
	{stOpen, map[int][]step{
		stOpen:      {{stProgress, 70}, {stWaiting, 25}, {stCancelled, 5}},
		stProgress:  {{stWaiting, 40}, {stDone, 60}},
		stWaiting:   {{stProgress, 60}, {stDone, 40}},
		stDone:      {{stClosed, 80}, {stReopened, 20}},
		stClosed:    {{stReopened, 100}},
		stReopened:  {{stProgress, 100}},
		stCancelled: {{stReopened, 100}},
	}},
}

// Places in typeNames: what an issue is, which never changes.
const (
	kindEpic = iota
	kindStory
	kindTask
	kindBug
	kindSubtask
)

var typeNames = []string{"Epic", "Story", "Task", "Bug", "Sub-task"}

var (
	priorityNames   = []string{"Highest", "High", "Medium", "Low", "Lowest"}
	resolutionNames = []string{"Done", "Won't Do", "Duplicate", "Cannot Reproduce", "Declined"}
)

// dictionaries are the small lists that documents embed.
type dictionaries struct {
	statuses, types, priorities, resolutions []entry
	categories                               [][]byte
}

func makeDictionaries(o Options) dictionaries {
	rest := o.baseURL() + "/rest/api/" + apiVersion(o.Flavor)
	shift := int64(0) // ids of the two instances differ
	if o.Flavor == DataCenter {
		shift = 300
	}
	var d dictionaries
	for _, c := range categories {
		d.categories = append(d.categories, categoryJSON(rest, c))
	}
	for i, s := range statusKinds {
		id := int64(10001+7*i) + shift
		d.statuses = append(d.statuses, entry{id, s.name, statusJSON(o, rest, id, s.name, d.categories[s.category])})
	}
	for i, name := range typeNames {
		id := int64(10100+i) + shift
		d.types = append(d.types, entry{id, name, typeJSON(o, rest, id, name, i)})
	}
	for i, name := range priorityNames {
		id := int64(1 + i)
		d.priorities = append(d.priorities, entry{id, name, namedJSON(rest+"/priority/", id, name,
			`,"iconUrl":"`+o.baseURL()+`/images/icons/priorities/`+strconv.FormatInt(id, 10)+`.svg"`)})
	}
	for i, name := range resolutionNames {
		id := int64(10000+i) + shift
		d.resolutions = append(d.resolutions, entry{id, name, namedJSON(rest+"/resolution/", id, name, `,"description":""`)})
	}
	return d
}

func apiVersion(f Flavor) string {
	if f == Cloud {
		return "3"
	}
	return "2"
}

func namedJSON(self string, id int64, name, more string) []byte {
	text := strconv.FormatInt(id, 10)
	b := append([]byte(nil), `{"self":"`+self+text+`"`+more+`,"name":`...)
	b = appendString(b, name)
	return append(b, `,"id":"`+text+`"}`...)
}

func categoryJSON(rest string, c category) []byte {
	id := strconv.Itoa(c.id)
	return []byte(`{"self":"` + rest + `/statuscategory/` + id + `","id":` + id + `,"key":"` + c.key +
		`","colorName":"` + c.color + `","name":"` + c.name + `"}`)
}

func statusJSON(o Options, rest string, id int64, name string, category []byte) []byte {
	b := namedJSON(rest+"/status/", id, name, `,"description":"","iconUrl":"`+o.baseURL()+`/images/icons/statuses/generic.png"`)
	b = append(b[:len(b)-1], `,"statusCategory":`...)
	b = append(b, category...)
	return append(b, '}')
}

func typeJSON(o Options, rest string, id int64, name string, kind int) []byte {
	more := `,"description":"","iconUrl":"` + o.baseURL() + `/secure/viewavatar?size=xsmall&avatarId=` +
		strconv.Itoa(10300+kind) + `&avatarType=issuetype","subtask":` + strconv.FormatBool(kind == kindSubtask) +
		`,"avatarId":` + strconv.Itoa(10300+kind)
	if o.Flavor == Cloud {
		level := "0"
		switch kind {
		case kindEpic:
			level = "1"
		case kindSubtask:
			level = "-1"
		}
		more += `,"hierarchyLevel":` + level
	}
	return namedJSON(rest+"/issuetype/", id, name, more)
}
