// Package db is PostgreSQL as the rest of the house sees it: the domain's types (Issue, Project,
// Run ...) beside their SQL, one file a table group. It is the only importer of pgx.
//
// Two promises hold everywhere. One transaction owns one truth: a page's issues, their children,
// the place to go on from and the raised versions commit together or not at all. And every read
// tells the versions of its own snapshot, so that an answer is never cached under a newer one.
//
// It knows neither Jira nor GraphQL: what is written comes as rows, what is read goes out as
// domain types.
package db
