package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// contestant is a program under load and the requests it gets, one after the other.
type contestant struct {
	name     string
	addr     string
	more     []string      // further addresses of it: connections take turns
	requests [][]byte      // each a whole HTTP request
	pause    time.Duration // of a connection, between an answer and its next request
	next     atomic.Uint64
}

// turn is what came of one turn of load.
type turn struct {
	rate     float64 // answers a second
	p50, p99 time.Duration
	longest  time.Duration
}

// load keeps so many connections busy for a while: each sends the next request when the answer to
// its last one is there, after its pause if it has one. Requests that are under way together differ as long as there are more of
// them than connections.
func (c *contestant) load(ctx context.Context, connections int, window time.Duration) (turn, error) {
	until := time.Now().Add(window)
	return c.loadWhile(ctx, connections, func() bool { return time.Now().Before(until) })
}

// loadWhile is load for as long as something goes on. Connections that pause begin one after the
// other, within one pause.
func (c *contestant) loadWhile(ctx context.Context, connections int, on func() bool) (turn, error) {
	times := make([][]time.Duration, connections)
	group, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for n := range connections {
		group.Go(func() (err error) {
			if err := wait(ctx, c.pause*time.Duration(n)/time.Duration(connections)); err != nil {
				return err
			}
			addr := append([]string{c.addr}, c.more...)[n%(1+len(c.more))]
			times[n], err = c.converse(ctx, addr, on)
			return err
		})
	}
	err := group.Wait()
	elapsed := time.Since(began)
	if err != nil {
		return turn{}, fmt.Errorf("load %s: %w", c.name, err)
	}
	all := slices.Concat(times...)
	slices.Sort(all)
	if len(all) == 0 {
		return turn{}, fmt.Errorf("load %s: no answer within %s", c.name, elapsed)
	}
	return turn{
		rate: float64(len(all)) / elapsed.Seconds(), p50: all[len(all)/2], p99: all[min(len(all)*99/100, len(all)-1)],
		longest: all[len(all)-1],
	}, nil
}

// wait returns after a while, or with ctx.
func wait(ctx context.Context, pause time.Duration) error {
	if pause == 0 {
		return nil
	}
	select {
	case <-time.After(pause):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// converse is one connection.
func (c *contestant) converse(ctx context.Context, addr string, on func() bool) ([]time.Duration, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // wakes whoever waits
	defer stop()
	reader := bufio.NewReaderSize(conn, 64<<10)
	times := make([]time.Duration, 0, 1<<14)
	for now := time.Now(); on(); {
		request := c.requests[c.next.Add(1)%uint64(len(c.requests))]
		if _, err := conn.Write(request); err != nil {
			return nil, err
		}
		if err := skipAnswer(reader); err != nil {
			return nil, fmt.Errorf("%w, to %s", err, request)
		}
		done := time.Now()
		times = append(times, done.Sub(now))
		if now = done; c.pause > 0 {
			if err := wait(ctx, c.pause); err != nil {
				return nil, err
			}
			now = time.Now()
		}
	}
	return times, nil
}

// skipAnswer reads an answer to its end with as little work as it takes: a client shares the
// cores with what it measures. Only a whole 200 will do.
func skipAnswer(r *bufio.Reader) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
		return fmt.Errorf("the answer was %q", bytes.TrimSpace(line))
	}
	length, chunked := -1, false
	for {
		if line, err = r.ReadSlice('\n'); err != nil {
			return err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		}
	}
	switch {
	case chunked:
		return skipChunks(r)
	case length < 0:
		return errors.New("the answer has no length")
	}
	start, err := r.Peek(min(length, len(failure)))
	if err != nil {
		return err
	}
	if bytes.Equal(start, []byte(failure)) {
		text, _ := io.ReadAll(io.LimitReader(r, int64(length)))
		return fmt.Errorf("the answer was %s", text)
	}
	_, err = r.Discard(length)
	return err
}

// failure is how a GraphQL answer begins that holds no data.
const failure = `{"errors`

func skipChunks(r *bufio.Reader) error {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return err
		}
		if _, err := r.Discard(int(size) + len("\r\n")); err != nil {
			return err
		}
		if size == 0 {
			return nil
		}
	}
}

// httpRequest writes a whole request.
func httpRequest(method, addr, path string, body []byte) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, addr)
	if body != nil {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	return []byte(b.String())
}
