-- How often the projects of an instance became others: an answer about a key depends on which
-- projects there are, besides what is in them.
-- Locks: jira_instances for an instant.

-- +goose Up
ALTER TABLE jira_sync.jira_instances ADD COLUMN listed integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE jira_sync.jira_instances DROP COLUMN listed;
