package jirasim

import "strconv"

// system appends the value of a field that Jira brings along.
func (x *writer) system(b []byte, id string) []byte {
	w, st := x.w, &x.st
	switch id {
	case "summary":
		return appendString(b, summary(st.summary))
	case "description":
		return x.description(b)
	case "project":
		return append(b, w.projects[st.rec.project].json...)
	case "issuetype":
		return append(b, w.dict.types[st.rec.kind].json...)
	case "status":
		return append(b, w.dict.statuses[st.status].json...)
	case "statusCategory":
		return append(b, w.dict.categories[statusKinds[st.status].category]...)
	case "priority":
		return append(b, w.dict.priorities[st.priority].json...)
	case "resolution":
		if st.resolution >= 0 {
			return append(b, w.dict.resolutions[st.resolution].json...)
		}
		return append(b, "null"...)
	case "labels":
		d := dice(st.labels)
		return appendLabels(b, &d, d.weighted([]int{45, 25, 20, 10}))
	case "components", "versions", "fixVersions":
		return x.owned(b, id)
	case "assignee", "reporter", "creator", "archivedby":
		return x.person(b, id)
	case "created", "updated", "resolutiondate", "statuscategorychangedate", "lastViewed", "archiveddate", "duedate":
		return x.date(b, id)
	case "parent", "subtasks", "issuelinks":
		return x.relatives(b, id)
	case "comment", "worklog":
		return x.notes(b, id)
	case "watches", "votes", "progress", "aggregateprogress", "timetracking", "attachment", "issuerestriction":
		return x.object(b, id)
	case "timespent", "aggregatetimespent", "timeestimate", "aggregatetimeestimate",
		"timeoriginalestimate", "aggregatetimeoriginalestimate", "workratio":
		return x.seconds(b, id)
	}
	return append(b, "null"...) // environment, security and the like: mostly empty
}

func (x *writer) description(b []byte) []byte {
	d := dice(x.st.description)
	if d.chance(9) {
		return append(b, "null"...)
	}
	size := d.between(100, 700)
	if x.w.opts.PayloadScale == ScaleBench {
		size = d.between(400, 2200)
	}
	return x.w.appendText(b, d.next(), size, x.v.adf)
}

func (x *writer) owned(b []byte, id string) []byte {
	p := x.w.projects[x.st.rec.project]
	entries, salt := p.versions, uint64(4)
	switch id {
	case "components":
		entries, salt = p.components, 5
	case "fixVersions":
		salt = 6
	}
	d := dice(mix(x.st.seed, salt))
	return appendEntries(b, entries, &d, d.weighted([]int{40, 45, 15}))
}

func (x *writer) person(b []byte, id string) []byte {
	at := x.st.assignee
	switch id {
	case "reporter":
		at = x.st.reporter
	case "creator":
		at = x.st.creator
	case "archivedby":
		at = x.st.archivedBy
	}
	if at < 0 {
		return append(b, "null"...)
	}
	return append(b, x.w.people[at].json...)
}

func (x *writer) date(b []byte, id string) []byte {
	st, at := &x.st, int64(0)
	switch id {
	case "created":
		at = st.rec.created
	case "updated":
		at = st.rec.updated
	case "resolutiondate":
		at = st.resolved
	case "statuscategorychangedate":
		at = st.statusChanged
	case "archiveddate":
		at = st.archived
	case "duedate":
		if st.due != 0 {
			return appendDate(b, st.due)
		}
	}
	if at == 0 {
		return append(b, "null"...)
	}
	return appendTime(b, at, x.w.zone)
}

// object appends the small objects that every issue bears.
func (x *writer) object(b []byte, id string) []byte {
	st := &x.st
	switch id {
	case "watches":
		b = x.appendSelf(append(b, `{"self":"`...), "/watchers")
		return append(b, `","watchCount":`+strconv.Itoa(1+int(st.seed%7))+`,"isWatching":false}`...)
	case "votes":
		b = x.appendSelf(append(b, `{"self":"`...), "/votes")
		return append(b, `","votes":`+strconv.Itoa(int(st.seed>>8%3))+`,"hasVoted":false}`...)
	case "attachment":
		return x.attachments(b)
	case "issuerestriction":
		return append(b, `{"issuerestrictions":{},"shouldDisplay":false}`...)
	}
	spent, estimate := st.timeSpent(), x.estimate()
	if id == "timetracking" {
		return appendTimeTracking(b, spent, estimate)
	}
	total := max(spent, estimate)
	b = append(b, `{"progress":`+strconv.Itoa(spent)+`,"total":`+strconv.Itoa(total)...)
	if total > 0 {
		b = append(b, `,"percent":`+strconv.Itoa(spent*100/total)...)
	}
	return append(b, '}')
}

// estimate is the original one, in seconds; 0 for most.
func (x *writer) estimate() int {
	d := dice(mix(x.st.seed, 7))
	if !d.chance(30) {
		return 0
	}
	return 3600 * d.between(1, 60)
}

func appendTimeTracking(b []byte, spent, estimate int) []byte {
	b = append(b, '{')
	if estimate > 0 {
		left := max(estimate-spent, 0)
		b = append(b, `"originalEstimate":"`+jiraDuration(estimate)+`","remainingEstimate":"`+jiraDuration(left)+
			`","originalEstimateSeconds":`+strconv.Itoa(estimate)+`,"remainingEstimateSeconds":`+strconv.Itoa(left)...)
	}
	if spent > 0 {
		if estimate > 0 {
			b = append(b, ',')
		}
		b = append(b, `"timeSpent":"`+jiraDuration(spent)+`","timeSpentSeconds":`+strconv.Itoa(spent)...)
	}
	return append(b, '}')
}

// jiraDuration writes seconds as Jira does: days of eight hours.
func jiraDuration(seconds int) string {
	minutes := seconds / 60
	text := ""
	for _, unit := range []struct {
		minutes int
		name    string
	}{{5 * 480, "w"}, {480, "d"}, {60, "h"}, {1, "m"}} {
		if n := minutes / unit.minutes; n > 0 {
			if text != "" {
				text += " "
			}
			text += strconv.Itoa(n) + unit.name
			minutes -= n * unit.minutes
		}
	}
	if text == "" {
		return "0m"
	}
	return text
}

func (x *writer) seconds(b []byte, id string) []byte {
	spent, estimate := x.st.timeSpent(), x.estimate()
	var value int
	switch id {
	case "workratio":
		if estimate == 0 {
			return append(b, "-1"...)
		}
		return appendInt(b, int64(spent*100/estimate))
	case "timespent", "aggregatetimespent":
		value = spent
	case "timeestimate", "aggregatetimeestimate":
		if value = max(estimate-spent, 0); estimate > 0 {
			return appendInt(b, int64(value))
		}
	default:
		value = estimate
	}
	if value == 0 {
		return append(b, "null"...)
	}
	return appendInt(b, int64(value))
}

func (x *writer) appendSelf(b []byte, tail string) []byte {
	b = append(b, x.w.issueURL...)
	b = appendInt(b, x.w.id(x.st.idx))
	return append(b, tail...)
}

func (x *writer) attachments(b []byte) []byte {
	d := dice(mix(x.st.seed, 8))
	b = append(b, '[')
	for n := range d.weighted([]int{75, 18, 7}) {
		if n > 0 {
			b = append(b, ',')
		}
		id := 10_000 + 3*int64(x.st.idx) + int64(n)
		text := strconv.FormatInt(id, 10)
		b = append(b, `{"self":"`+x.w.rest+`/attachment/`+text+`","id":"`+text+`","filename":"screenshot `+text+` (1).png","author":`...)
		b = append(b, x.w.people[x.st.reporter].json...)
		b = append(b, `,"created":`...)
		b = appendTime(b, x.st.rec.created, x.w.zone)
		b = append(b, `,"size":`+strconv.Itoa(1000+d.n(900000))+`,"mimeType":"image/png","content":"`+x.w.rest+`/attachment/content/`+text+`"}`...)
	}
	return append(b, ']')
}
