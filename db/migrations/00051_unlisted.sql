-- How many more issues Jira counts of a project than its last census was shown. Locks: none that matter.

-- +goose Up
ALTER TABLE jira_sync.sync_census ADD COLUMN unlisted integer NOT NULL DEFAULT 0; -- beyond what a count may be off by itself

-- +goose Down
ALTER TABLE jira_sync.sync_census DROP COLUMN unlisted;
