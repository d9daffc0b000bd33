package mirror

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"jirasync/db"
	"jirasync/jira"
)

// rows is a page as the database takes it.
type rows struct {
	issues  []db.IssueRow
	broken  []db.BrokenItem
	users   map[string]db.UserRow
	sprints map[int64]db.SprintRow
	noted   map[*jira.User]struct{} // in users: a page names few people often
}

// rows turns a page of Jira's into rows.
func (k *knowledge) rows(instance int, page jira.Page) rows {
	r := rows{users: map[string]db.UserRow{}, sprints: map[int64]db.SprintRow{}, noted: map[*jira.User]struct{}{}}
	now := time.Now()
	for i := range page.Issues {
		issue := &page.Issues[i]
		row := k.issueRow(instance, issue, r.user)
		row.SyncedAt = now
		r.issues = append(r.issues, row)
		if issue.HistoriesCut || issue.CommentsCut || issue.WorklogsCut {
			r.broken = append(r.broken, shortened(issue))
		}
		for _, s := range issue.Sprints {
			r.sprints[s.ID] = db.SprintRow{
				ID: s.ID, Name: s.Name, State: s.State, Goal: optional(s.Goal), BoardID: optional(s.BoardID),
				StartAt: s.Start, EndAt: s.End, DoneAt: s.Completed,
			}
		}
	}
	for _, b := range page.Broken {
		stage := "decode"
		if b.Raw == nil {
			stage = "fetch"
		}
		r.broken = append(r.broken, db.BrokenItem{
			JiraID: b.ID, Key: b.Key, Project: projectOf(b.Key), Stage: stage, Message: b.Err.Error(), Payload: b.Raw,
		})
	}
	return r
}

// user notes a person and returns their id.
func (r rows) user(u *jira.User) *string {
	if u == nil || u.ID == "" {
		return nil
	}
	if _, noted := r.noted[u]; noted {
		return &u.ID
	}
	r.noted[u] = struct{}{}
	r.users[u.ID] = db.UserRow{
		ID: u.ID, DisplayName: cmp.Or(u.DisplayName, u.Name, u.ID), Name: optional(u.Name),
		Email: optional(u.Email), AvatarURL: optional(u.AvatarURL), Active: u.Active,
	}
	return &u.ID
}

func (k *knowledge) issueRow(instance int, i *jira.Issue, user func(*jira.User) *string) db.IssueRow {
	row := db.IssueRow{
		InstanceID: instance, JiraID: i.ID, Key: i.Key, KeyNumber: numberOf(i.Key),
		ProjectID: i.ProjectID, ProjectKey: cmp.Or(i.ProjectKey, projectOf(i.Key)), ProjectName: cmp.Or(i.ProjectName, i.ProjectKey),
		TypeID: strconv.FormatInt(i.Type.ID, 10), Type: i.Type.Name,
		StatusID: strconv.FormatInt(i.Status.ID, 10), Status: i.Status.Name, StatusCategory: i.Status.Category,
		Resolution: optional(i.Resolution), Summary: i.Summary, Description: optional(i.Description),
		AssigneeID: user(i.Assignee), ReporterID: user(i.Reporter), CreatorID: user(i.Creator),
		Labels: i.Labels, Components: i.Components, FixVersions: i.FixVersions, AffectsVersions: i.AffectsVersions,
		ParentKey: optional(i.ParentKey), EpicKey: optional(i.EpicKey), CreatedAt: i.Created, UpdatedAt: i.Updated,
		ResolvedAt: i.Resolved, DueDate: i.Due, TimeSpentSeconds: i.TimeSpentSeconds, Fields: i.Fields, Replaced: i.Replaced,
		ContentHash: contentHash(i), PreviousKeys: previousKeys(i), Payload: i.Fields, InitialValues: k.initialValues(i),
		CommentsPart: i.CommentTotal < 0 || i.CommentsCut, WorklogsPart: i.WorklogTotal < 0 || i.WorklogsCut,
	}
	if i.Priority != nil {
		row.PriorityID, row.Priority = optional(strconv.FormatInt(i.Priority.ID, 10)), optional(i.Priority.Name)
		if rank, ok := k.rank(i.Priority.ID); ok {
			row.PriorityRank = &rank
		}
	}
	if i.ParentID != 0 {
		row.ParentID = optional(db.IssueID(instance, i.ParentID))
	}
	for _, s := range i.Sprints {
		row.SprintIDs = append(row.SprintIDs, s.ID)
	}
	addChildren(&row, instance, i, user)
	return row
}

func addChildren(row *db.IssueRow, instance int, i *jira.Issue, user func(*jira.User) *string) {
	for _, h := range i.Histories {
		row.Histories = append(row.Histories, db.HistoryRow{JiraID: h.ID, AuthorID: user(h.Author), CreatedAt: h.Created, Items: h.Items})
	}
	for _, c := range unique(i.Comments, func(c jira.Comment) int64 { return c.ID }) {
		row.Comments = append(row.Comments, db.CommentRow{
			JiraID: c.ID, AuthorID: user(c.Author), Body: c.Body, BodyRaw: c.Document, CreatedAt: c.Created, UpdatedAt: c.Updated,
		})
	}
	for _, w := range unique(i.Worklogs, func(w jira.Worklog) int64 { return w.ID }) {
		row.Worklogs = append(row.Worklogs, db.WorklogRow{
			JiraID: w.ID, AuthorID: user(w.Author), StartedAt: w.Started, TimeSpentSeconds: w.TimeSpentSeconds,
			Comment: optional(w.Comment), CommentRaw: w.Document, CreatedAt: w.Created, UpdatedAt: w.Updated,
		})
	}
	for _, l := range unique(i.Links, func(l jira.Link) int64 { return l.ID }) {
		link := db.LinkRow{JiraID: l.ID, Type: cmp.Or(l.Text, l.Type), Direction: l.Direction, OtherKey: l.OtherKey}
		if l.OtherID != 0 {
			link.OtherID = optional(db.IssueID(instance, l.OtherID))
		}
		row.Links = append(row.Links, link)
	}
}

// unique keeps the last of those with the same id: the tables hold one row each.
func unique[T any](list []T, id func(T) int64) []T {
	seen := make(map[int64]int, len(list))
	kept := list[:0:0]
	for _, item := range list {
		if at, twice := seen[id(item)]; twice {
			kept[at] = item
			continue
		}
		seen[id(item)] = len(kept)
		kept = append(kept, item)
	}
	return kept
}

const sprintClass = "service.sprint.Sprint"

// hashFields adds the fields to a sum, but for the address in `...service.sprint.Sprint@1f2e3d[`: Data
// Center prints another one at each request. It looks for the sign, which is rare.
func hashFields(sum hash.Hash, fields []byte) {
	for from := 0; ; {
		at := bytes.IndexByte(fields[from:], '@')
		if at < 0 {
			break
		}
		from += at + 1
		if !bytes.HasSuffix(fields[:from-1], []byte(sprintClass)) {
			continue
		}
		address := len(fields) - from - len(bytes.TrimLeft(fields[from:], "0123456789abcdef"))
		if address > 0 && from+address < len(fields) && fields[from+address] == '[' {
			sum.Write(fields[:from-1])
			fields, from = fields[from+address:], 0
		}
	}
	sum.Write(fields)
}

// reading is raised when issues are read in another way than before, so that those stored are
// written again although Jira sends the same.
const reading = 3

// contentHash tells whether anything that Jira sent of an issue has changed.
func contentHash(i *jira.Issue) []byte {
	sum := sha256.New()
	sum.Write([]byte{reading})
	sum.Write([]byte(i.Key))
	hashFields(sum, i.Fields)
	number := make([]byte, 0, 16)
	for _, h := range i.Histories {
		number = binary.LittleEndian.AppendUint64(number[:0], uint64(h.ID)) // only hashed
		sum.Write(binary.LittleEndian.AppendUint64(number, uint64(len(h.Items))))
	}
	if !isFoldable(i) {
		sum.Write([]byte{0}) // written again once it is, for the values at creation
	}
	// Lists that were refilled are not in the fields.
	for _, c := range i.Comments {
		number = binary.LittleEndian.AppendUint64(number[:0], uint64(c.ID)) // only hashed
		sum.Write(binary.LittleEndian.AppendUint64(number, uint64(c.Updated.UnixMilli())))
	}
	for _, w := range i.Worklogs {
		number = binary.LittleEndian.AppendUint64(number[:0], uint64(w.ID)) // only hashed
		sum.Write(binary.LittleEndian.AppendUint64(number, uint64(w.Updated.UnixMilli())))
	}
	return sum.Sum(nil)[:16]
}

// previousKeys reads from the histories which keys the issue had before it was moved.
func previousKeys(i *jira.Issue) []db.PreviousKey {
	var keys []db.PreviousKey
	for _, h := range i.Histories {
		for _, item := range h.Changes {
			if item.Field == "Key" && item.FromString != "" {
				keys = append(keys, db.PreviousKey{Key: item.FromString, Until: h.Created})
			}
		}
	}
	return keys
}

// projectOf and numberOf take a key such as WEB-9 apart.
func projectOf(key string) string {
	project, _ := cutLast(key)
	return project
}

func numberOf(key string) int {
	_, number := cutLast(key)
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil {
		return 0
	}
	return int(n)
}

// cutLast divides at the last hyphen. Without one, all is before it.
func cutLast(key string) (before, after string) {
	at := strings.LastIndexByte(key, '-')
	if at < 0 {
		return key, ""
	}
	return key[:at], key[at+1:]
}

// optional is nil for a zero value: what Jira did not say is NULL, not empty.
func optional[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// sortedValues are a map's values in order of its keys: everyone takes row locks in one order.
func sortedValues[K cmp.Ordered, V any](m map[K]V) []V {
	keys := sortedKeys(m)
	values := make([]V, len(keys))
	for i, key := range keys {
		values[i] = m[key]
	}
	return values
}
