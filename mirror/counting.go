package mirror

import "jirasync/db"

// unplanned is the read that brings what no other was planned for: items tried again, what a census
// missed, what is read once more.
const unplanned = ""

// awaited is a read as those see it who watch how far it has come.
type awaited struct {
	total *int // by Jira's count, which may be an estimate; nil: not known
	done  int
	ended bool
}

// expected is how many issues the read brings in all: never fewer than came, and no more once it
// has ended.
func (r *awaited) expected() int {
	if r.ended || r.total == nil {
		return r.done
	}
	return max(*r.total, r.done)
}

// read finds or opens the count of a read. The lock is held.
func (t *tracker) read(name string) *awaited {
	r, known := t.reads[name]
	if !known {
		r = &awaited{}
		t.reads[name] = r
	}
	return r
}

// expected is how many issues the run brings in all; nil where Jira told of no read how much it
// is. The lock is held.
func (t *tracker) expected() *int {
	sum, told := 0, false
	for _, r := range t.reads {
		sum += r.expected()
		told = told || r.total != nil
	}
	if !told {
		return nil
	}
	return &sum
}

// expect notes how many issues a read will bring, when Jira says so; once a read.
func (t *tracker) expect(name string, total int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r := t.read(name); total >= 0 && r.total == nil {
		r.total = &total
	}
}

// expectProject notes how many issues a read of a project will bring.
func (t *tracker) expectProject(project db.ProjectRow, total int) {
	t.mu.Lock()
	t.project(project.ID, project.Key).Expected = &total
	t.mu.Unlock()
	t.expect(project.Key, total)
}

// endRead notes that a read brings no more.
func (t *tracker) endRead(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.read(name).ended = true
}
