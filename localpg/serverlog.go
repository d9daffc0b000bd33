package localpg

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
)

// tailLines is how much of the server's log an error can quote from.
const tailLines = 40

// serverLog passes the server's lines on to slog and remembers the last ones.
type serverLog struct {
	log *slog.Logger

	mu      sync.Mutex
	pending []byte // a line not yet ended
	last    []string
}

func (l *serverLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = append(l.pending, p...)
	for {
		line, rest, found := bytes.Cut(l.pending, []byte("\n"))
		if !found {
			return len(p), nil
		}
		l.pending = rest
		l.add(string(line))
	}
}

func (l *serverLog) add(line string) {
	if l.last = append(l.last, line); len(l.last) > tailLines {
		l.last = l.last[1:]
	}
	level := slog.LevelDebug // errors of statements are told by whoever sent them
	if strings.Contains(line, "PANIC:") || strings.Contains(line, "No space left on device") {
		level = slog.LevelError
	}
	l.log.Log(context.Background(), level, "PostgreSQL says", "line", line)
}

func (l *serverLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(append(l.last, string(l.pending)), "\n")
}
