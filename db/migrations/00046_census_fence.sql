-- The ids of a census belong to the server that takes it: one that was paused for long shall not put
-- its own among those of its successor. They know when Jira says the issue was changed last.
-- Locks: sync_census_ids for an instant.

-- +goose Up
DROP TABLE jira_sync.sync_census_ids;
CREATE UNLOGGED TABLE jira_sync.sync_census_ids (
    instance_id   integer     NOT NULL,
    project_id    bigint      NOT NULL,
    fence         bigint      NOT NULL DEFAULT 0, -- of the lease under which the census is taken; 0: of the release before
    issue_id      bigint      NOT NULL,
    updated_at    timestamptz,                    -- null: Jira was not asked
    PRIMARY KEY (instance_id, project_id, fence, issue_id)
);

-- +goose Down
DROP TABLE jira_sync.sync_census_ids;
CREATE UNLOGGED TABLE jira_sync.sync_census_ids (
    instance_id   integer     NOT NULL,
    project_id    bigint      NOT NULL,
    issue_id      bigint      NOT NULL,
    PRIMARY KEY (instance_id, project_id, issue_id)
);
