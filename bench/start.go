package main

import (
	"context"
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
	return nil
}
