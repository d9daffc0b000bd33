-- The runs that keep the mirror: what was asked for, what happened, where to go on from, and who
-- may write. Locks: none that matter, every table is new.

-- +goose Up
CREATE TABLE jira_sync.sync_history (
    sync_id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance_id   integer     NOT NULL,
    triggered_by  text        NOT NULL,
    mode          text        NOT NULL CHECK (mode IN ('INCREMENTAL', 'FULL', 'RECONCILE')),
    state         text        NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED', 'INTERRUPTED')),
    projects      text[]      NOT NULL DEFAULT '{}', -- keys it was asked to keep to; empty: all
    phase         text        NOT NULL DEFAULT 'QUEUED',
    fence         bigint,                          -- the lease it runs under
    cancel_requested_at timestamptz,
    started_at    timestamptz NOT NULL DEFAULT now(), -- while QUEUED: when it was asked for
    finished_at   timestamptz,
    issues_fetched   integer  NOT NULL DEFAULT 0,
    issues_created   integer  NOT NULL DEFAULT 0,
    issues_updated   integer  NOT NULL DEFAULT 0,
    issues_unchanged integer  NOT NULL DEFAULT 0,
    issues_deleted   integer  NOT NULL DEFAULT 0,
    issues_failed    integer  NOT NULL DEFAULT 0,
    issues_expected  integer,
    requests      integer     NOT NULL DEFAULT 0,
    retries       integer     NOT NULL DEFAULT 0,
    throttled_ms  bigint      NOT NULL DEFAULT 0,
    error         text
);
CREATE INDEX sync_history_instance ON jira_sync.sync_history (instance_id, sync_id DESC);
CREATE UNIQUE INDEX sync_history_one_queued ON jira_sync.sync_history (instance_id) WHERE state = 'QUEUED';
CREATE UNIQUE INDEX sync_history_one_running ON jira_sync.sync_history (instance_id) WHERE state = 'RUNNING';

CREATE TABLE jira_sync.sync_project_details (
    sync_id       bigint      NOT NULL REFERENCES jira_sync.sync_history ON DELETE CASCADE,
    instance_id   integer     NOT NULL,
    project_key   text        NOT NULL,
    project_id    bigint,                          -- null when the project could not be read
    state         text        NOT NULL,
    fetched       integer     NOT NULL DEFAULT 0,
    expected      integer,
    created       integer     NOT NULL DEFAULT 0,
    updated       integer     NOT NULL DEFAULT 0,
    unchanged     integer     NOT NULL DEFAULT 0,
    deleted       integer     NOT NULL DEFAULT 0,
    failed        integer     NOT NULL DEFAULT 0,
    started_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    error         text,
    PRIMARY KEY (sync_id, project_key)
);

CREATE TABLE jira_sync.sync_performance_metrics (
    sync_id       bigint      NOT NULL REFERENCES jira_sync.sync_history ON DELETE CASCADE,
    name          text        NOT NULL,
    value         double precision NOT NULL,
    unit          text        NOT NULL,
    PRIMARY KEY (sync_id, name)
);

-- Where to go on from, moved in the transaction of the page it follows.
CREATE TABLE jira_sync.sync_checkpoints (
    instance_id   integer     NOT NULL,
    project_id    bigint      NOT NULL,            -- 0: the instance as a whole
    kind          text        NOT NULL CHECK (kind IN ('INCREMENTAL', 'FULL', 'RECONCILE')),
    watermark     timestamptz,                     -- changes up to then are in the mirror, by Jira's clock
    since         timestamptz,                     -- the sweep in progress began then, by Jira's clock; null: none is
    cursor        jsonb,                           -- the place in the sweep in progress
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (instance_id, project_id, kind)
);

CREATE TABLE jira_sync.sync_errors (
    error_id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sync_id       bigint      NOT NULL,
    instance_id   integer     NOT NULL,
    jira_id       bigint      NOT NULL,
    issue_key     text,
    project_key   text,
    stage         text        NOT NULL CHECK (stage IN ('fetch', 'decode', 'write')),
    message       text        NOT NULL,
    payload       text,                            -- as it came: what jsonb refuses must fit too
    attempts      integer     NOT NULL DEFAULT 1,
    first_at      timestamptz NOT NULL DEFAULT now(),
    last_at       timestamptz NOT NULL DEFAULT now(),
    resolved_at   timestamptz
);
CREATE UNIQUE INDEX sync_errors_open ON jira_sync.sync_errors (instance_id, jira_id) WHERE resolved_at IS NULL;
CREATE INDEX sync_errors_run ON jira_sync.sync_errors (sync_id, error_id);

-- Issues that a census did not see: two misses and a look by id before a tombstone.
CREATE TABLE jira_sync.sync_suspects (
    issue_id      bigint      PRIMARY KEY,
    instance_id   integer     NOT NULL,
    first_missed_at timestamptz NOT NULL,
    last_missed_at  timestamptz NOT NULL
);
CREATE INDEX sync_suspects_instance ON jira_sync.sync_suspects (instance_id);

-- One writer an instance: every page's transaction checks that its fence is still the newest.
CREATE TABLE jira_sync.sync_leases (
    instance_id   integer     PRIMARY KEY,
    holder        text        NOT NULL,
    fence         bigint      NOT NULL,
    expires_at    timestamptz NOT NULL
);

CREATE TABLE jira_sync.sync_config (
    key           text        PRIMARY KEY,
    value         jsonb       NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    updated_by    text
);

-- +goose Down
DROP TABLE jira_sync.sync_config, jira_sync.sync_leases, jira_sync.sync_suspects, jira_sync.sync_errors,
    jira_sync.sync_checkpoints, jira_sync.sync_performance_metrics, jira_sync.sync_project_details, jira_sync.sync_history;
