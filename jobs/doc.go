// Package jobs decides when to run: it is the clock, knows which server leads, and carries out
// what was asked for on any server.
//
// One server leads, by a lease that a dead or paused one loses within seconds. Its tick, like the
// wish of a person, is only a row in sync_history; the leader turns rows into runs, one an
// instance at a time, so that a slow instance delays no other. A run that failed of what may be over
// in seconds (a connection that was cut, a database that restarts) is wished for again after a second,
// two, four ... until the tick comes sooner; webhooks that could not be followed wait in the same way, or
// for as long as Jira said. While the schedule is paused they are only noted. How a run goes is not its
// business (see [jirasync/mirror]).
package jobs
