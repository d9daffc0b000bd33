// Package events tells what happened to whoever listens, on this server and on the others.
//
// An event is news, not truth: it may come late, twice or never, and who hears it reads the truth
// from the database. Where news may have been missed, an event of [KindResumed] says so.
//
// Promises:
//   - a subscriber on the publishing server gets an event once, Redis or not, and without waiting
//     for Redis;
//   - [Bus.Publish] waits at most [Options.Budget] for Redis, and not at all while it is away;
//   - a slow subscriber is dropped and told why; it never holds up the others;
//   - the versions an event carries are known to this server before anybody here gets the event.
package events
