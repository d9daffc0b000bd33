// Package server is the HTTP side of the house: GraphQL over HTTP, websockets and server-sent
// events, health, metrics and the dashboard.
//
// Promises:
//   - what costs little is checked before what costs much: address and rate, size, shape of the
//     operation, and only then its meaning;
//   - the answer to a whole query is kept in front of the executor, so that a question asked
//     again is neither parsed nor executed; it is never older than what this server has heard of;
//   - equal subscriptions are executed and encoded once, and a client that does not read is
//     dropped without holding up the others;
//   - it ends within its time: requests are finished, subscribers told to come again.
//
// It knows neither Jira nor SQL.
package server
