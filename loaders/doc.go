// Package loaders reads what a request asks for in batches: however many objects of an answer ask
// for the same kind of thing, one statement brings it.
//
// A [Request] lives as long as one answer and remembers what it has read, so that one answer never
// shows an object in two states. Issues, users and projects are looked up in the cache first, one
// by one, with what they depend on; what was not there is read in one statement and kept.
//
// When a batch is read is not up to a clock: it goes off once everybody who could still ask waits,
// which is at once where an object has no siblings.
package loaders
