-- An index to the issues of an epic.
-- Locks: jira_issues against writes while it is made, some seconds for a million issues.

-- +goose Up
CREATE INDEX jira_issues_epic_key ON jira_sync.jira_issues (epic_key) WHERE epic_key IS NOT NULL;

-- +goose Down
DROP INDEX jira_sync.jira_issues_epic_key;
