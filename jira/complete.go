package jira

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
)

// Complete refills the embedded lists that came cut. What either reading has is kept, each
// entry once. An issue that vanished meanwhile keeps what it has, without a count. A list that
// Jira ends before its own count of it stays marked as cut.
func (c *Client) Complete(ctx context.Context, issues []*Issue) error {
	d, err := c.dialect(ctx)
	if err != nil {
		return err
	}
	var cut []*Issue
	for _, issue := range issues {
		if issue.HistoriesCut {
			cut = append(cut, issue)
		}
	}
	if len(cut) > 0 {
		if err := d.histories(ctx, cut); err != nil {
			return fmt.Errorf("complete changelogs: %w", err)
		}
	}
	for _, issue := range issues {
		if err := c.completeComments(ctx, d, issue); err != nil {
			return fmt.Errorf("complete comments of %s: %w", issue.Key, err)
		}
		if err := c.completeWorklogs(ctx, d, issue); err != nil {
			return fmt.Errorf("complete worklogs of %s: %w", issue.Key, err)
		}
	}
	return nil
}

func (c *Client) completeComments(ctx context.Context, d dialect, issue *Issue) error {
	if !issue.CommentsCut {
		return nil
	}
	short, err := c.pages(ctx, d, issue.ID, "comment", url.Values{"orderBy": {"created"}}, func(page *embeddedList) (odd, known int) {
		issue.Comments = union(issue.Comments, page.comments, func(c *Comment) int64 { return c.ID })
		return page.came - len(page.comments), len(issue.Comments)
	})
	issue.CommentTotal, issue.CommentsCut, err = refilled(issue.CommentTotal, len(issue.Comments), short, err)
	return err
}

func (c *Client) completeWorklogs(ctx context.Context, d dialect, issue *Issue) error {
	if !issue.WorklogsCut {
		return nil
	}
	short, err := c.pages(ctx, d, issue.ID, "worklog", nil, func(page *embeddedList) (odd, known int) {
		issue.Worklogs = union(issue.Worklogs, page.worklogs, func(w *Worklog) int64 { return w.ID })
		for i := range issue.Worklogs {
			issue.Worklogs[i].IssueID = orDefault(issue.Worklogs[i].IssueID, issue.ID)
		}
		return page.came - len(page.worklogs), len(issue.Worklogs)
	})
	issue.WorklogTotal, issue.WorklogsCut, err = refilled(issue.WorklogTotal, len(issue.Worklogs), short, err)
	return err
}

// refilled is the count of a list after its refill, and whether it is still cut. Of an issue that
// vanished there is no count, nor of a list that Jira leaves out wherever it is asked for it.
func refilled(total, known int, short bool, err error) (int, bool, error) {
	switch {
	case isAbsent(err):
		return -1, false, nil
	case err != nil, short && total < 0:
		return total, true, err
	}
	return max(total, known), short, nil
}

// list reads a page of a list from its own endpoint.
func (c *Client) list(ctx context.Context, r request) (page embeddedList, err error) {
	_, err = c.call(ctx, r, func(body []byte) (err error) {
		if suspect(body) {
			body, _ = sanitize(body)
		}
		page, err = decodeList(body)
		return err
	})
	return page, err
}

// pages reads a list of an issue page by page, by offset, going on by what came. It ends at
// the total; without one, or with one that is too large, at a page that brings nothing new. The
// list is short if the last total counts more than came: it counts only what we may see.
func (c *Client) pages(
	ctx context.Context, d dialect, id int64, list string, query url.Values, take func(*embeddedList) (odd, known int),
) (short bool, err error) {
	path := d.root() + "issue/" + strconv.FormatInt(id, 10) + "/" + list
	for start, odd, before := 0, 0, -1; ; {
		asked := url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {"1000"}}
		for name, values := range query {
			asked[name] = values
		}
		page, err := c.list(ctx, get(path, asked))
		if err != nil {
			return false, err
		}
		more, known := take(&page)
		odd += more
		start += page.came
		// A server that sends the same page for each offset brings nothing that is not known.
		if page.came == 0 || page.total.OK && int64(start) >= page.total.N || known == before {
			return page.total.OK && int64(known+odd) < page.total.N, nil
		}
		before = known
	}
}

func (i *Issue) addHistories(more []History) {
	i.Histories = union(i.Histories, more, func(h *History) int64 { return h.ID })
	sortHistories(i.Histories)
	if i.HistoryTotal >= 0 { // else nobody has counted them yet
		i.HistoryTotal = max(i.HistoryTotal, len(i.Histories))
	}
}

// historyPages reads the changelog of one issue. It is short by its own total; where it has none, by
// that of the issue, and where nobody counted.
func (c *Client) historyPages(ctx context.Context, d dialect, issue *Issue) (short bool, err error) {
	total, counted := issue.HistoryTotal, false
	short, err = c.pages(ctx, d, issue.ID, "changelog", nil, func(page *embeddedList) (odd, known int) {
		issue.addHistories(page.histories)
		counted = page.total.OK
		return page.came - len(page.histories), len(issue.Histories)
	})
	return short || !counted && (total < 0 || len(issue.Histories) < total), err
}

// histories asks for the changelogs of many issues at once, and for that of one issue alone
// where the two disagree on how much there is, or nobody counted: either has been seen to leave
// entries out.
func (d *cloud) histories(ctx context.Context, issues []*Issue) error {
	const most = 1000 // issues in a request
	for start := 0; start < len(issues); start += most {
		part := issues[start:min(start+most, len(issues))]
		if err := d.bulkHistories(ctx, part); err != nil {
			return err
		}
		for _, issue := range part {
			short, err := false, error(nil)
			if issue.HistoryTotal < 0 || len(issue.Histories) < issue.HistoryTotal {
				short, err = d.c.historyPages(ctx, d, issue)
			}
			issue.HistoryTotal, issue.HistoriesCut, err = refilled(issue.HistoryTotal, len(issue.Histories), short, err)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

type bulkChangelog struct {
	IDs        []string `json:"issueIdsOrKeys"`
	MaxResults int      `json:"maxResults"`
	Token      string   `json:"nextPageToken,omitempty"`
}

func (d *cloud) bulkHistories(ctx context.Context, issues []*Issue) error {
	byID := make(map[int64]*Issue, len(issues))
	ids := make([]int64, 0, len(issues))
	for _, issue := range issues {
		byID[issue.ID] = issue
		ids = append(ids, issue.ID)
	}
	used := map[string]bool{}
	ask := bulkChangelog{IDs: idTexts(ids), MaxResults: 10000}
	for {
		page, err := d.c.list(ctx, post("rest/api/3/changelog/bulkfetch", ask))
		if err != nil {
			return err
		}
		for _, change := range page.changes {
			if issue := byID[change.issueID]; issue != nil { // an issue may be spread over pages
				issue.addHistories(change.histories)
			}
		}
		if page.token == "" || used[page.token] { // a gap is found by the totals
			return nil
		}
		used[page.token] = true
		ask.Token = page.token
	}
}
