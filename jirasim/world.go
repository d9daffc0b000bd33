package jirasim

import (
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// record is what searching needs of an issue. A million of them take 24 MB.
type record struct {
	created, updated int64 // ms
	num              uint32
	project          uint16
	kind             uint8
	flags            uint8
}

const (
	flagTouched  = 1 << iota // changed since birth, or born after the epoch: see world.touched
	flagDeleted              //
	flagArchived             //
)

// past is what an issue went through since the epoch.
type past struct {
	birth  record
	since  uint64 // the event of its creation; 0: born before the epoch
	events []*event
}

// world is the data of one Jira: what was at the epoch, and what happened since.
type world struct {
	opts  Options
	epoch int64
	cal   calendar
	zone  *time.Location

	rest     string // the API's own address, as documents name it
	issueURL string

	people   []person
	projects []*project
	dict     dictionaries
	fields   []*field
	fieldAt  map[string]int // by id
	points   int            // place of Story Points
	phrases  [][]byte
	keyed    map[string]int // places of projects by key, upper case

	recs       []record  // in the order of creation, which is that of ids
	born       [][]int32 // by project: its issues in the order of their keys
	joined     [][]int32 // by project: issues that moved in, in the order of ids
	lastNum    []uint32  // by project: the number of its newest key
	updatedAt  []int64   // each change's time, ascending: first those of birth, then later ones
	updatedIdx []int32   // the issue changed
	moved      map[string]int32

	sprintsNamed map[string]string // by id, since they were renamed

	touched map[int32]*past
	events  []*event
	atBirth int // issues born before the epoch

	nextHistory, nextComment, nextWorklog int64
	commentRuns, worklogRuns              []idRun
	deletedWorklogs                       []goneWorklog
}

func newWorld(o Options, epoch time.Time) (*world, error) {
	zone, err := time.LoadLocation(o.TimeZone)
	if err != nil {
		return nil, err
	}
	w := &world{
		opts: o, epoch: epoch.UnixMilli(), cal: newCalendar(epoch, o.Issues), zone: zone,
		people: makePeople(o), dict: makeDictionaries(o), fields: makeFields(o), phrases: makePhrases(o.Seed),
		fieldAt: map[string]int{}, keyed: map[string]int{}, moved: map[string]int32{}, sprintsNamed: map[string]string{}, touched: map[int32]*past{},
		atBirth: o.Issues,
	}
	w.rest = o.baseURL() + "/rest/api/" + apiVersion(o.Flavor)
	w.issueURL = w.rest + "/issue/"
	w.projects = makeProjects(o, len(w.people))
	for i, f := range w.fields {
		w.fieldAt[f.id] = i
		if f.name == "Story Points" {
			w.points = i
		}
	}
	for i, p := range w.projects {
		w.keyed[strings.ToUpper(p.key)] = i
		p.fields = w.scheme(i)
	}
	w.nextHistory = historyID(o.Issues, 0)
	w.nextComment = commentID(o.Issues, 0)
	w.nextWorklog = worklogID(o.Issues, 0)
	w.populate()
	return w, nil
}

// scheme is the list of fields that the documents of a project bear.
func (w *world) scheme(project int) []int {
	var places []int
	for i, f := range w.fields {
		d := dice(mix(mix(w.opts.Seed, 0x5c4e3e), mix(uint64(project), f.salt)))
		if f.inDocuments() && (f.present >= 100 || d.chance(f.present)) {
			places = append(places, i)
		}
	}
	return places
}

// populate makes the records of all issues at birth.
func (w *world) populate() {
	n := w.atBirth
	w.recs = make([]record, n, n+n/16+1024)
	w.born = make([][]int32, len(w.projects))
	w.joined = make([][]int32, len(w.projects))
	shares := projectShares(w.projects)
	nums := make([]uint32, len(w.projects))
	w.lastNum = nums
	for i := range w.recs {
		d := dice(mix(w.opts.Seed, uint64(i)))
		created := min(w.cal.born(i), w.epoch-minute)
		p := w.drawProject(&d, shares, float64(i)/float64(n))
		nums[p]++
		if d.chance(6) { // its predecessor was deleted long ago
			nums[p] += 1 + uint32(d.n(3))
		}
		w.recs[i] = record{created: created, num: nums[p], project: uint16(p), kind: drawKind(&d)}
		w.recs[i].updated = w.drawUpdated(&d, created)
		w.born[p] = append(w.born[p], int32(i))
	}
	w.indexUpdated()
}

// indexUpdated orders the issues by their last change before the epoch.
func (w *world) indexUpdated() {
	n := len(w.recs)
	w.updatedIdx = make([]int32, n, n+n/16+1024)
	for i := range w.updatedIdx {
		w.updatedIdx[i] = int32(i)
	}
	slices.SortFunc(w.updatedIdx, func(a, b int32) int {
		if d := w.recs[a].updated - w.recs[b].updated; d != 0 {
			return int(d>>63) | 1
		}
		return int(a - b)
	})
	w.updatedAt = make([]int64, n, cap(w.updatedIdx))
	for i, idx := range w.updatedIdx {
		w.updatedAt[i] = w.recs[idx].updated
	}
}

func projectShares(projects []*project) []float64 {
	shares := make([]float64, len(projects))
	sum := 0.0
	for i, p := range projects {
		sum += p.weight
		shares[i] = sum
	}
	for i := range shares {
		shares[i] /= sum
	}
	return shares
}

// drawProject chooses a project that is open at this share of the time.
func (w *world) drawProject(d *dice, shares []float64, when float64) int {
	for range 4 {
		p := sort.SearchFloat64s(shares, d.float())
		if w.projects[p].from <= when && when <= w.projects[p].until {
			return p
		}
	}
	return 0
}

func drawKind(d *dice) uint8 {
	return uint8(d.weighted([]int{kindEpic: 4, kindStory: 26, kindTask: 30, kindBug: 25, kindSubtask: 15}))
}

// drawUpdated draws the last change before the epoch: mostly within weeks of the birth,
// now and then years later, never after the epoch.
func (w *world) drawUpdated(d *dice, created int64) int64 {
	if d.chance(5) {
		return created
	}
	life := int64(math.Exp(d.float()*8.5) * float64(hour) / 2)
	return min(created+life, w.epoch-1-int64(d.n(int(min(w.epoch-created, day)))))
}

const (
	firstID     = 10_000
	idStep      = 3
	historyStep = 200
	noteStep    = 100
)

func historyID(idx, n int) int64 { return 100_000 + int64(idx)*historyStep + int64(n) }
func commentID(idx, n int) int64 { return 10_000 + int64(idx)*noteStep + int64(n) }
func worklogID(idx, n int) int64 { return 10_050 + int64(idx)*noteStep + int64(n) }

// id is the numeric id of an issue; ids have gaps.
func (w *world) id(idx int32) int64 {
	return firstID + idStep*int64(idx) + int64(mix(w.opts.Seed, uint64(idx)^0x1d)%idStep)
}

// byID finds an issue by its numeric id.
func (w *world) byID(id int64) (int32, bool) {
	idx := (id - firstID) / idStep
	if id < firstID || idx >= int64(len(w.recs)) || w.id(int32(idx)) != id {
		return 0, false
	}
	return int32(idx), true
}

// byKey finds an issue by its key or one it had before it moved. Upper and lower case are
// the same to Jira.
func (w *world) byKey(key string) (int32, bool) {
	key = strings.ToUpper(key)
	if idx, ok := w.moved[key]; ok {
		return idx, true
	}
	at := strings.LastIndexByte(key, '-')
	if at < 0 {
		return 0, false
	}
	p, ok := w.keyed[key[:at]]
	num, err := strconv.ParseUint(key[at+1:], 10, 32)
	if !ok || err != nil {
		return 0, false
	}
	list := w.born[p]
	n := sort.Search(len(list), func(i int) bool { return w.birth(list[i]).num >= uint32(num) })
	if n == len(list) || w.birth(list[n]).num != uint32(num) {
		return 0, false
	}
	return list[n], true
}

func (w *world) birth(idx int32) record {
	if w.recs[idx].flags&flagTouched != 0 {
		return w.touched[idx].birth
	}
	return w.recs[idx]
}

func (w *world) appendKey(b []byte, rec *record) []byte {
	b = append(b, w.projects[rec.project].key...)
	b = append(b, '-')
	return strconv.AppendUint(b, uint64(rec.num), 10)
}

func (w *world) keyOf(rec *record) string { return string(w.appendKey(nil, rec)) }
