package mirror

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"jirasync/db"
	"jirasync/jira"
)

// complete refills lists that Jira cut short inside its issues, or left out.
func (r *runner) complete(ctx context.Context, issues []jira.Issue) error {
	if err := r.noteLeftOut(ctx, issues); err != nil {
		return err
	}
	var cut []*jira.Issue
	for i := range issues {
		if issue := &issues[i]; issue.CommentsCut || issue.WorklogsCut || issue.HistoriesCut {
			cut = append(cut, issue)
		}
	}
	if len(cut) == 0 {
		return nil
	}
	return r.client.Complete(ctx, cut)
}

// noteLeftOut takes lists that Jira left out for cut ones. The changelog was asked for, so it has to be
// there. Comments and worklogs can be hidden from all issues of a kind, whose every one would then cost a
// request: they are only missed where another of the kind has come with them. Those of an issue that is
// held stay as they were.
func (r *runner) noteLeftOut(ctx context.Context, issues []jira.Issue) error {
	r.known.noteLists(issues)
	var without []int64
	for i := range issues {
		issue := &issues[i]
		issue.HistoriesCut = issue.HistoriesCut || issue.HistoryTotal < 0
		if comments, worklogs := r.known.misses(issue); comments || worklogs {
			without = append(without, issue.ID)
		}
	}
	if len(without) == 0 {
		return nil
	}
	held, err := r.store.KnownIssues(ctx, r.Instance.ID, without)
	if err != nil {
		return err
	}
	for i := range issues {
		if issue := &issues[i]; slices.Contains(without, issue.ID) && !slices.Contains(held, issue.ID) {
			comments, worklogs := r.known.misses(issue)
			issue.CommentsCut, issue.WorklogsCut = issue.CommentsCut || comments, issue.WorklogsCut || worklogs
		}
	}
	return nil
}

// issueKind is what Jira hides fields by: a project's configuration for a type of issue.
type issueKind struct{ project, issueType int64 }

// shownLists are the lists with which an issue of a kind has come.
type shownLists struct{ comments, worklogs bool }

// noteLists learns with which lists issues come.
func (k *knowledge) noteLists(issues []jira.Issue) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lists == nil {
		k.lists = map[issueKind]shownLists{}
	}
	for i := range issues {
		of := issueKind{issues[i].ProjectID, issues[i].Type.ID}
		shown := k.lists[of]
		k.lists[of] = shownLists{shown.comments || issues[i].CommentTotal >= 0, shown.worklogs || issues[i].WorklogTotal >= 0}
	}
}

// misses tells which lists an issue came without that others of its kind have.
func (k *knowledge) misses(i *jira.Issue) (comments, worklogs bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	shown := k.lists[issueKind{i.ProjectID, i.Type.ID}]
	return shown.comments && i.CommentTotal < 0, shown.worklogs && i.WorklogTotal < 0
}

// shortened is the failure of an issue whose lists Jira did not give in full, so that it is asked for
// again.
func shortened(i *jira.Issue) db.BrokenItem {
	return db.BrokenItem{
		JiraID: i.ID, Key: i.Key, Project: cmp.Or(i.ProjectKey, projectOf(i.Key)), Stage: "fetch", Payload: i.Fields,
		Message: fmt.Sprintf("Jira gave %s comments, %s worklogs and %s history entries: those that it did not give stay as they were",
			share(len(i.Comments), i.CommentTotal, i.CommentsCut), share(len(i.Worklogs), i.WorklogTotal, i.WorklogsCut),
			share(len(i.Histories), i.HistoryTotal, i.HistoriesCut)),
	}
}

func share(came, of int, cut bool) string {
	if cut && of < 0 {
		return fmt.Sprintf("%d of an unknown number of", came)
	}
	return fmt.Sprintf("%d of %d", came, max(of, came))
}

// keepInitial has issues whose changelog is not whole keep the values at creation that the mirror has.
func (r *runner) keepInitial(ctx context.Context, issues []jira.Issue, rows []db.IssueRow) error {
	var part []int64
	for i := range issues {
		if !isFoldable(&issues[i]) {
			part = append(part, issues[i].ID)
		}
	}
	if len(part) == 0 {
		return nil
	}
	held, err := r.store.InitialValues(ctx, r.Instance.ID, part)
	if err != nil {
		return err
	}
	for i := range rows {
		if values, known := held[rows[i].JiraID]; known {
			rows[i].InitialValues = values
		}
	}
	return nil
}
