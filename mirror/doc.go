// Package mirror copies Jira issues into PostgreSQL and keeps the copy true.
//
// A run is of one instance. It plans sweeps, fetches their pages and commits each with the place
// to go on from; then, when it is due, it takes a census of ids: of a listing or, of a project that it
// has just read whole, of what its pages showed. Cut off anywhere, the next run goes on after the last
// committed page.
//
// Three rules keep it true. A window of changes begins five minutes before the last one was asked
// for, by Jira's clock: its index runs late, so the newest `updated` seen is no safe mark. An
// issue whose content is known is not written again. And nothing is gone until two misses and a
// look by id say so.
//
// It knows neither Jira's dialects (see [jirasync/jira]) nor GraphQL, and does not decide when to
// run (see [jirasync/jobs]).
package mirror
