package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"
)

// LogOptions as the environment gives them.
type LogOptions struct {
	Level  string    // LOG_LEVEL: debug, info, warn, error; empty is info
	Format string    // LOG_FORMAT: json, text; empty is text on a terminal and json elsewhere
	Out    io.Writer // nil is standard error
}

// NewLogger makes the logger of the process. Lines written with a request's context bear its id.
func NewLogger(o LogOptions) (*slog.Logger, error) {
	var level slog.Level
	if o.Level != "" {
		if err := level.UnmarshalText([]byte(o.Level)); err != nil {
			return nil, fmt.Errorf("LOG_LEVEL %q: want debug, info, warn or error", o.Level)
		}
	}
	if o.Out == nil {
		o.Out = os.Stderr
	}
	terminal := isTerminal(o.Out)
	switch strings.ToLower(o.Format) {
	case "json":
		return newJSON(o.Out, level), nil
	case "text":
		return newText(o.Out, level, terminal), nil
	case "":
		if terminal {
			return newText(o.Out, level, true), nil
		}
		return newJSON(o.Out, level), nil
	}
	return nil, fmt.Errorf("LOG_FORMAT %q: want json or text", o.Format)
}

func newJSON(out io.Writer, level slog.Level) *slog.Logger {
	return slog.New(withRequest{slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level})})
}

func newText(out io.Writer, level slog.Level, colour bool) *slog.Logger {
	return slog.New(withRequest{tint.NewTextHandler(out, &tint.Options{
		Level: level, TimeFormat: time.TimeOnly, NoColor: !colour || os.Getenv("NO_COLOR") != "",
	})})
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}

// withRequest adds the id of the request in whose context a line is written.
type withRequest struct{ slog.Handler }

func (h withRequest) Handle(ctx context.Context, r slog.Record) error {
	if id := RequestID(ctx); id != "" {
		r.AddAttrs(slog.String("request", id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h withRequest) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withRequest{h.Handler.WithAttrs(attrs)}
}

func (h withRequest) WithGroup(name string) slog.Handler {
	return withRequest{h.Handler.WithGroup(name)}
}

// RedisLog lets go-redis write into the log: give it to redis.SetLogger. What it has to say
// (a connection lost, a dial failed) is detail: the cache and the events tell what it means.
type RedisLog struct{ Logger *slog.Logger }

// Printf is what go-redis calls.
func (l RedisLog) Printf(ctx context.Context, format string, args ...any) {
	if l.Logger.Enabled(ctx, slog.LevelDebug) {
		l.Logger.DebugContext(ctx, "redis client", "detail", fmt.Sprintf(format, args...))
	}
}
