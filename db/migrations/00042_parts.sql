-- Versions and components of each project, as dictionaries. Locks: none that matter, both are new.

-- +goose Up
CREATE TABLE jira_sync.jira_versions (
    instance_id   integer     NOT NULL,
    version_id    bigint      NOT NULL,            -- Jira's id
    project_id    bigint      NOT NULL,
    name          text        NOT NULL,
    description   text,
    released      boolean     NOT NULL DEFAULT false,
    archived      boolean     NOT NULL DEFAULT false,
    start_date    date,
    release_date  date,
    PRIMARY KEY (instance_id, version_id)
);
CREATE INDEX jira_versions_project ON jira_sync.jira_versions (instance_id, project_id);

CREATE TABLE jira_sync.jira_components (
    instance_id   integer     NOT NULL,
    component_id  bigint      NOT NULL,            -- Jira's id
    project_id    bigint      NOT NULL,
    name          text        NOT NULL,
    description   text,
    lead_id       text,
    PRIMARY KEY (instance_id, component_id)
);
CREATE INDEX jira_components_project ON jira_sync.jira_components (instance_id, project_id);

-- +goose Down
DROP TABLE jira_sync.jira_components, jira_sync.jira_versions;
