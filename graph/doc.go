// Package graph is the schema, the code generated from it, and what stands around an operation:
// limits of its text and variables, costs of fields, words and codes for failures, the parts of a
// subscription, and a writer of answers that need no resolver ([PlainLists]).
//
// Promises:
//   - a text is found within its limits before it is validated, which may take time in the square of
//     its length;
//   - of a failure that is not declared, a client hears no more than the id under which the log has
//     it: no statement and no host;
//   - what the plain writer writes is, byte for byte, what the executor would have written.
//
// The schema is cut by subject into *.graphqls files; the Go code beside them comes from `go tool
// gqlgen generate`. The types that fields have are those of packages db and query. What a field does
// is in package resolvers, and what comes over HTTP in package server.
package graph
