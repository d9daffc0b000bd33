package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// How many issues one request reads by id: Cloud's limits.
const (
	chunk              = 100
	chunkWithChangelog = 40
)

// Issues reads issues by id, a moved one too. An id that is in neither result does not exist
// or is hidden from us.
func (c *Client) Issues(ctx context.Context, ids []int64, changelog bool) (found []Issue, broken []Broken, err error) {
	d, err := c.dialect(ctx)
	if err != nil {
		return nil, nil, err
	}
	size := chunk
	if changelog {
		size = chunkWithChangelog
	}
	for part := range slices.Chunk(ids, size) {
		page, err := d.issues(ctx, part, changelog)
		if err != nil {
			return found, broken, fmt.Errorf("read %d issues by id: %w", len(part), err)
		}
		found = append(found, page.issues...)
		broken = append(broken, page.broken...)
	}
	return found, broken, nil
}

// State is what Jira tells of an issue that is asked for by its id.
type State int

// The states of an issue.
const (
	StateVisible   State = iota // it is there
	StateArchived               // it is there, archived or in an archived project
	StateDeleted                // Jira says that it does not exist
	StateForbidden              // Jira says that we may not see it
	StateGone                   // one of the two; Jira does not say which
)

func (s State) String() string {
	names := [...]string{"visible", "archived", "deleted", "forbidden", "gone"}
	if s < 0 || int(s) >= len(names) {
		return "State(" + strconv.Itoa(int(s)) + ")"
	}
	return names[s]
}

// Confirmed is what became of one issue.
type Confirmed struct {
	State  State
	Issue  *Issue  // nil unless it is there and can be decoded
	Broken *Broken // it is there but cannot be decoded
}

// Confirm reads one issue from Jira's database, not its index, and so tells whether an issue
// that searches no longer find is really gone, as long as it shows another.
func (c *Client) Confirm(ctx context.Context, id int64) (Confirmed, error) {
	d, err := c.dialect(ctx)
	if err != nil {
		return Confirmed{State: StateGone}, err
	}
	page, err := c.issue(ctx, d, id, true)
	switch {
	case isAbsent(err):
		return Confirmed{State: absence(err)}, nil
	case err != nil:
		return Confirmed{State: StateGone}, fmt.Errorf("confirm issue %d: %w", id, err)
	case len(page.issues) > 0 && page.issues[0].Archived:
		return Confirmed{State: StateArchived, Issue: &page.issues[0]}, nil
	case len(page.issues) > 0:
		return Confirmed{Issue: &page.issues[0]}, nil
	}
	broken := &page.broken[0]
	broken.ID = id // even where it cannot be read from the answer
	return Confirmed{Broken: broken}, nil
}

// issue reads one issue by id.
func (c *Client) issue(ctx context.Context, d dialect, id int64, changelog bool) (answer, error) {
	query := url.Values{"fields": {"*all"}}
	if changelog {
		query.Set("expand", "changelog")
	}
	var one answer
	path := d.root() + "issue/" + strconv.FormatInt(id, 10)
	_, err := c.call(ctx, get(path, query), func(body []byte) (err error) {
		one, err = decodeIssue(body, c.special.Load())
		return err
	})
	return one, err
}

// isAbsent tells errors that may speak of one issue from those that speak of the instance: a refused
// login is no word on an issue. What is in front of Jira, or a Jira whose REST module is not loaded,
// finds nothing too, in the same form: only beside an issue that is shown does it tell of this one.
func isAbsent(err error) bool {
	var missing *NotFoundError
	var refused *RefusedError
	return errors.As(err, &missing) ||
		errors.As(err, &refused) && refused.Status == http.StatusForbidden && !refused.Captcha && speaksOfIssue(refused.Reason)
}

func speaksOfIssue(reason string) bool { return strings.Contains(strings.ToLower(reason), "issue") }

// absence reads the reason. Data Center tells those who have logged in which it is; Cloud
// names both.
func absence(err error) State {
	reason := strings.ToLower(err.Error())
	var missing *NotFoundError
	if errors.As(err, &missing) {
		reason = strings.ToLower(strings.Join(missing.Messages, " "))
	}
	permission, existence := strings.Contains(reason, "permission"), strings.Contains(reason, "does not exist")
	switch {
	case permission && !existence:
		return StateForbidden
	case existence && !permission:
		return StateDeleted
	default:
		return StateGone
	}
}
