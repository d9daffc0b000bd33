// Package jira reads Jira, Cloud and Data Center alike, and is the only place that knows
// one from the other.
//
// It promises that
//   - every issue that matches comes at least once, in order of creation, whatever
//     changes between two pages; a page can be asked for again from its [Cursor];
//   - the `fields` object is handed on as Jira sent it: numbers to the last digit, null
//     told from absent. Only NUL characters and lone surrogates, which jsonb refuses, are
//     replaced, and counted;
//   - one odd issue never costs its page: it comes as [Broken], the others as [Issue];
//   - no wait is longer than it was allowed to be: a longer one asked for by Jira is a
//     [ThrottledError] at once;
//   - credentials go to the configured host only and are in no error.
//
// Transport, authentication and requests are go-jira's, under it retries by
// go-retryablehttp; decoding is our own, because go-jira's structs lose data and let one
// odd value cost the page.
//
// It does not know what is done with an issue.
package jira
