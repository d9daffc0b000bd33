package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/telemetry"
)

func TestLinesOfARequestBearItsID(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := telemetry.NewLogger(telemetry.LogOptions{Out: &out})
	require.NoError(t, err)
	log.With("instance", 1).InfoContext(telemetry.WithRequestID(t.Context(), "r-1"), "page stored")
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line), "no terminal, so JSON")
	require.Equal(t, "r-1", line["request"])
	require.EqualValues(t, 1, line["instance"])

	out.Reset()
	log.Info("outside")
	require.NotContains(t, out.String(), "request")
}

func TestLevelAndFormatAreChosen(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := telemetry.NewLogger(telemetry.LogOptions{Level: "warn", Format: "text", Out: &out})
	require.NoError(t, err)
	log.Info("quiet")
	require.Empty(t, out.String())
	log.Warn("loud", "run", 7)
	require.Contains(t, out.String(), "loud run=7")
	require.NotContains(t, out.String(), "\x1b", "colours are for terminals")
}

func TestBadSettingsAreNamed(t *testing.T) {
	t.Parallel()
	_, err := telemetry.NewLogger(telemetry.LogOptions{Level: "loud"})
	require.ErrorContains(t, err, `LOG_LEVEL "loud"`)
	_, err = telemetry.NewLogger(telemetry.LogOptions{Format: "xml"})
	require.ErrorContains(t, err, `LOG_FORMAT "xml"`)
}

func TestWhatTheRedisClientSaysIsDetail(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	telemetry.RedisLog{Logger: slog.New(slog.NewTextHandler(&out, nil))}.Printf(t.Context(), "lost %s", "it")
	require.Empty(t, out.String())
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	telemetry.RedisLog{Logger: log}.Printf(t.Context(), "lost %s", "it")
	require.Contains(t, out.String(), `detail="lost it"`)
}
