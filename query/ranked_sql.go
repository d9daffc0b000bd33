package query

import (
	"slices"
	"strconv"
)

// mostRanked is how many of the issues that a search finds are ranked: the newest. The rest follow
// them, newest first, so that a search for a common word reads no more than one for a rare one.
const mostRanked = 1000

// ByRelevance reports whether the list is ordered by how well issues answer a search, among others.
func (q *Issues) ByRelevance() bool { return q.order.byRelevance() }

// ranked is the statement for a page of a list that is ordered by relevance, with rows like those
// of [Issues.List]. With total, that is null where there are more issues than are ranked.
func (q *Issues) ranked(s Selection, total bool) Statement {
	w := newWriter()
	w.fresh = true
	columns, order, most := q.columns([]string{"issue_id", "issue_key", "updated_at"}), q.order.orderBy(q.page.Backward), strconv.Itoa(mostRanked)
	versions := InstanceVersions
	w.listedProjects(q)
	if q.projects != nil {
		versions = projectVersions
	}
	w.add(prefix(q.projects == nil, "WITH "), prefix(q.projects != nil, ", "), "c AS MATERIALIZED (SELECT ", columns, " FROM ")
	w.set(q)
	w.add(" ORDER BY i.updated_at DESC, i.project_key, i.key_number, i.issue_id LIMIT ", most, "),\nr AS (SELECT i.*, ")
	w.relevance(*q.search)
	w.add(")\nSELECT v.versions, v.total, ", s.List, "\nFROM (SELECT ", versions, " AS versions, ")
	if total {
		w.add("(SELECT nullif(count(*), ", most, ") FROM c)")
	} else {
		w.add("NULL::bigint")
	}
	w.add(" AS total) v\nLEFT JOIN LATERAL (SELECT o.*, i.relevance FROM (SELECT i.* FROM (SELECT * FROM r UNION ALL (")
	q.rest(w, columns, order)
	w.add(")) i WHERE true")
	q.beyond(w)
	w.add(" ORDER BY ", order, " LIMIT ", strconv.Itoa(q.page.read()), ") i JOIN (SELECT i.* FROM ", source(q.mapped), ") o USING (issue_id)) i ON true\n",
		s.Joins, "\nORDER BY ", order, s.Order)
	return w.statement()
}

// relevance writes how well the issues of c answer the search. Each word counts by the best place
// where it stands: key and summary (weight A of the index), description (B), comments. An issue that
// bears the key, now or before, comes first.
func (w *writer) relevance(c Words) {
	if c.Key != "" {
		key := w.arg(c.Key)
		w.add("CASE WHEN i.issue_key = ", key, " THEN 1000000 WHEN i.issue_id IN (SELECT k.issue_id FROM jira_sync.jira_issue_keys k WHERE k.issue_key = ",
			key, ") THEN 500000 ELSE ")
	}
	w.add("(SELECT coalesce(sum(CASE WHEN f.title @@ t.query THEN 100 WHEN f.text @@ t.query THEN 10 ELSE 1 END), 0)::int FROM unnest(",
		w.arg(c.queries()), "::text[]::tsquery[]) t (query))", prefix(c.Key != "", " END"), " AS relevance\n",
		"FROM c i LEFT JOIN jira_sync.jira_issue_search s USING (issue_id)\n",
		"CROSS JOIN LATERAL (SELECT ts_filter(s.words, '{a}') AS title, ts_filter(s.words, '{a,b}') AS text OFFSET 0) f")
}

// rest writes the page of the found issues that are not ranked, if there are any.
func (q *Issues) rest(w *writer, columns, order string) {
	w.add("SELECT * FROM (SELECT ", columns, ", 0 AS relevance FROM ")
	w.set(q)
	w.add(" AND (SELECT count(*) FROM c) = ", strconv.Itoa(mostRanked),
		" AND i.updated_at <= (SELECT min(c.updated_at) FROM c) AND i.issue_id <> ALL (ARRAY(SELECT c.issue_id FROM c WHERE c.updated_at = (SELECT min(c.updated_at) FROM c)))")
	if from := q.restFrom(); from != nil {
		w.add(" AND i.updated_at <= ", w.arg(from))
	}
	w.add(") i WHERE true")
	q.beyond(w)
	w.add(" ORDER BY ", order, " LIMIT ", strconv.Itoa(q.page.read()))
}

// restFrom is the time at which a page that begins among the rest begins: where an index can start.
func (q *Issues) restFrom() any {
	first := q.order.keys[0]
	if q.after == nil || first.column != SortRelevance || !first.desc || q.after[0] != int32(0) {
		return nil
	}
	return q.after[slices.IndexFunc(q.order.keys, func(k sortKey) bool { return k.column == SortUpdated })]
}
