-- Indexes to the issues of a person, a label, a component, a release, a sprint and a parent.
-- Locks: jira_issues against writes while each is made, some seconds for a million issues.

-- +goose Up
CREATE INDEX jira_issues_assignee ON jira_sync.jira_issues (assignee_id, instance_id);
CREATE INDEX jira_issues_reporter ON jira_sync.jira_issues (reporter_id, instance_id);
CREATE INDEX jira_issues_labels ON jira_sync.jira_issues USING gin (labels);
CREATE INDEX jira_issues_components ON jira_sync.jira_issues USING gin (components);
CREATE INDEX jira_issues_fix_versions ON jira_sync.jira_issues USING gin (fix_versions);
CREATE INDEX jira_issues_sprints ON jira_sync.jira_issues USING gin (sprint_ids);
CREATE INDEX jira_issues_parent_key ON jira_sync.jira_issues (parent_key) WHERE parent_key IS NOT NULL;

-- +goose Down
DROP INDEX jira_sync.jira_issues_parent_key, jira_sync.jira_issues_sprints, jira_sync.jira_issues_fix_versions,
    jira_sync.jira_issues_components, jira_sync.jira_issues_labels, jira_sync.jira_issues_reporter, jira_sync.jira_issues_assignee;
