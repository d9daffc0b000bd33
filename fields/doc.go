// Package fields makes hundreds of private fields of several Jiras into common, typed columns.
//
// A mapping names a field of each instance and a type. The package converts raw values into that
// type, for each page that lands and, when a mapping is made or changed, for what the mirror holds
// already: from the stored documents, without asking Jira. A change fills a column of its own
// beside the one in use, which takes its place in one transaction; cut off anywhere, the next
// server goes on from the last batch.
//
// A value that cannot be read as the type is empty in the column, counted and listed; the raw value
// stays what Jira sent. How columns, pages and changes are kept from each other's way is the
// business of package db.
package fields
