// Package telemetry is how the process speaks about itself: slog for lines, Prometheus for
// figures, and one id that joins a request's answer to its log lines.
//
// A line has a constant message and its facts as attributes. Keys are the same everywhere:
// instance, project, run, request, error. No line holds a query string, a header or a body: they
// may hold secrets. Labels of metrics come from bounded sets: the pattern of a route, never its
// path.
package telemetry
