package jirasim

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"time"
)

// Truth is what Jira shows of one issue.
type Truth struct {
	ID         int64
	Key        string
	ProjectKey string
	Summary    string
	Status     string
	Updated    time.Time

	// FieldsHash is HashFields of the object that fields=*all gives now, in Cloud's v3 or
	// Data Center's v2.
	FieldsHash [32]byte

	ChangelogIDs, CommentIDs, WorklogIDs []int64 // all of them, whatever embedded lists show
}

// Truth yields every issue that Jira shows the API user, in the order of ids, as of the
// call of each: what happens meanwhile may or may not be seen.
func (s *Sim) Truth(yield func(Truth) bool) {
	settings := s.faults.Settings()
	x := s.truthWriter(&settings)
	var b []byte
	for idx := int32(0); ; idx++ {
		s.mu.RLock()
		if int(idx) >= len(s.world.recs) {
			s.mu.RUnlock()
			return
		}
		rec := s.world.recs[idx]
		if !s.world.visible(&rec) {
			s.mu.RUnlock()
			continue
		}
		b = x.read(b[:0], idx)
		t := x.truth()
		s.mu.RUnlock()
		hash, err := HashFields(b)
		if err != nil {
			s.log.Error("hash an issue", "issue", t.Key, "error", err)
			return
		}
		t.FieldsHash = hash
		if !yield(t) {
			return
		}
	}
}

// Live yields the ids of the issues that Truth yields; cheap, without hashes.
func (s *Sim) Live(yield func(id int64) bool) {
	s.mu.RLock()
	var ids []int64
	for idx := range s.world.recs {
		if s.world.visible(&s.world.recs[idx]) {
			ids = append(ids, s.world.id(int32(idx)))
		}
	}
	s.mu.RUnlock()
	for _, id := range ids {
		if !yield(id) {
			return
		}
	}
}

// Fields is the object that fields=*all gives for an issue; nil if it cannot be read.
func (s *Sim) Fields(id int64) []byte {
	settings := s.faults.Settings()
	x := s.truthWriter(&settings)
	s.mu.RLock()
	defer s.mu.RUnlock()
	idx, ok := s.live(id)
	if !ok {
		return nil
	}
	return x.read(nil, idx)
}

func (s *Sim) truthWriter(settings *Settings) *writer {
	return &writer{w: s.world, v: s.world.newView([]string{"*all"}, "*all", s.opts.Flavor == Cloud, false, settings)}
}

// read works out the issue and appends its fields.
func (x *writer) read(b []byte, idx int32) []byte {
	x.w.stateAt(&x.st, idx, uint64(len(x.w.events)))
	return x.fields(b)
}

func (x *writer) truth() Truth {
	w, st := x.w, &x.st
	t := Truth{
		ID: w.id(st.idx), Key: w.keyOf(&st.rec), ProjectKey: w.projects[st.rec.project].key,
		Summary: summary(st.summary), Status: w.dict.statuses[st.status].name,
		Updated: time.UnixMilli(st.rec.updated).UTC(),
	}
	for i := range st.histories {
		t.ChangelogIDs = append(t.ChangelogIDs, st.histories[i].id)
	}
	for i := range st.comments {
		t.CommentIDs = append(t.CommentIDs, st.comments[i].id)
	}
	for i := range st.worklogs {
		t.WorklogIDs = append(t.WorklogIDs, st.worklogs[i].id)
	}
	return t
}

// truthLine is Truth as /_sim/truth tells it.
type truthLine struct {
	ID        int64  `json:"id"`
	Key       string `json:"key"`
	Project   string `json:"project"`
	Summary   string `json:"summary"`
	Status    string `json:"status"`
	Updated   int64  `json:"updated"` // ms
	Hash      string `json:"hash"`
	Changelog int    `json:"changelog"` // entries
	Comments  int    `json:"comments"`
	Worklogs  int    `json:"worklogs"`
}

// writeTruth writes a line of JSON for each issue.
func (s *Sim) writeTruth(out io.Writer) {
	lines := json.NewEncoder(out)
	s.Truth(func(t Truth) bool {
		err := lines.Encode(truthLine{
			t.ID, t.Key, t.ProjectKey, t.Summary, t.Status, t.Updated.UnixMilli(), hex.EncodeToString(t.FieldsHash[:]),
			len(t.ChangelogIDs), len(t.CommentIDs), len(t.WorklogIDs),
		})
		return err == nil
	})
}
