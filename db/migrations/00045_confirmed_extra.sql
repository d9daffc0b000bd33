-- How many removals a person confirmed, so that a larger or a later loss stops again.
-- Locks: sync_census for an instant.

-- +goose Up
ALTER TABLE jira_sync.sync_census ADD COLUMN confirmed_extra integer; -- confirmed and not yet removed; null: nobody confirmed any
UPDATE jira_sync.sync_census SET confirmed_extra = extra WHERE confirmed_at IS NOT NULL;

-- +goose Down
ALTER TABLE jira_sync.sync_census DROP COLUMN confirmed_extra;
