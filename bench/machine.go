package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
)

// describeMachine says what the figures were taken on.
func describeMachine(ctx context.Context, s *stand, r *report) error {
	version, err := fetch[string](ctx, s.postgres.URL("postgres"), "SELECT version()")
	if err != nil {
		return err
	}
	postgres, _, _ := strings.Cut(version, " on ")
	redis, err := exec.CommandContext(ctx, "redis-server", "--version").Output()
	if err != nil {
		return fmt.Errorf("ask Redis for its version: %w", err)
	}
	set := make([]string, 0, len(settings()))
	for name, value := range settings() {
		set = append(set, name+"="+value)
	}
	commit, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=7").Output()
	if err != nil {
		commit = []byte("unknown")
	}
	r.heading("Machine")
	r.table(
		[]string{"what", "which"},
		[]string{"processor", fmt.Sprintf("%s, %d cores", processor(), runtime.NumCPU())},
		[]string{"memory", memory()},
		[]string{"load before", load()},
		[]string{"Go", runtime.Version()},
		[]string{"PostgreSQL", postgres + " (" + strings.Join(slices.Sorted(slices.Values(set)), ", ") + ")"},
		[]string{"Redis", redisVersion(string(redis))},
		[]string{"commit", strings.TrimSpace(string(commit))},
		[]string{"command", "go run ./bench " + strings.Join(os.Args[1:], " ")},
		[]string{"rounds", fmt.Sprint(s.rounds)},
	)
	return nil
}

func processor() string { return procLine("/proc/cpuinfo", "model name", runtime.GOARCH) }

func memory() string { return procLine("/proc/meminfo", "MemTotal", "unknown") }

func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// procLine is the value of a line "name: value".
func procLine(path, name, otherwise string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return otherwise
	}
	for line := range strings.Lines(string(text)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return otherwise
}

func redisVersion(text string) string {
	for _, word := range strings.Fields(text) {
		if version, ok := strings.CutPrefix(word, "v="); ok {
			return version
		}
	}
	return "unknown"
}
