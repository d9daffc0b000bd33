package db

import (
	"context"

	"github.com/jackc/pgx/v5/pgtype"
)

// What hangs on issues is read after them, perhaps from a replica that is behind where they were read. So
// each such statement tells, in its own snapshot, what its answer depends on: the versions of the issues'
// projects or, of an issue that is not there, of its instance, any page of which can bring it. They
// stand in the rows of the first issue only.

// askedIssues are the issues of the first argument, with their places.
const askedIssues = "(SELECT place, issue_id FROM unnest($1::bigint[]) WITH ORDINALITY AS i (issue_id, place))"

// askedVersions are the versions told of them, where they go by the name i.
const askedVersions = "CASE WHEN i.place = 1 THEN " + versionsHead + askedIssues + versionsTail + " END"

// issueVersions are those of the issues in asked, which go by that name.
func issueVersions(name, asked string) string {
	return "CASE WHEN " + name + ".place = 1 THEN " + versionsHead + asked + versionsTail + " END"
}

const (
	versionsHead = `(SELECT coalesce(string_agg(CASE WHEN o.project_id IS NULL
    THEN 'instance:' || o.instance_id || '=' || coalesce((SELECT n.version FROM jira_sync.jira_instances n WHERE n.instance_id = o.instance_id), 0)
    ELSE 'project:' || o.instance_id || ':' || o.project_id || '=' || coalesce((SELECT p.version FROM jira_sync.jira_projects p
        WHERE p.instance_id = o.instance_id AND p.project_id = o.project_id), 0) END, ' '), '')
    FROM (SELECT DISTINCT (a.issue_id >> 48)::int AS instance_id, o.project_id FROM `
	versionsTail = " a LEFT JOIN jira_sync.jira_issues o USING (issue_id)) o)"
)

// toldVersions takes them from the rows of a statement, each of the first issue's of which has them all.
type toldVersions struct{ text string }

func (t *toldVersions) depend(ctx context.Context, versions pgtype.Text) error {
	if !versions.Valid || versions.String == t.text {
		return nil
	}
	t.text = versions.String
	return depend(ctx, versions.String)
}
