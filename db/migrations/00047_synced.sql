-- What the mirror has stored lately, removals included, is found without a look at every issue. Rows are
-- written about in the order of time, so a summary of each few pages is enough, and costs a sync nothing.
-- Locks: jira_issues against writes while it is made, a second for a million issues.

-- +goose Up
CREATE INDEX jira_issues_synced ON jira_sync.jira_issues USING brin (synced_at) WITH (pages_per_range = 32);

-- +goose Down
DROP INDEX jira_sync.jira_issues_synced;
