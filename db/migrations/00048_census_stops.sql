-- What each run found at which it stopped and asked, so that a person's word is good for no more than
-- they saw. Locks: none that matter, the table is new.

-- +goose Up
CREATE TABLE jira_sync.sync_census_stops (
    sync_id       bigint      NOT NULL REFERENCES jira_sync.sync_history ON DELETE CASCADE,
    instance_id   integer     NOT NULL,
    project_id    bigint      NOT NULL,
    extra         integer     NOT NULL,            -- in the mirror, but not shown
    PRIMARY KEY (sync_id, project_id)
);
CREATE INDEX sync_census_stops_project ON jira_sync.sync_census_stops (instance_id, project_id);
INSERT INTO jira_sync.sync_census_stops (sync_id, instance_id, project_id, extra)
SELECT c.sync_id, c.instance_id, c.project_id, c.extra
FROM jira_sync.sync_census c
JOIN jira_sync.sync_history h USING (sync_id)
WHERE c.stopped;

-- +goose Down
DROP TABLE jira_sync.sync_census_stops;
