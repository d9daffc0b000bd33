package jirasim

import (
	"strconv"
	"time"
)

// appendCell appends a custom field's value, null where it has none.
func (w *world) appendCell(b []byte, f *field, c cell, project uint16, adf bool) []byte {
	if c.raw != "" {
		return append(b, c.raw...)
	}
	if !c.full {
		return append(b, "null"...)
	}
	d := dice(c.salt &^ 1)
	switch f.kind {
	case fkNumber:
		return appendNumber(b, f, &d)
	case fkText, fkReadonly:
		return appendString(b, shortText(f, &d))
	case fkTextarea:
		return w.appendText(b, d.next(), d.between(60, 300), adf)
	case fkURL:
		return append(b, `"https://wiki.example/display/`+strconv.Itoa(d.n(100000))+`?a=1&b=%20"`...)
	case fkDate:
		return appendDate(b, w.moment(&d))
	case fkDateTime:
		return appendTime(b, w.moment(&d), w.zone)
	case fkLabels:
		return appendLabels(b, &d, 1+d.n(3))
	case fkUser, fkUsers, fkGroup, fkGroups:
		return w.appendWho(b, f, &d)
	case fkVersion, fkVersions, fkProject:
		return w.appendOwned(b, f, &d, project)
	case fkSelect, fkRadio, fkMultiSelect, fkCheckboxes, fkFlagged, fkCascading:
		return appendChoice(b, f, &d)
	}
	return w.appendService(b, f, &d)
}

// moment is some instant around the epoch, to the millisecond.
func (w *world) moment(d *dice) int64 {
	return w.epoch - 400*day + int64(d.n(int(600*day)))
}

// appendNumber: story points as estimates go, money with cents, effort in halves.
func appendNumber(b []byte, f *field, d *dice) []byte {
	switch {
	case f.name == "Story Points":
		points := []string{"1.0", "2.0", "3.0", "5.0", "8.0", "13.0", "0.5", "20.0"}
		return append(b, points[d.n(len(points))]...)
	case d.chance(50):
		return append(appendInt(b, int64(d.n(100))), ".0"...)
	}
	b = appendInt(b, int64(d.n(50000)))
	b = append(b, '.')
	return strconv.AppendInt(b, int64(1+d.n(99)), 10)
}

func shortText(f *field, d *dice) string {
	if f.name == "Team" {
		return pick(d, teams)
	}
	return pick(d, qualities) + " " + pick(d, nouns) + " " + strconv.Itoa(d.n(1000))
}

func appendLabels(b []byte, d *dice, count int) []byte {
	b = append(b, '[')
	at := d.n(len(labelNames))
	for n := range count {
		if n > 0 {
			b = append(b, ',')
		}
		b = appendString(b, labelNames[(at+n*5)%len(labelNames)])
	}
	return append(b, ']')
}

func (w *world) appendWho(b []byte, f *field, d *dice) []byte {
	many := f.kind == fkUsers || f.kind == fkGroups
	count := 1
	if many {
		count = d.between(1, 3)
		b = append(b, '[')
	}
	at := d.skewed(len(w.people))
	for n := range count {
		if n > 0 {
			b = append(b, ',')
		}
		if f.kind == fkUser || f.kind == fkUsers {
			b = append(b, w.people[(at+n)%len(w.people)].json...)
			continue
		}
		name := groupNames[(at+n)%len(groupNames)]
		b = append(b, `{"name":`...)
		b = appendString(b, name)
		if w.opts.Flavor == Cloud {
			b = append(b, `,"groupId":"0b7f1c2e-0000-4000-8000-00000000000`+strconv.Itoa((at+n)%len(groupNames))+`"`...)
		}
		b = append(b, `,"self":"`+w.opts.baseURL()+`/rest/api/2/group?groupname=`+strconv.Itoa((at+n)%len(groupNames))+`"}`...)
	}
	if many {
		b = append(b, ']')
	}
	return b
}

func (w *world) appendOwned(b []byte, f *field, d *dice, project uint16) []byte {
	switch f.kind {
	case fkProject:
		return append(b, w.projects[d.n(len(w.projects))].json...)
	case fkVersion:
		return append(b, pickEntry(w.projects[project].versions, d).json...)
	}
	return appendEntries(b, w.projects[project].versions, d, d.between(1, 3))
}

func pickEntry(entries []entry, d *dice) *entry { return &entries[d.n(len(entries))] }

// appendEntries appends an array of count different entries, or fewer.
func appendEntries(b []byte, entries []entry, d *dice, count int) []byte {
	b = append(b, '[')
	at := d.n(len(entries))
	for n := range min(count, len(entries)) {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(b, entries[(at+n)%len(entries)].json...)
	}
	return append(b, ']')
}

func appendChoice(b []byte, f *field, d *dice) []byte {
	o := &f.options[d.n(len(f.options))]
	switch f.kind {
	case fkMultiSelect, fkCheckboxes, fkFlagged:
		b = append(b, '[')
		at := d.n(len(f.options))
		for n := range min(1+d.n(3), len(f.options)) {
			if n > 0 {
				b = append(b, ',')
			}
			b = append(b, f.options[(at+n)%len(f.options)].json...)
		}
		return append(b, ']')
	case fkCascading:
		b = append(b, o.json...)
		if len(o.children) > 0 && d.chance(85) {
			b = append(b[:len(b)-1], `,"child":`...)
			b = append(b, o.children[d.n(len(o.children))].json...)
			b = append(b, '}')
		}
		return b
	}
	return append(b, o.json...)
}

// appendService appends what service desk and development tools put into issues.
func (w *world) appendService(b []byte, f *field, d *dice) []byte {
	switch f.kind {
	case fkDevelopment:
		return append(b, `"{}"`...)
	case fkOrganizations:
		return append(b, `[{"id":"`+strconv.Itoa(1+d.n(9))+`","name":"Org & Sons `+strconv.Itoa(d.n(9))+`","_links":{"self":"`+w.opts.baseURL()+`/rest/servicedeskapi/organization/1"}}]`...)
	case fkRequestType:
		id := strconv.Itoa(1 + d.n(20))
		return append(b, `{"_links":{"self":"`+w.opts.baseURL()+`/rest/servicedeskapi/servicedesk/1/requesttype/`+id+`"},"requestType":{"id":"`+id+`","name":"Ask a question","serviceDeskId":"1"},"currentStatus":null}`...)
	case fkSLA:
		start := w.moment(d)
		took := int64(d.n(int(5 * day)))
		b = append(b, `{"id":"`+strconv.Itoa(1+d.n(9))+`","name":`...)
		b = appendString(b, f.name)
		b = append(b, `,"completedCycles":[{"startTime":`...)
		b = w.appendSLATime(b, start)
		b = append(b, `,"stopTime":`...)
		b = w.appendSLATime(b, start+took)
		b = append(b, `,"breached":`+strconv.FormatBool(took > 3*day)+`,"goalDuration":{"millis":259200000,"friendly":"72h"},"elapsedTime":{"millis":`...)
		b = appendInt(b, took)
		return append(b, `,"friendly":"`+strconv.FormatInt(took/hour, 10)+`h"}}]}`...)
	}
	return append(b, "null"...)
}

func (w *world) appendSLATime(b []byte, ms int64) []byte {
	b = append(b, `{"iso8601":"`...)
	b = time.UnixMilli(ms).UTC().AppendFormat(b, "2006-01-02T15:04:05-0700")
	b = append(b, `","epochMillis":`...)
	b = appendInt(b, ms)
	return append(b, '}')
}

// cellText is the value as a changelog tells it: an id where there is one, and a text.
func (w *world) cellText(f *field, bits int64, project uint16) (id, text string) {
	c := cell{salt: uint64(bits), full: bits&1 == 1}
	if !c.full {
		return "", ""
	}
	d := dice(c.salt &^ 1)
	switch f.kind {
	case fkSelect, fkRadio:
		o := &f.options[d.n(len(f.options))]
		return strconv.FormatInt(o.id, 10), o.value
	case fkUser:
		p := &w.people[d.skewed(len(w.people))]
		return p.id(w.opts.Flavor), p.display
	case fkVersion:
		v := pickEntry(w.projects[project].versions, &d)
		return strconv.FormatInt(v.id, 10), v.name
	case fkNumber:
		return "", string(appendNumber(nil, f, &d))
	case fkDate:
		at := time.UnixMilli(w.moment(&d)).UTC()
		return at.Format(time.DateOnly), at.Format(time.DateOnly)
	case fkText, fkReadonly:
		return "", shortText(f, &d)
	}
	return "", "Value " + strconv.Itoa(d.n(1000))
}
