// Package jirasim is a Jira that never was: an HTTP server that behaves like Jira Cloud
// or like Jira Data Center, for the demo, for tests and for benchmarks.
//
// An issue is a pure function of the seed, its place in the order of creation and the
// changes made to it since birth. In memory stands only what searching needs, a few tens
// of bytes an issue; documents are written when somebody asks. The same options give the
// same data, on any machine.
//
// It lives: [Sim.Run] creates, edits, transitions, comments on, moves and deletes issues.
// Changes go to a journal, so that a restart goes on where the process ended, be it by
// kill -9. It never steps back, for a mirror would then look wrong.
//
// It tells the truth: [Sim.Truth] lists every issue that Jira shows, with a hash of its
// fields. And it fails on demand: see [Faults].
//
// What an issue's document embeds of others (parent, subtasks, linked issues) is shown as
// it was when the issue itself last changed. So a document changes only together with its
// `updated`, except where a fault or a change of permissions says otherwise.
//
// It knows HTTP and JSON only, and no other package of this program.
package jirasim
