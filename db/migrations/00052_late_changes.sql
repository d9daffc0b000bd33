-- How far late changes were looked for, by itself: a look that fails is made up for by the next.
-- Locks: the checkpoints, for an instant.

-- +goose Up
ALTER TABLE jira_sync.sync_checkpoints DROP CONSTRAINT sync_checkpoints_kind_check;
ALTER TABLE jira_sync.sync_checkpoints ADD CONSTRAINT sync_checkpoints_kind_check
    CHECK (kind IN ('INCREMENTAL', 'FULL', 'RECONCILE', 'RECENT', 'REREAD', 'WORKLOGS', 'LATE'));

-- +goose Down
DELETE FROM jira_sync.sync_checkpoints WHERE kind = 'LATE';
ALTER TABLE jira_sync.sync_checkpoints DROP CONSTRAINT sync_checkpoints_kind_check;
ALTER TABLE jira_sync.sync_checkpoints ADD CONSTRAINT sync_checkpoints_kind_check
    CHECK (kind IN ('INCREMENTAL', 'FULL', 'RECONCILE', 'RECENT', 'REREAD', 'WORKLOGS'));
