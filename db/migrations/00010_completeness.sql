-- Proof that the mirror is complete: the ids of a census under way, its figures by project, and
-- the values issues were created with. Locks: jira_instances and sync_checkpoints for an instant.

-- +goose Up

-- The ids that Jira shows of a project whose census is under way. Unlogged: after a crash the
-- census begins again.
CREATE UNLOGGED TABLE jira_sync.sync_census_ids (
    instance_id   integer     NOT NULL,
    project_id    bigint      NOT NULL,
    issue_id      bigint      NOT NULL,
    PRIMARY KEY (instance_id, project_id, issue_id)
);

-- What the last census of each project found.
CREATE TABLE jira_sync.sync_census (
    instance_id   integer     NOT NULL,
    project_id    bigint      NOT NULL,
    checked_at    timestamptz NOT NULL,
    sync_id       bigint      NOT NULL,            -- the run that took it
    jira_count    integer,                         -- Jira's own count, an estimate on Cloud; null: it gave none
    shown         integer     NOT NULL,            -- ids that Jira showed
    missing       integer     NOT NULL,            -- shown, but not in the mirror when the census ended
    extra         integer     NOT NULL,            -- in the mirror, but not shown
    stopped       boolean     NOT NULL DEFAULT false, -- the brake: so many are extra that nothing was removed
    confirmed_at  timestamptz,                     -- a person let the next census pass the brake
    confirmed_by  text,
    PRIMARY KEY (instance_id, project_id)
);

-- What each tracked field held when the issue was created, found by folding its changelog back:
-- {"status": {"value": "1", "text": "To Do"}, "labels": {"text": "a b"}, ...}. Beside the raw
-- document, since both are written and replaced together.
ALTER TABLE jira_sync.jira_issue_raw ADD COLUMN initial_values jsonb;

CREATE VIEW jira_sync.jira_initial_values AS
SELECT r.issue_id, r.instance_id, r.jira_id, f.key AS field_id, f.value ->> 'value' AS value, f.value ->> 'text' AS value_text
FROM jira_sync.jira_issue_raw r, jsonb_each(r.initial_values) f;

-- Webhooks received: each names an issue to fetch now. Rows stay for a while, so that a delivery
-- that comes again is known.
CREATE TABLE jira_sync.sync_webhooks (
    instance_id   integer     NOT NULL,
    delivery_id   text        NOT NULL,
    event         text        NOT NULL,
    jira_ids      bigint[]    NOT NULL,            -- the issues it is about; empty: none that can be told
    received_at   timestamptz NOT NULL DEFAULT now(),
    fetched_at    timestamptz,                     -- null: it waits
    PRIMARY KEY (instance_id, delivery_id)
);
CREATE INDEX sync_webhooks_waiting ON jira_sync.sync_webhooks (instance_id, received_at) WHERE fetched_at IS NULL;

ALTER TABLE jira_sync.jira_instances ADD COLUMN history_from timestamptz; -- all that changed since then is here

ALTER TABLE jira_sync.sync_checkpoints DROP CONSTRAINT sync_checkpoints_kind_check;
ALTER TABLE jira_sync.sync_checkpoints ADD CONSTRAINT sync_checkpoints_kind_check
    CHECK (kind IN ('INCREMENTAL', 'FULL', 'RECONCILE', 'RECENT', 'REREAD', 'WORKLOGS'));

CREATE INDEX jira_worklogs_id ON jira_sync.jira_worklogs (jira_id, instance_id); -- found by what Jira says was removed

-- +goose Down
DROP INDEX jira_sync.jira_worklogs_id;
ALTER TABLE jira_sync.sync_checkpoints DROP CONSTRAINT sync_checkpoints_kind_check;
DELETE FROM jira_sync.sync_checkpoints WHERE kind IN ('RECENT', 'REREAD', 'WORKLOGS');
ALTER TABLE jira_sync.sync_checkpoints ADD CONSTRAINT sync_checkpoints_kind_check
    CHECK (kind IN ('INCREMENTAL', 'FULL', 'RECONCILE'));
ALTER TABLE jira_sync.jira_instances DROP COLUMN history_from;
DROP VIEW jira_sync.jira_initial_values;
ALTER TABLE jira_sync.jira_issue_raw DROP COLUMN initial_values;
DROP TABLE jira_sync.sync_webhooks, jira_sync.sync_census, jira_sync.sync_census_ids;
