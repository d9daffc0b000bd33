package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"jirasync/server/attacktest"
)

const (
	refusals      = 200 // of each attack, in each of two rounds
	quickRefusals = 5
)

// measureRefusals sends what must be refused, again and again, each time another text, and looks
// at how long that takes and at what the server keeps of it.
func measureRefusals(ctx context.Context, s *stand, r *report) (err error) {
	m, err := s.mirror(ctx, r, s.syncIssues)
	if err != nil {
		return err
	}
	server, err := s.serve(ctx, append(m.jira.config(), "DATABASE_URL="+m.url, "REDIS_URL="+s.redisURL, "SYNC_ENABLED=false")...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	times := refusals
	if s.rounds == 1 {
		times = quickRefusals
	}
	fresh, _ := usageOf(server.pid()) // 0 where unknown
	first, err := refuseAll(ctx, r, server, times, 0)
	if err != nil {
		return err
	}
	used, _ := usageOf(server.pid())
	second, err := refuseAll(ctx, r, server, times, times)
	if err != nil {
		return err
	}
	after, _ := usageOf(server.pid())

	r.heading("Refusals")
	r.say("Each attack was sent %d times, one after the other, no two the same, then all of them once more. The server held %s MB "+
		"before, %s MB after the first round and %s MB after the second; %s MB at most. A time is that of a request, from its first "+
		"byte to the last of its answer; growth is what the server held more after a round of one attack than before.",
		times, megabytes(fresh.resident), megabytes(used.resident), megabytes(after.resident), megabytes(after.peak))
	rows := [][]string{{"attack", "bytes", "refused with", "p50 ms", "p99 ms", "growth MB, first round", "second"}}
	var slowest time.Duration
	for n, a := range attacktest.All() {
		one, two := first[n], second[n]
		slowest = max(slowest, one.p99, two.p99)
		rows = append(rows, []string{
			a.Name, fmt.Sprint(len(a.Body(0))), a.Code, milliseconds(two.p50), milliseconds(max(one.p99, two.p99)),
			growth(one.grown), growth(two.grown),
		})
	}
	r.table(rows...)
	r.figure(figure{
		what: "slowest kind of refusal, p99", reached: float64(slowest) / float64(time.Millisecond), target: 50, most: true, unit: " ms",
	})
	r.figure(figure{
		what: fmt.Sprintf("growth by %d more refusals of each kind", times), reached: float64(after.resident-used.resident) / (1 << 20),
		target: flat, most: true, unit: " MB", why: "A garbage collection more or less is a part of it.",
	})
	return nil
}

// flat is how much memory may come and go with the garbage collector, in MB.
const flat = 10

func growth(bytes int64) string { return fmt.Sprintf("%+.1f", float64(bytes)/(1<<20)) }

// refused is what a round of one attack took.
type refused struct {
	p50, p99 time.Duration
	grown    int64 // bytes that the server held more afterwards
}

func refuseAll(ctx context.Context, r *report, server *product, times, from int) ([]refused, error) {
	var all []refused
	for _, a := range attacktest.All() {
		r.working("%d times: %s", times, a.Name)
		got, err := refuse(ctx, server, a, times, from)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		all = append(all, got)
	}
	return all, nil
}

// refuse sends an attack again and again. Each must be refused, with the right code.
func refuse(ctx context.Context, server *product, a attacktest.Attack, times, from int) (refused, error) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	before, _ := usageOf(server.pid())
	took := make([]time.Duration, times)
	for n := range times {
		body := a.Body(from + n)
		began := time.Now()
		code, err := codeOf(ctx, client, server, body)
		took[n] = time.Since(began)
		if err != nil {
			return refused{}, err
		}
		if code != a.Code {
			return refused{}, fmt.Errorf("it is refused with %q, not %s", code, a.Code)
		}
	}
	after, _ := usageOf(server.pid())
	slices.Sort(took)
	return refused{took[times/2], took[times*99/100], after.resident - before.resident}, nil
}

// codeOf sends a request and reads the code of the first error in its answer.
func codeOf(ctx context.Context, client *http.Client, server *product, body []byte) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+server.addr+"/graphql", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	var answer struct {
		Errors []struct {
			Extensions struct {
				Code string `json:"code"`
			} `json:"extensions"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(text, &answer); err != nil || len(answer.Errors) == 0 {
		return "", fmt.Errorf("the answer is %.200s", text)
	}
	return answer.Errors[0].Extensions.Code, nil
}
