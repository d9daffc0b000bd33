package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// idleTime is long enough to hear every statement that a server makes when nobody asks.
const idleTime = 5 * time.Second

// measureStatements counts what questions cost in statements, between a server and PostgreSQL.
func measureStatements(ctx context.Context, s *stand, r *report, m *mirrored) (err error) {
	wire, url, err := wirePostgres(s.dir, m.url)
	if err != nil {
		return err
	}
	defer wire.close()
	server, err := s.serve(ctx, append(m.jira.config(), "DATABASE_URL="+url, "SYNC_ENABLED=false", "AUTO_MIGRATE=false")...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	before := wire.now()
	select {
	case <-time.After(idleTime):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	idle := wire.now().since(before)

	rows := [][]string{{"one request, cold", "statements"}}
	for _, q := range questions() {
		asked, err := q.asked(ctx, m, server)
		if err != nil {
			return err
		}
		n, err := countStatements(ctx, wire, idle, server, q, asked[0], 1)
		if err != nil {
			return err
		}
		rows = append(rows, []string{q.name, fmt.Sprint(n)})
		if q.name == "Q5" {
			r.figure(figure{what: "Q5, statements", reached: float64(n), target: 4, most: true})
		}
		if q.name == "Q3" {
			const crowd = 200
			n, err := countStatements(ctx, wire, idle, server, q, asked[1], crowd)
			if err != nil {
				return err
			}
			rows = append(rows, []string{fmt.Sprintf("%s, %d identical requests at once", q.name, crowd), fmt.Sprint(n)})
			r.figure(figure{what: "200 identical cold requests, statements", reached: float64(n), target: 1, most: true})
		}
	}
	r.table(rows...)
	return nil
}

// countStatements asks the same so many times at once. What the server does by itself is left out.
func countStatements(ctx context.Context, wire *wire, idle traffic, server *product, q question, a arguments, times int) (int, error) {
	body, err := q.body(a)
	if err != nil {
		return 0, err
	}
	before := wire.now()
	group, ctx := errgroup.WithContext(ctx)
	for range times {
		group.Go(func() error {
			_, err := get(ctx, http.MethodPost, "http://"+server.addr+"/graphql", string(body))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	asked := wire.now().since(before)
	for text := range idle.statements {
		delete(asked.statements, text)
	}
	return asked.executed(), nil
}
