package main

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"time"
)

// measureStart takes the time from the start of the binary to the first 200 of /readyz.
func measureStart(ctx context.Context, s *stand, r *report) error {
	m, err := s.mirror(ctx, r, s.syncIssues)
	if err != nil {
		return err
	}
	var times []float64
	for range s.rounds {
		server, err := s.serve(ctx, append(m.jira.config(), "DATABASE_URL="+m.url, "REDIS_URL="+s.redisURL, "SYNC_ENABLED=false")...)
		if err != nil {
			return err
		}
		times = append(times, server.started.Seconds())
		if err := server.stop(); err != nil {
			return err
		}
	}
	r.heading("Start")
	r.say("From the start of the binary to ready, on a database that is there: %s ms, the median of %d starts.",
		milliseconds(time.Duration(median(times)*float64(time.Second))), s.rounds)
	r.figure(figure{what: "start to ready", reached: median(times), target: 1, most: true, unit: " s"})
	return measureDemo(ctx, s, r)
}

// demoTotal is how many issues a demo has when nothing else is said.
const demoTotal = 5000

// measureDemo takes the time from the start of a new demo to its ready line.
func measureDemo(ctx context.Context, s *stand, r *report) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	began := time.Now()
	demo, err := launch(environ("PORT="+port, "DEMO_DIR="+filepath.Join(s.dir, "demo"), "DEMO_ISSUES="+strconv.Itoa(demoTotal)), s.binary, "demo")
	if err != nil {
		return err
	}
	_, err = demo.line(ctx, "ready http://")
	took := time.Since(began)
	if err := errors.Join(err, demo.stop()); err != nil {
		return err
	}
	r.say("A new demo of %d issues, with a PostgreSQL cluster made for it, was ready in %s s.", demoTotal, number(took.Seconds()))
	r.figure(figure{what: "demo to ready", reached: took.Seconds(), target: 20, most: true, unit: " s"})
	return nil
}
