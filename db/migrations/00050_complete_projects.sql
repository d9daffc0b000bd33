-- How far each project is complete, where others are further: one that fails holds up no other.
-- Locks: both tables for an instant.

-- +goose Up
ALTER TABLE jira_sync.jira_instances ADD COLUMN reached_as_of timestamptz; -- all that Jira showed up to then is here, but for the projects that failed
ALTER TABLE jira_sync.jira_projects ADD COLUMN complete_as_of timestamptz; -- of one that failed, as of before: -infinity if it was never whole; null: it goes with its instance

-- +goose Down
ALTER TABLE jira_sync.jira_projects DROP COLUMN complete_as_of;
ALTER TABLE jira_sync.jira_instances DROP COLUMN reached_as_of;
