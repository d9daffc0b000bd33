package jirasim

import "strings"

const (
	megabyte = 1 << 20
	poisons  = 10
)

// poison is an unpleasant value for the field, or "" where the poison leaves it
// alone. Each poisoned issue has one or two of them.
func poison(kind int, f *field) string {
	switch f.id {
	case "summary":
		switch kind {
		case 0:
			return `"NUL \u0000 in the summary"`
		case 1:
			return `"lone surrogate \ud83d in the summary"`
		case 2:
			return "null"
		}
	case "description":
		switch kind {
		case 0:
			return `"more \u0000\u0001\u001f of them"`
		case 3:
			return `"` + strings.Repeat("megabytes of text ", megabyte/18) + `"`
		}
	case "updated":
		if kind == 4 {
			return `"2023-07-27T06:13:47Z"`
		}
	case "duedate":
		if kind == 5 {
			return `""`
		}
	case "assignee", "reporter":
		if kind == 6 {
			return `"nobody"`
		}
	case "timespent":
		if kind == 7 {
			return "3600.0"
		}
	case "resolutiondate":
		if kind == 8 {
			return `"31/Dec/9999 12:00 AM"`
		}
	}
	return poisonCustom(kind, f)
}

func poisonCustom(kind int, f *field) string {
	switch {
	case f.kind == fkNumber && kind == 7:
		return "9007199254740993"
	case f.kind == fkNumber && kind == 9:
		return "123456789012345678901234567890.10"
	case f.kind == fkSelect && kind == 5:
		return `"not an object"`
	case f.kind == fkLabels && kind == 6:
		return `[null,1,{"a":[]}]`
	}
	return ""
}

// twice repeats members that the object has already: the last one counts.
func (x *writer) twice(b []byte, first int) []byte {
	if x.st.poison-1 != 9 || len(b) == first || !x.v.want[x.w.fieldAt["labels"]] {
		return b
	}
	return append(b, `,"labels":["first"],"labels":["last"]`...)
}
