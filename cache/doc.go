// Package cache keeps answers with the versions they were made from, and hands one out only
// while none of those versions has been passed.
//
// A key is the question alone. What was stored under it also names what it depends on: tags such
// as "instance:1" or "project:1:10001", each with the version read in the same snapshot as the
// data. [Versions] holds the newest version this server has heard of; an entry older than that
// is a miss. So a slow reader, a crash between a commit and its message, an evicted key or a
// Redis that comes back with yesterday's entries costs a miss, never a lie, and nothing ever
// scans keys. The lifetime of an entry is only the last line.
//
// Promises:
//   - the same question asked by many at once is answered by one execution, and who asked after
//     a version was raised never gets an answer from before;
//   - Redis may be slow, gone, flushed or restarted: no error of it reaches a caller, and a read
//     waits for it at most [Options.Budget], or not at all once it is known to be away;
//   - what the process holds itself is bounded in bytes.
//
// Values are shared: whoever gets one must not change it. The package knows neither GraphQL nor
// PostgreSQL; tags and versions mean nothing to it but their order.
package cache
