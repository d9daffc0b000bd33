-- Field mappings: hundreds of private fields of the instances become common, typed columns.
-- Locks: the view jira_issues_v2 and jira_field_cache for an instant; every table is new.
--
-- Mapped columns stand in a narrow table beside the issues: adding one is instant, and filling
-- 200,000 rows of it is many times faster than updating the issues with their indexes.

-- +goose Up

-- What every issue has, whatever is mapped. jira_issues_v2 is this and the mapped columns.
ALTER VIEW jira_sync.jira_issues_v2 RENAME TO jira_issues_base;
CREATE VIEW jira_sync.jira_issues_v2 AS SELECT * FROM jira_sync.jira_issues_base;
COMMENT ON VIEW jira_sync.jira_issues_v2 IS 'The issues and their mapped fields.';

-- One row an issue once anything is mapped, with a column m<mapping>_<number> for each
-- realisation of a mapping. A quarter of each page is kept free for the fill of further columns.
CREATE TABLE jira_sync.jira_issue_fields (
    issue_id      bigint      PRIMARY KEY,
    stamp         bigint      NOT NULL DEFAULT 0   -- the transaction of the page that wrote it last; 0: none
) WITH (fillfactor = 75);

-- Versions of the mappings as a whole: the one row that all changes of them lock.
CREATE TABLE jira_sync.field_mapping_state (
    single        boolean     PRIMARY KEY DEFAULT true CHECK (single),
    version       bigint      NOT NULL DEFAULT 1,  -- raised with whatever answers depend on
    writers       bigint      NOT NULL DEFAULT 1   -- raised when the columns that pages fill change
);
INSERT INTO jira_sync.field_mapping_state DEFAULT VALUES;

CREATE TABLE jira_sync.field_mappings (
    mapping_id    integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text        NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED, -- a restore may exchange names
    column_name   text        NOT NULL GENERATED ALWAYS AS (name) STORED, -- in jira_issues_v2
    label         text        NOT NULL,
    field_type    text        NOT NULL CHECK (field_type IN ('TEXT', 'NUMBER', 'BOOLEAN', 'DATE', 'TIME', 'TEXT_LIST', 'NUMBER_LIST', 'JSON')),
    sources       jsonb       NOT NULL,            -- [{"instance": 1, "field": "customfield_10020"}], in order of preference
    state         text        NOT NULL CHECK (state IN ('PENDING', 'BACKFILLING', 'READY', 'RETIRED', 'FAILED')),
    error         text,                            -- why it is FAILED
    read_column   text,                            -- of jira_issue_fields, what readers get; null until it has been filled
    index_wanted  boolean     NOT NULL DEFAULT false,
    version       integer     NOT NULL DEFAULT 1,  -- a save with an older one is a conflict
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    updated_by    text
);

-- Names a mapping had before: they still work in questions.
CREATE TABLE jira_sync.field_mapping_aliases (
    alias         text        PRIMARY KEY,
    mapping_id    integer     NOT NULL REFERENCES jira_sync.field_mappings ON DELETE CASCADE,
    since         timestamptz NOT NULL DEFAULT now()
);

CREATE SEQUENCE jira_sync.field_mapping_column_numbers;

-- A realisation of a mapping: type and sources as they were asked for at one time. A change makes
-- another column, which is filled beside the old one and then takes its place.
CREATE TABLE jira_sync.field_mapping_columns (
    column_id     text        PRIMARY KEY,         -- of jira_issue_fields
    mapping_id    integer     NOT NULL,            -- of a mapping that may be purged already
    field_type    text        NOT NULL,
    sources       jsonb       NOT NULL,
    state         text        NOT NULL CHECK (state IN ('WANTED', 'FILLING', 'READY', 'OLD', 'DROPPING')),
    cursor        bigint      NOT NULL DEFAULT 0,  -- issue_id up to which it is filled
    done          bigint      NOT NULL DEFAULT 0,  -- issues
    total         bigint,                          -- issues when the fill began
    created_at    timestamptz NOT NULL DEFAULT now(),
    begun_at      timestamptz,
    filled_at     timestamptz,
    drop_after    timestamptz                      -- of an OLD one: readers may hold on to it until then
);
CREATE INDEX field_mapping_columns_mapping ON jira_sync.field_mapping_columns (mapping_id);

CREATE TABLE jira_sync.field_mapping_backups (
    backup_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at    timestamptz NOT NULL DEFAULT now(),
    created_by    text,
    note          text,
    automatic     boolean     NOT NULL,
    mappings      jsonb       NOT NULL
);

-- Values that could not be read as a mapping's type. The raw value stays in jira_issue_raw.
CREATE TABLE jira_sync.field_conversion_errors (
    issue_id      bigint      NOT NULL,
    column_id     text        NOT NULL,
    field_id      text        NOT NULL,
    value         text        NOT NULL,            -- the beginning of the raw value
    problem       text        NOT NULL,
    at            timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (issue_id, column_id)
);
CREATE INDEX field_conversion_errors_column ON jira_sync.field_conversion_errors (column_id, issue_id);

-- Who changed what.
CREATE TABLE jira_sync.audit_log (
    audit_id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT now(),
    actor         text,
    action        text        NOT NULL,            -- such as mapping.save
    object        text,                            -- what it was done to, by name
    detail        jsonb       NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_action ON jira_sync.audit_log (action, audit_id DESC);

-- What Jira changed about its fields, as discovery saw it.
CREATE TABLE jira_sync.jira_field_changes (
    change_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance_id   integer     NOT NULL,
    field_id      text        NOT NULL,
    at            timestamptz NOT NULL DEFAULT now(),
    kind          text        NOT NULL CHECK (kind IN ('ADDED', 'RENAMED', 'TYPE', 'MISSING', 'RETURNED')),
    before        text,
    after         text
);
CREATE INDEX jira_field_changes_field ON jira_sync.jira_field_changes (instance_id, field_id, change_id);

ALTER TABLE jira_sync.jira_field_cache
    ADD COLUMN usage      real,                    -- share of the sampled issues that have a value, 0 to 1
    ADD COLUMN samples    jsonb,                   -- some of their values
    ADD COLUMN sampled_at timestamptz;

-- +goose StatementBegin
DO $$
BEGIN
    ALTER TABLE jira_sync.field_conversion_errors ALTER COLUMN value SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP VIEW jira_sync.jira_issues_v2;
ALTER VIEW jira_sync.jira_issues_base RENAME TO jira_issues_v2;
ALTER TABLE jira_sync.jira_field_cache DROP COLUMN usage, DROP COLUMN samples, DROP COLUMN sampled_at;
DROP TABLE jira_sync.jira_field_changes, jira_sync.audit_log, jira_sync.field_conversion_errors,
    jira_sync.field_mapping_backups, jira_sync.field_mapping_columns, jira_sync.field_mapping_aliases,
    jira_sync.field_mappings, jira_sync.field_mapping_state, jira_sync.jira_issue_fields;
DROP SEQUENCE jira_sync.field_mapping_column_numbers;
