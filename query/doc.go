// Package query turns a question about issues into one SQL statement and its arguments.
//
// A filter becomes a tree of conditions, the tree becomes SQL. Every other language for filters
// is a second way into the same tree. Identifiers come from lists in this package and values only
// travel as arguments, so no text of a caller can become SQL. What the asker may see ([Scope]) is
// a condition of every statement, not a filter after it.
//
// It does no I/O, and knows neither GraphQL nor the types that rows become.
package query
