-- How each instance reads times in JQL, and for which server, release, account zone and offset that
-- was found out. Locks: jira_instances for an instant.

-- +goose Up
ALTER TABLE jira_sync.jira_instances ADD COLUMN times_read text CHECK (times_read IN ('INSTANTS', 'WALL_CLOCK'));
ALTER TABLE jira_sync.jira_instances ADD COLUMN times_read_for text;

-- +goose Down
ALTER TABLE jira_sync.jira_instances DROP COLUMN times_read_for, DROP COLUMN times_read;
