-- Keys that projects had before: settings and links that name them go on to mean the same project.
-- Locks: jira_projects for an instant.

-- +goose Up
ALTER TABLE jira_sync.jira_projects ADD COLUMN previous_keys text[] NOT NULL DEFAULT '{}'; -- the newest last

-- +goose Down
ALTER TABLE jira_sync.jira_projects DROP COLUMN previous_keys;
