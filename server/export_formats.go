package server

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
)

// csvExport writes RFC 4180 that a spreadsheet takes for data: an apostrophe stands before what it
// would take for a formula.
type csvExport struct{ out *csv.Writer }

func newCSVExport(w io.Writer) exportFormat {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	return csvExport{out}
}

func (c csvExport) head(columns []exportColumn) error {
	names := make([]string, len(columns))
	for n := range columns {
		names[n] = columns[n].name
	}
	return c.out.Write(names)
}

func (c csvExport) row(values []json.RawMessage) error {
	cells := make([]string, len(values))
	for n, value := range values {
		cells[n] = csvCell(value)
	}
	return c.out.Write(cells)
}

func (c csvExport) flush() error {
	c.out.Flush()
	return c.out.Error()
}

// csvCell writes a list as its members, other values that are no text as JSON.
func csvCell(value json.RawMessage) string {
	if len(value) == 0 || string(value) == "null" {
		return ""
	}
	var text string
	var list []json.RawMessage
	switch {
	case value[0] == '"' && json.Unmarshal(value, &text) == nil:
		return harmless(oneLineEnd(text))
	case value[0] == '[' && json.Unmarshal(value, &list) == nil:
		members := make([]string, len(list))
		for n, member := range list {
			if json.Unmarshal(member, &members[n]) != nil {
				members[n] = string(member)
			}
		}
		return harmless(oneLineEnd(strings.Join(members, "; ")))
	}
	return harmlessWithin(string(value))
}

// oneLineEnd lets the writer make CRLF of each line's end; it drops a CR that stands alone.
func oneLineEnd(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
}

// guard stands before a text that a spreadsheet would take for a formula.
const guard = "'"

func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n|", rune(text[0])) {
		text = guard + text
	}
	return harmlessWithin(text)
}

// harmlessWithin guards what would begin a cell in a spreadsheet whose separator is a semicolon or a
// tab: to it, quotes within a cell of ours are no quotes.
func harmlessWithin(text string) string {
	if !strings.ContainsAny(text, ";\t\r\n") {
		return text
	}
	var b strings.Builder
	begins := false
	for at := range len(text) {
		if begins && isFormula(text[at:]) {
			b.WriteString(guard)
		}
		switch text[at] {
		case ';', '\t', '\r', '\n':
			begins = true
		case ' ', '"': // a spreadsheet may pass over them
		default:
			begins = false
		}
		b.WriteByte(text[at])
	}
	return b.String()
}

// isFormula takes a hyphen before a blank for that of a list.
func isFormula(text string) bool {
	switch text[0] {
	case '=', '+', '@':
		return true
	case '-':
		return len(text) > 1 && !strings.ContainsRune(" \t\r\n", rune(text[1]))
	}
	return false
}

// ndjsonExport writes one JSON object a line.
type ndjsonExport struct {
	out   *bufio.Writer
	names [][]byte // `"name":`
}

func newNDJSONExport(w io.Writer) exportFormat { return &ndjsonExport{out: bufio.NewWriter(w)} }

func (j *ndjsonExport) head(columns []exportColumn) error {
	for _, c := range columns {
		name, err := json.Marshal(c.name)
		if err != nil {
			return err
		}
		j.names = append(j.names, append(name, ':'))
	}
	return nil
}

func (j *ndjsonExport) row(values []json.RawMessage) error {
	line := []byte{'{'}
	for n, value := range values {
		if n > 0 {
			line = append(line, ',')
		}
		line = append(line, j.names[n]...)
		if len(value) == 0 {
			value = json.RawMessage("null")
		}
		line = append(line, value...)
	}
	_, err := j.out.Write(append(line, '}', '\n'))
	return err
}

func (j *ndjsonExport) flush() error { return j.out.Flush() }
