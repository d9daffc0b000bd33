-- What peers serve: the mirror's tables as views that tell keys and relations in comments, as
-- PostGraphile reads them. A change is a row, as in the answers. Indexes are those of the mirror.
DROP SCHEMA IF EXISTS peers CASCADE;
CREATE SCHEMA peers;

CREATE VIEW peers.projects AS
SELECT instance_id, project_id, project_key AS key, name, visible FROM jira_sync.jira_projects;
COMMENT ON VIEW peers.projects IS E'@primaryKey instance_id,project_id\n@unique key';

CREATE VIEW peers.users AS
SELECT instance_id, account_id, display_name FROM jira_sync.jira_users;
COMMENT ON VIEW peers.users IS '@primaryKey instance_id,account_id';

-- A sum of "one" counts a group; the aggregates count no rows.
CREATE VIEW peers.issues AS
SELECT issue_id, instance_id, project_id, project_key, key_number, issue_key AS key, summary, status, labels, assignee_id,
       reporter_id, updated_at, 1 AS one
FROM jira_sync.jira_issues WHERE deleted_at IS NULL;
COMMENT ON VIEW peers.issues IS E'@primaryKey issue_id\n@unique key
@foreignKey (instance_id, project_id) references peers.projects (instance_id, project_id)|@fieldName project|@foreignFieldName issues
@foreignKey (instance_id, assignee_id) references peers.users (instance_id, account_id)|@fieldName assignee
@foreignKey (instance_id, reporter_id) references peers.users (instance_id, account_id)|@fieldName reporter';

CREATE VIEW peers.changes AS
SELECT h.issue_id, h.instance_id, h.jira_id, x.n::int AS n, h.author_id, h.created_at AS at, x.item ->> 'field' AS field,
       x.item ->> 'fromString' AS from_text, x.item ->> 'toString' AS to_text
FROM jira_sync.jira_changelog h CROSS JOIN LATERAL jsonb_array_elements(h.items) WITH ORDINALITY x (item, n);
COMMENT ON VIEW peers.changes IS E'@primaryKey issue_id,jira_id,n
@foreignKey (issue_id) references peers.issues (issue_id)|@fieldName issue|@foreignFieldName changes
@foreignKey (instance_id, author_id) references peers.users (instance_id, account_id)|@fieldName author';
