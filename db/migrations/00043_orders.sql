-- Indexes of the orders of a list of all issues. The key breaks ties.
-- Locks: jira_issues against writes while each is made, some seconds for a million issues.

-- +goose Up
CREATE INDEX jira_issues_created ON jira_sync.jira_issues (created_at);
CREATE INDEX jira_issues_priority ON jira_sync.jira_issues (priority_rank, project_key, key_number);
CREATE INDEX jira_issues_status ON jira_sync.jira_issues (status, status_category, project_key, key_number);

-- +goose Down
DROP INDEX jira_sync.jira_issues_status, jira_sync.jira_issues_priority, jira_sync.jira_issues_created;
