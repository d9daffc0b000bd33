package jirasim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// journal is the file of changes since birth: a line that says whose they are, then a line
// for each. A nil journal keeps nothing.
//
// A change is in the file before anybody can see it, so that a process that is killed
// comes back with everything that it ever showed. A machine that loses power may lose the
// last seconds.
type journal struct {
	file *os.File
	line []byte
}

type journalHead struct {
	Version int    `json:"jirasim"`
	Flavor  Flavor `json:"flavor"`
	Name    string `json:"name"`
	Seed    uint64 `json:"seed"`
	Issues  int    `json:"issues"`
	Fields  int    `json:"fields"`
	Scale   string `json:"scale"`
	Poison  int    `json:"poison,omitempty"`
	Epoch   int64  `json:"epoch"` // ms
}

// StateError says that the state kept belongs to other options.
type StateError struct {
	Path         string
	Member       string // the option that differs
	Kept, Wanted any
}

func (e *StateError) Error() string {
	return fmt.Sprintf("the data kept in %s was made with %s %v, not %v: use the same again, or remove the file to begin anew",
		e.Path, e.Member, e.Kept, e.Wanted)
}

// openJournal reads the state kept, if any, and sets the options' epoch.
func openJournal(o *Options) (*journal, []*event, error) {
	if o.Epoch.IsZero() {
		o.Epoch = o.Now()
	}
	o.Epoch = o.Epoch.Truncate(time.Millisecond).UTC()
	if o.StatePath == "" {
		return nil, nil, nil
	}
	text, err := os.ReadFile(o.StatePath)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	head, events, whole, err := readJournal(text)
	if err != nil {
		return nil, nil, fmt.Errorf("journal %s: %w", o.StatePath, err)
	}
	if head != nil {
		if err := head.match(o); err != nil {
			return nil, nil, err
		}
		o.Epoch = time.UnixMilli(head.Epoch).UTC()
	}
	if err := os.MkdirAll(filepath.Dir(o.StatePath), 0o755); err != nil {
		return nil, nil, err
	}
	file, err := os.OpenFile(o.StatePath, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, nil, err
	}
	j := &journal{file: file}
	if err := j.begin(head, headOf(o), whole); err != nil {
		_ = file.Close() // the error that counts is the first
		return nil, nil, err
	}
	return j, events, nil
}

// begin cuts off a line that was torn by the end of the process and writes a missing head.
func (j *journal) begin(kept *journalHead, own journalHead, whole int64) error {
	if err := j.file.Truncate(whole); err != nil {
		return err
	}
	if _, err := j.file.Seek(whole, 0); err != nil {
		return err
	}
	if kept != nil {
		return nil
	}
	line, err := json.Marshal(own)
	if err != nil {
		return err
	}
	_, err = j.file.Write(append(line, '\n'))
	return err
}

func headOf(o *Options) journalHead {
	return journalHead{1, o.Flavor, o.Name, o.Seed, o.Issues, o.FieldCount, o.PayloadScale, o.PoisonEvery, o.Epoch.UnixMilli()}
}

func (h *journalHead) match(o *Options) error {
	own := headOf(o)
	for _, m := range []struct {
		name         string
		kept, wanted any
	}{
		{"version", h.Version, own.Version},
		{"flavor", h.Flavor, own.Flavor},
		{"name", h.Name, own.Name},
		{"seed", h.Seed, own.Seed},
		{"issues", h.Issues, own.Issues},
		{"field count", h.Fields, own.Fields},
		{"payload scale", h.Scale, own.Scale},
		{"poison", h.Poison, own.Poison},
	} {
		if m.kept != m.wanted {
			return &StateError{o.StatePath, m.name, m.kept, m.wanted}
		}
	}
	return nil
}

// readJournal reads the whole lines; whole is where they end.
func readJournal(text []byte) (head *journalHead, events []*event, whole int64, err error) {
	for {
		line, rest, found := bytes.Cut(text, []byte{'\n'})
		if !found {
			return head, events, whole, nil
		}
		if head == nil {
			head = &journalHead{}
			err = json.Unmarshal(line, head)
		} else {
			e := &event{}
			err = json.Unmarshal(line, e)
			events = append(events, e)
		}
		if err != nil {
			return nil, nil, 0, fmt.Errorf("line at byte %d: %w", whole, err)
		}
		whole += int64(len(line)) + 1
		text = rest
	}
}

// write appends events, all in one write.
func (j *journal) write(events []*event) error {
	if j == nil || len(events) == 0 {
		return nil
	}
	j.line = j.line[:0]
	for _, e := range events {
		text, err := json.Marshal(e)
		if err != nil {
			return err
		}
		j.line = append(append(j.line, text...), '\n')
	}
	_, err := j.file.Write(j.line)
	return err
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}
