package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// question is one of the five that the design measures, in GraphQL and as the one statement that
// answers it best.
type question struct {
	name    string
	what    string
	graphql string
	sql     string // its parameters are text; its row is the whole answer
	cold    float64
	why     string // what bounds the cold answer
	// asked lists the arguments it is asked with in turn.
	asked func(ctx context.Context, m *mirrored, p *product) ([]arguments, error)
}

// arguments of one request.
type arguments struct {
	variables map[string]any
	sql       []string
}

// variants is how many different requests a question is asked with, where the data has as many.
const variants = 2000

func questions() []question {
	return []question{
		{
			name: "Q1", what: "one issue by key with assignee, reporter and its last 10 changes", cold: 0.65,
			graphql: `query Q1($key: String!) { issue(key: $key) { key summary status { name } assignee { displayName } ` +
				`reporter { displayName } changelog(last: 10) { nodes { at field fromText toText author { displayName } } } } }`,
			sql: oneIssueSQL, asked: keysOfIssues, why: whyExecutor,
		},
		{
			name: "Q2", what: "the 50 newest issues of a project, each with assignee and reporter", cold: 0.50,
			graphql: `query Q2($project: String!) { issues(where: {project: {eq: $project}}, first: 50) { nodes { key summary ` +
				`updatedAt status { name } assignee { displayName } reporter { displayName } } } }`,
			sql: newestOfProjectSQL, asked: keysOfProjects, why: whyExecutor,
		},
		{
			name: "Q3", what: "a word in the summary, a status and a label: the newest 25 and the total", cold: 0.65,
			graphql: `query Q3($word: String!, $status: String!, $label: String!) { issues(where: {summary: {contains: $word}, ` +
				`status: {eq: $status}, label: {eq: $label}}, first: 25) { totalCount nodes { key summary updatedAt status { name } } } }`,
			sql: wordSQL, asked: wordsOfIssues, why: whyExecutor,
		},
		{
			name: "Q4", what: "the issues of a project counted by status", cold: 0.90,
			graphql: `query Q4($project: String!) { issueStats(where: {project: {eq: $project}}, groupBy: [{dimension: STATUS}]) ` +
				`{ total groups { keys count } } }`,
			sql: countSQL, asked: keysOfProjects, why: whyExecutor,
		},
		{
			name: "Q5", what: "20 projects, the 5 newest issues of each, with assignee and the last 3 changes", cold: 0.50,
			graphql: `query Q5($after: String) { projects(first: 20, after: $after) { nodes { key name issues(first: 5) { nodes { key ` +
				`summary assignee { displayName } changelog(last: 3) { nodes { at field fromText toText } } } } } } }`,
			sql: projectsSQL, asked: pagesOfProjects, why: whyExecutor,
		},
	}
}

const whyExecutor = "PostgreSQL builds the floor's JSON in C; the product reads rows, resolves each field and writes the JSON in Go, " +
	"and the client shares the two cores with both."

// person is a person as the answers show them, of the columns of one alias.
func person(id, alias string) string {
	return "CASE WHEN " + id + " IS NOT NULL THEN json_build_object('displayName', coalesce(" + alias + ".display_name, " + id + ")) END"
}

var (
	// The last entries of a history hold the last changes: each has at least one.
	oneIssueSQL = `
SELECT json_build_object('data', json_build_object('issue', json_build_object(
    'key', i.issue_key, 'summary', i.summary, 'status', json_build_object('name', i.status),
    'assignee', ` + person("i.assignee_id", "ua") + `, 'reporter', ` + person("i.reporter_id", "ur") + `,
    'changelog', json_build_object('nodes', coalesce(c.nodes, '[]')))))
FROM jira_sync.jira_issues i
LEFT JOIN jira_sync.jira_users ua ON ua.instance_id = i.instance_id AND ua.account_id = i.assignee_id
LEFT JOIN jira_sync.jira_users ur ON ur.instance_id = i.instance_id AND ur.account_id = i.reporter_id
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object('at', l.created_at, 'field', l.item->>'field', 'fromText', l.item->>'fromString',
        'toText', l.item->>'toString', 'author', ` + person("l.author_id", "u") + `) ORDER BY l.created_at, l.jira_id, l.n) AS nodes
    FROM (SELECT h.created_at, h.jira_id, h.author_id, x.item, x.n
        FROM (SELECT * FROM jira_sync.jira_changelog h WHERE h.issue_id = i.issue_id
            ORDER BY h.created_at DESC, h.jira_id DESC LIMIT 10) h
        CROSS JOIN LATERAL jsonb_array_elements(h.items) WITH ORDINALITY x(item, n)
        ORDER BY h.created_at DESC, h.jira_id DESC, x.n DESC LIMIT 10) l
    LEFT JOIN jira_sync.jira_users u ON u.instance_id = i.instance_id AND u.account_id = l.author_id) c ON true
WHERE i.issue_key = $1`

	newestOfProjectSQL = `
SELECT json_build_object('data', json_build_object('issues', json_build_object('nodes', coalesce(json_agg(json_build_object(
    'key', i.issue_key, 'summary', i.summary, 'updatedAt', i.updated_at, 'status', json_build_object('name', i.status),
    'assignee', ` + person("i.assignee_id", "ua") + `, 'reporter', ` + person("i.reporter_id", "ur") + `)
    ORDER BY i.updated_at DESC, i.project_key, i.key_number, i.issue_id), '[]'))))
FROM jira_sync.jira_projects p
CROSS JOIN LATERAL (SELECT * FROM jira_sync.jira_issues i
    WHERE i.instance_id = p.instance_id AND i.project_id = p.project_id AND i.deleted_at IS NULL
    ORDER BY i.updated_at DESC, i.project_key, i.key_number, i.issue_id LIMIT 50) i
LEFT JOIN jira_sync.jira_users ua ON ua.instance_id = i.instance_id AND ua.account_id = i.assignee_id
LEFT JOIN jira_sync.jira_users ur ON ur.instance_id = i.instance_id AND ur.account_id = i.reporter_id
WHERE p.project_key = $1`

	wordSQL = `
WITH m AS MATERIALIZED (
    SELECT i.issue_key, i.summary, i.updated_at, i.status, i.project_key, i.key_number, i.issue_id
    FROM jira_sync.jira_issues i
    WHERE i.summary ILIKE '%' || $1 || '%' AND i.status = $2 AND i.labels @> ARRAY[$3] AND i.deleted_at IS NULL)
SELECT json_build_object('data', json_build_object('issues', json_build_object('totalCount', (SELECT count(*) FROM m),
    'nodes', coalesce(json_agg(json_build_object('key', i.issue_key, 'summary', i.summary, 'updatedAt', i.updated_at,
        'status', json_build_object('name', i.status))), '[]'))))
FROM (SELECT * FROM m ORDER BY updated_at DESC, project_key, key_number, issue_id LIMIT 25) i`

	countSQL = `
SELECT json_build_object('data', json_build_object('issueStats', json_build_object('total', coalesce(sum(g.n), 0),
    'groups', coalesce(json_agg(json_build_object('keys', json_build_array(g.status), 'count', g.n) ORDER BY g.n DESC, g.status), '[]'))))
FROM (SELECT i.status, count(*) AS n
    FROM jira_sync.jira_projects p
    JOIN jira_sync.jira_issues i USING (instance_id, project_id)
    WHERE p.project_key = $1 AND i.deleted_at IS NULL
    GROUP BY i.status) g`

	projectsSQL = `
SELECT json_build_object('data', json_build_object('projects', json_build_object('nodes', coalesce(json_agg(json_build_object(
    'key', p.project_key, 'name', p.name, 'issues', json_build_object('nodes', coalesce(l.nodes, '[]')))
    ORDER BY p.project_key), '[]'))))
FROM (SELECT * FROM jira_sync.jira_projects WHERE visible AND project_key > $1 ORDER BY project_key LIMIT 20) p
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object('key', i.issue_key, 'summary', i.summary, 'assignee', ` + person("i.assignee_id", "ua") + `,
        'changelog', json_build_object('nodes', coalesce(c.nodes, '[]')))
        ORDER BY i.updated_at DESC, i.project_key, i.key_number, i.issue_id) AS nodes
    FROM (SELECT * FROM jira_sync.jira_issues i
        WHERE i.instance_id = p.instance_id AND i.project_id = p.project_id AND i.deleted_at IS NULL
        ORDER BY i.updated_at DESC, i.project_key, i.key_number, i.issue_id LIMIT 5) i
    LEFT JOIN jira_sync.jira_users ua ON ua.instance_id = i.instance_id AND ua.account_id = i.assignee_id
    LEFT JOIN LATERAL (
        SELECT json_agg(json_build_object('at', l.created_at, 'field', l.item->>'field', 'fromText', l.item->>'fromString',
            'toText', l.item->>'toString') ORDER BY l.created_at, l.jira_id, l.n) AS nodes
        FROM (SELECT h.created_at, h.jira_id, x.item, x.n
            FROM (SELECT * FROM jira_sync.jira_changelog h WHERE h.issue_id = i.issue_id
                ORDER BY h.created_at DESC, h.jira_id DESC LIMIT 3) h
            CROSS JOIN LATERAL jsonb_array_elements(h.items) WITH ORDINALITY x(item, n)
            ORDER BY h.created_at DESC, h.jira_id DESC, x.n DESC LIMIT 3) l) c ON true) l ON true`
)

// keysOfIssues are spread over the whole mirror.
func keysOfIssues(ctx context.Context, m *mirrored, _ *product) ([]arguments, error) {
	keys, err := fetchAll[string](ctx, m.url,
		"SELECT issue_key FROM jira_sync.jira_issues WHERE deleted_at IS NULL ORDER BY md5(issue_key) LIMIT $1", variants)
	return named("key", keys), err
}

func keysOfProjects(ctx context.Context, m *mirrored, _ *product) ([]arguments, error) {
	keys, err := fetchAll[string](ctx, m.url, `
SELECT p.project_key FROM jira_sync.jira_projects p
JOIN jira_sync.jira_issues i USING (instance_id, project_id)
GROUP BY p.project_key HAVING count(*) >= 50 ORDER BY md5(p.project_key)`)
	return named("project", keys), err
}

func named(name string, values []string) []arguments {
	list := make([]arguments, len(values))
	for n, value := range values {
		list[n] = arguments{map[string]any{name: value}, []string{value}}
	}
	return list
}

// wordsOfIssues are such that at least one issue is found: one of its words, its status and its
// first label.
func wordsOfIssues(ctx context.Context, m *mirrored, _ *product) ([]arguments, error) {
	found, err := fetchAll[string](ctx, m.url, `
SELECT DISTINCT ON (md5(w.word || i.status || i.labels[1])) w.word || chr(1) || i.status || chr(1) || i.labels[1]
FROM (SELECT * FROM jira_sync.jira_issues WHERE deleted_at IS NULL AND labels <> '{}' ORDER BY md5(issue_key) LIMIT $1) i
CROSS JOIN LATERAL (SELECT word FROM regexp_split_to_table(i.summary, '[^a-z]+') AS word
    WHERE length(word) BETWEEN 5 AND 20 ORDER BY md5(word || i.issue_key) LIMIT 1) w
ORDER BY md5(w.word || i.status || i.labels[1])`, variants)
	list := make([]arguments, len(found))
	for n, text := range found {
		parts := strings.Split(text, "\x01")
		list[n] = arguments{map[string]any{"word": parts[0], "status": parts[1], "label": parts[2]}, parts}
	}
	return list, err
}

// pagesOfProjects begin at each project that has 20 behind it.
func pagesOfProjects(ctx context.Context, _ *mirrored, p *product) ([]arguments, error) {
	var answer struct {
		Projects struct {
			Edges []struct {
				Cursor string
				Node   struct{ Key string }
			}
		}
	}
	if err := p.ask(ctx, `{projects(first:500){edges{cursor node{key}}}}`, &answer); err != nil {
		return nil, err
	}
	list := []arguments{{map[string]any{"after": nil}, []string{""}}}
	edges := answer.Projects.Edges
	for n := 0; n+20 < len(edges); n++ {
		list = append(list, arguments{map[string]any{"after": edges[n].Cursor}, []string{edges[n].Node.Key}})
	}
	return list, nil
}

// body is the request for the product.
func (q question) body(a arguments) ([]byte, error) { return graphqlBody(q.graphql, a.variables) }

// answer runs the ideal statement.
func (q question) answer(ctx context.Context, db interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}, args []string,
) (answer []byte, err error) {
	values := make([]any, len(args))
	for n, arg := range args {
		values[n] = arg
	}
	if err := db.QueryRow(ctx, q.sql, values...).Scan(&answer); err != nil {
		return nil, fmt.Errorf("%s: %w", q.name, err)
	}
	return answer, nil
}
