-- The mirror of Jira: one row an issue, its raw document, its children and the dictionaries
-- they name. Locks: none that matter, every table is new.
--
-- issue_id is made of instance and Jira id (instance << 48 | id): it leads every child table, so
-- that an issue and its history can later live on one node of a distributed PostgreSQL.

-- +goose Up
CREATE SCHEMA IF NOT EXISTS jira_sync;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE jira_sync.jira_instances (
    instance_id   integer     PRIMARY KEY,         -- the n of JIRA_URL_n
    name          text        NOT NULL UNIQUE,
    url           text        NOT NULL,
    kind          text        NOT NULL DEFAULT 'UNKNOWN' CHECK (kind IN ('CLOUD', 'DATA_CENTER', 'UNKNOWN')),
    configured    boolean     NOT NULL DEFAULT true, -- false: no longer in the environment, its data stays
    title         text,
    jira_version  text,
    time_zone     text,
    reachable     boolean,
    last_error    text,
    complete_as_of timestamptz,                    -- all that Jira showed up to then is here
    limit_remaining integer,
    limit_total   integer,
    limit_until   timestamptz,
    limit_reason  text,
    version       bigint      NOT NULL DEFAULT 1   -- raised in the transaction of every page that changes something
);

CREATE TABLE jira_sync.jira_projects (
    instance_id   integer     NOT NULL,
    project_id    bigint      NOT NULL,            -- Jira's id
    project_key   text        NOT NULL,
    name          text        NOT NULL,
    lead_id       text,
    category      text,
    archived      boolean     NOT NULL DEFAULT false,
    visible       boolean     NOT NULL DEFAULT true, -- false: the last discovery did not see it
    version       bigint      NOT NULL DEFAULT 1,  -- raised with that of its instance, when its issues change
    last_synced_at timestamptz,
    PRIMARY KEY (instance_id, project_id)
);
CREATE INDEX jira_projects_key ON jira_sync.jira_projects (project_key, instance_id);

CREATE TABLE jira_sync.jira_users (
    instance_id   integer     NOT NULL,
    account_id    text        NOT NULL,            -- Cloud: accountId, Data Center: key
    display_name  text        NOT NULL,
    name          text,                            -- Data Center's login name
    email         text,
    avatar_url    text,
    active        boolean     NOT NULL DEFAULT true,
    PRIMARY KEY (instance_id, account_id)
);

CREATE TABLE jira_sync.jira_statuses (
    instance_id   integer     NOT NULL,
    status_id     text        NOT NULL,
    name          text        NOT NULL,
    category      text        NOT NULL CHECK (category IN ('TODO', 'IN_PROGRESS', 'DONE', 'UNKNOWN')),
    PRIMARY KEY (instance_id, status_id)
);

CREATE TABLE jira_sync.jira_priorities (
    instance_id   integer     NOT NULL,
    priority_id   text        NOT NULL,
    name          text        NOT NULL,
    rank          integer     NOT NULL,            -- 1 is the most urgent
    PRIMARY KEY (instance_id, priority_id)
);

CREATE TABLE jira_sync.jira_issue_types (
    instance_id   integer     NOT NULL,
    type_id       text        NOT NULL,
    name          text        NOT NULL,
    subtask       boolean     NOT NULL DEFAULT false,
    icon_url      text,
    PRIMARY KEY (instance_id, type_id)
);

CREATE TABLE jira_sync.jira_sprints (
    instance_id   integer     NOT NULL,
    sprint_id     bigint      NOT NULL,
    name          text        NOT NULL,
    state         text        NOT NULL,
    goal          text,
    board_id      bigint,
    start_at      timestamptz,
    end_at        timestamptz,
    completed_at  timestamptz,
    PRIMARY KEY (instance_id, sprint_id)
);

CREATE TABLE jira_sync.jira_field_cache (
    instance_id   integer     NOT NULL,
    field_id      text        NOT NULL,
    name          text        NOT NULL,
    custom        boolean     NOT NULL,
    schema_type   text,
    schema_items  text,
    schema_custom text,
    discovered_at timestamptz NOT NULL DEFAULT now(),
    changed_at    timestamptz NOT NULL DEFAULT now(),
    missing_since timestamptz,                     -- the last discovery no longer saw it
    PRIMARY KEY (instance_id, field_id)
);

CREATE TABLE jira_sync.jira_issues (
    issue_id      bigint      PRIMARY KEY,
    instance_id   integer     NOT NULL,
    jira_id       bigint      NOT NULL,
    issue_key     text        NOT NULL,
    key_number    integer     NOT NULL,            -- the number in the key: WEB-9 sorts before WEB-10
    project_id    bigint      NOT NULL,
    project_key   text        NOT NULL,
    type_id       text        NOT NULL,
    issue_type    text        NOT NULL,
    status_id     text        NOT NULL,
    status        text        NOT NULL,
    status_category text      NOT NULL,
    priority_id   text,
    priority      text,
    priority_rank integer,
    resolution    text,
    summary       text        NOT NULL,
    description   text,                            -- as text; the document stands in jira_issue_raw
    assignee_id   text,
    reporter_id   text,
    creator_id    text,
    labels        text[]      NOT NULL DEFAULT '{}',
    components    text[]      NOT NULL DEFAULT '{}',
    fix_versions  text[]      NOT NULL DEFAULT '{}',
    affects_versions text[]   NOT NULL DEFAULT '{}',
    sprint_ids    bigint[]    NOT NULL DEFAULT '{}',
    parent_id     bigint,                          -- issue_id of the parent, whether it is in the mirror or not
    parent_key    text,
    epic_key      text,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    resolved_at   timestamptz,
    due_date      date,
    time_spent_seconds integer,
    content_hash  bytea       NOT NULL,            -- of all that Jira sent: an equal one is not written again
    synced_at     timestamptz NOT NULL,
    deleted_at    timestamptz,
    deleted_reason text CHECK (deleted_reason IN ('DELETED', 'MOVED_OUT', 'ARCHIVED', 'ACCESS_LOST', 'GONE'))
);
CREATE INDEX jira_issues_key ON jira_sync.jira_issues (issue_key);
-- The newest of all and the newest of a project; the key breaks ties, so a page goes on from its last row.
CREATE INDEX jira_issues_updated ON jira_sync.jira_issues (updated_at DESC, project_key, key_number, issue_id);
CREATE INDEX jira_issues_project_updated ON jira_sync.jira_issues (instance_id, project_id, updated_at DESC, project_key, key_number, issue_id);
CREATE INDEX jira_issues_parent ON jira_sync.jira_issues (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX jira_issues_summary_trgm ON jira_sync.jira_issues USING gin (summary gin_trgm_ops);

-- Keys an issue had before: they still find it.
CREATE TABLE jira_sync.jira_issue_keys (
    instance_id   integer     NOT NULL,
    issue_key     text        NOT NULL,
    issue_id      bigint      NOT NULL,
    until         timestamptz NOT NULL,            -- when the mirror saw the next key
    PRIMARY KEY (issue_key, issue_id)
);
CREATE INDEX jira_issue_keys_issue ON jira_sync.jira_issue_keys (issue_id);

-- Beside the issue and not in it: a list of issues never reads the words, and a rewrite of either
-- leaves the other alone.
CREATE TABLE jira_sync.jira_issue_search (
    issue_id      bigint      PRIMARY KEY,
    words         tsvector    NOT NULL
);
CREATE INDEX jira_issue_search_words ON jira_sync.jira_issue_search USING gin (words);

CREATE TABLE jira_sync.jira_issue_raw (
    issue_id      bigint      PRIMARY KEY,
    instance_id   integer     NOT NULL,
    jira_id       bigint      NOT NULL,
    fields        jsonb       NOT NULL,
    replaced      integer     NOT NULL DEFAULT 0   -- NULs and lone surrogates that jsonb refuses, replaced by U+FFFD
);

CREATE TABLE jira_sync.jira_changelog (
    issue_id      bigint      NOT NULL,
    instance_id   integer     NOT NULL,
    jira_id       bigint      NOT NULL,            -- of the history entry
    author_id     text,
    created_at    timestamptz NOT NULL,
    items         jsonb       NOT NULL,            -- [{field, fieldId, from, fromString, to, toString}] as Jira sent them
    PRIMARY KEY (issue_id, jira_id)
);

CREATE TABLE jira_sync.jira_comments (
    issue_id      bigint      NOT NULL,
    instance_id   integer     NOT NULL,
    jira_id       bigint      NOT NULL,
    author_id     text,
    body          text        NOT NULL,
    body_raw      jsonb,                           -- Cloud's document; null where the body came as text
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (issue_id, jira_id)
);

CREATE TABLE jira_sync.jira_worklogs (
    issue_id      bigint      NOT NULL,
    instance_id   integer     NOT NULL,
    jira_id       bigint      NOT NULL,
    author_id     text,
    started_at    timestamptz NOT NULL,
    time_spent_seconds integer NOT NULL,
    comment       text,
    comment_raw   jsonb,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (issue_id, jira_id)
);

CREATE TABLE jira_sync.jira_issue_links (
    issue_id      bigint      NOT NULL,
    instance_id   integer     NOT NULL,
    jira_id       bigint      NOT NULL,            -- of the link; the other issue has a row with the same id
    type          text        NOT NULL,            -- as it reads from this issue
    direction     text        NOT NULL CHECK (direction IN ('INWARD', 'OUTWARD')),
    other_id      bigint,                          -- issue_id of the other end
    other_key     text        NOT NULL,
    PRIMARY KEY (issue_id, jira_id)
);

-- lz4 halves the cost of storing a document. A server built without it keeps its own method.
-- +goose StatementBegin
DO $$
BEGIN
    ALTER TABLE jira_sync.jira_issue_raw ALTER COLUMN fields SET COMPRESSION lz4;
    ALTER TABLE jira_sync.jira_issues ALTER COLUMN description SET COMPRESSION lz4;
    ALTER TABLE jira_sync.jira_changelog ALTER COLUMN items SET COMPRESSION lz4;
    ALTER TABLE jira_sync.jira_comments ALTER COLUMN body SET COMPRESSION lz4;
    ALTER TABLE jira_sync.jira_comments ALTER COLUMN body_raw SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this PostgreSQL was built without lz4: documents are stored with its default compression';
END
$$;
-- +goose StatementEnd

-- What analysts read. A view, so that mapped fields can join it from a narrow table of their own
-- without a lock on the issues.
CREATE VIEW jira_sync.jira_issues_v2 AS
SELECT issue_id, instance_id, jira_id, issue_key, project_key, issue_type, status, status_category, priority,
       resolution, summary, description, assignee_id, reporter_id, creator_id, labels, components, fix_versions,
       affects_versions, sprint_ids, parent_id, parent_key, epic_key, created_at, updated_at, resolved_at, due_date,
       time_spent_seconds, synced_at, deleted_at, deleted_reason
FROM jira_sync.jira_issues;

-- +goose Down
DROP VIEW jira_sync.jira_issues_v2;
DROP TABLE jira_sync.jira_issue_links, jira_sync.jira_worklogs, jira_sync.jira_comments, jira_sync.jira_changelog,
    jira_sync.jira_issue_raw, jira_sync.jira_issue_search, jira_sync.jira_issue_keys, jira_sync.jira_issues,
    jira_sync.jira_field_cache, jira_sync.jira_sprints, jira_sync.jira_issue_types, jira_sync.jira_priorities,
    jira_sync.jira_statuses, jira_sync.jira_users, jira_sync.jira_projects, jira_sync.jira_instances;
