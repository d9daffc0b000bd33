-- Full-text search: words weigh by where they stand, those of comments are found too, and the words
-- that occur are known, so that a mistyped one finds those like it. Issues that are here already get
-- their new words from a job, in batches, and are found by the old ones until then.
-- Locks: none that lasts; the column's default is not written into the rows.

-- +goose Up
CREATE TABLE jira_sync.jira_words (
    word          text COLLATE "C" PRIMARY KEY     -- lower case, letters only; never removed
);
CREATE INDEX jira_words_trgm ON jira_sync.jira_words USING gin (word gin_trgm_ops);

-- 1: by to_tsvector, from key, summary and description, all of weight D. 2: by the program; weight A
-- is key and summary, B the description, none the comments, and positions mean nothing.
ALTER TABLE jira_sync.jira_issue_search ADD COLUMN form smallint NOT NULL DEFAULT 1;
CREATE INDEX jira_issue_search_old ON jira_sync.jira_issue_search (issue_id) WHERE form < 2; -- the job's work

-- +goose StatementBegin
DO $$
BEGIN
    ALTER TABLE jira_sync.jira_issue_search ALTER COLUMN words SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;                                          -- a build without lz4
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP INDEX jira_sync.jira_issue_search_old;
ALTER TABLE jira_sync.jira_issue_search DROP COLUMN form;
DROP TABLE jira_sync.jira_words;
