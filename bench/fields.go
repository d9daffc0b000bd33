package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// fillReaders ask side by side while a mapping is filled. Each pauses between its questions, as
	// without that a wait is the queue before two cores, whatever else happens.
	fillReaders = 64
	readerPause = 50 * time.Millisecond
)

// measureFields maps number fields and times their fill from the mirror: alone, and while people
// read.
func measureFields(ctx context.Context, s *stand, r *report) (err error) {
	m, err := s.mirror(ctx, r, s.issues)
	if err != nil {
		return err
	}
	if err := execute(ctx, m.url, "CHECKPOINT"); err != nil { // what others left to write is no reader's wait
		return err
	}
	server, err := s.serve(ctx, append(m.jira.config(), "DATABASE_URL="+m.url, "REDIS_URL="+s.redisURL, "CACHE_ENABLED=false")...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	if err := pause(ctx, server); err != nil {
		return err
	}
	sources, err := numberFields(ctx, server)
	if err != nil {
		return err
	}
	readers, err := issueReaders(ctx, m, server)
	if err != nil {
		return err
	}
	r.heading("Field mappings")
	var alone []float64
	var longest, usual time.Duration
	for round := range s.rounds {
		took, err := fill(ctx, server, fmt.Sprintf("bench_alone_%d", round), sources[0])
		if err != nil {
			return err
		}
		alone = append(alone, float64(m.jira.Issues)/took.Seconds())
		waited, during, err := fillWhileReading(ctx, server, readers, fmt.Sprintf("bench_read_%d", round), sources[len(sources)-1])
		if err != nil {
			return err
		}
		longest = max(longest, waited)
		quiet, err := readers.load(ctx, fillReaders, during)
		if err != nil {
			return err
		}
		usual = max(usual, quiet.longest)
		r.working("fields, round %d: %.0f issues/s, the longest read %s ms, without a fill %s ms", round+1, alone[round], milliseconds(longest), milliseconds(usual))
	}
	r.say("A new mapping of a number field was filled for %d issues at %s issues/s, from the mutation to READY, the median of %d. "+
		"While others were filled, %d connections asked Q1 without a cache, each %s after its last answer: no error, "+
		"and the longest wait of all was %s ms; in as much time in which nothing was filled, %s ms.",
		m.jira.Issues, number(median(alone)), s.rounds, fillReaders, readerPause, milliseconds(longest), milliseconds(usual))
	r.figure(figure{what: "fill of a mapping from the mirror", reached: median(alone), target: 20_000, unit: " issues/s"})
	r.figure(figure{
		what: "longest read while a mapping is made", reached: float64(longest) / float64(time.Millisecond), target: 100, most: true, unit: " ms",
		why: "It is the longest single wait of all: readers, server, fill and PostgreSQL share two cores. While nothing was filled it was " +
			milliseconds(usual) + " ms.",
	})
	return nil
}

// pause lets runs begin only when they are asked for.
func pause(ctx context.Context, server *product) error {
	if err := server.ask(ctx, `mutation { updateSyncConfig(input: {paused: true}) { paused } }`, nil); err != nil {
		return err
	}
	return awaitIdle(ctx, server)
}

func numberFields(ctx context.Context, server *product) (ids []string, err error) {
	var answer struct {
		JiraFields struct {
			Nodes []struct{ FieldID, Type string }
		}
	}
	if err := server.ask(ctx, `{ jiraFields(custom: true, first: 500) { nodes { fieldId type } } }`, &answer); err != nil {
		return nil, err
	}
	for _, f := range answer.JiraFields.Nodes {
		if f.Type == "number" {
			ids = append(ids, f.FieldID)
		}
	}
	if len(ids) == 0 {
		return nil, errors.New("the simulated Jira has no number field")
	}
	return ids, nil
}

// issueReaders ask Q1 of the server.
func issueReaders(ctx context.Context, m *mirrored, server *product) (*contestant, error) {
	q := questions()[0]
	asked, err := q.asked(ctx, m, server)
	if err != nil {
		return nil, err
	}
	readers := &contestant{name: "readers", addr: server.addr, pause: readerPause}
	for _, a := range asked {
		body, err := q.body(a)
		if err != nil {
			return nil, err
		}
		readers.requests = append(readers.requests, httpRequest("POST", server.addr, "/graphql", body))
	}
	return readers, nil
}

// fill makes a mapping and waits until it can be read.
func fill(ctx context.Context, server *product, name, fieldID string) (time.Duration, error) {
	began := time.Now()
	err := server.ask(ctx, fmt.Sprintf(`mutation { saveFieldMapping(input: {name: %q, type: NUMBER, sources: [{instance: "bench", fieldId: %q}]}) { id } }`,
		name, fieldID), nil)
	if err != nil {
		return 0, err
	}
	const beat = 10 * time.Millisecond
	for {
		var answer struct {
			FieldMappings []struct {
				Name, State string
				Error       *string
			}
		}
		if err := server.ask(ctx, `{ fieldMappings { name state error } }`, &answer); err != nil {
			return 0, err
		}
		for _, mapping := range answer.FieldMappings {
			switch {
			case mapping.Name != name:
			case mapping.State == "READY":
				return time.Since(began), nil
			case mapping.Error != nil:
				return 0, fmt.Errorf("mapping %s: %s", name, *mapping.Error)
			}
		}
		select {
		case <-time.After(beat):
		case <-server.ended:
			return 0, server.gone()
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// fillWhileReading tells the longest that a reader waited during a fill, and how long that took.
func fillWhileReading(ctx context.Context, server *product, readers *contestant, name, fieldID string) (longest, took time.Duration, err error) {
	var over atomic.Bool
	var group errgroup.Group
	group.Go(func() (err error) {
		defer over.Store(true)
		took, err = fill(ctx, server, name, fieldID)
		return err
	})
	t, err := readers.loadWhile(ctx, fillReaders, func() bool { return !over.Load() })
	return t.longest, took, errors.Join(err, group.Wait())
}
