package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	stopGrace  = 25 * time.Second // a server drains for up to 20 s
	sampleBeat = 20 * time.Millisecond
)

// child is a program that serves until it is stopped.
type child struct {
	name   string
	cmd    *exec.Cmd
	stdout *lines
	stderr *tail
	ended  chan struct{}
	err    error // valid once ended
}

// launch starts a program with this environment alone.
func launch(env []string, program string, args ...string) (*child, error) {
	c := &child{
		name: program + " " + strings.Join(args, " "), cmd: exec.Command(program, args...), //nolint:noctx // stop ends it
		stdout: &lines{come: make(chan string, 64)}, stderr: &tail{}, ended: make(chan struct{}),
	}
	c.cmd.Env, c.cmd.Stdout, c.cmd.Stderr = env, c.stdout, c.stderr
	c.cmd.SysProcAttr = attributes()
	c.cmd.WaitDelay = time.Second
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.name, err)
	}
	go func() { // ends with the process, for which stop waits
		defer close(c.ended)
		c.err = c.cmd.Wait()
	}()
	return c, nil
}

// line waits for a line of output that contains text.
func (c *child) line(ctx context.Context, text string) (string, error) {
	for {
		select {
		case line := <-c.stdout.come:
			if strings.Contains(line, text) {
				return line, nil
			}
		case <-c.ended:
			return "", c.gone()
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

// gone says why a program ended that should not have.
func (c *child) gone() error {
	return fmt.Errorf("%s ended by itself: %w: %s", c.name, errors.Join(c.err, errEnded), c.stderr)
}

var errEnded = errors.New("it should still serve")

func (c *child) pid() int { return c.cmd.Process.Pid }

// stop asks the program to end and waits for it.
func (c *child) stop() error {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-c.ended:
		return nil
	case <-time.After(stopGrace):
		_ = c.cmd.Process.Kill()
		<-c.ended
		return fmt.Errorf("%s did not end within %s", c.name, stopGrace)
	}
}

// complete runs a program to its end, and tells what it printed and what it used.
func complete(ctx context.Context, env []string, program string, args ...string) ([]byte, usage, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	var stdout bytes.Buffer
	stderr := &tail{}
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &stdout, stderr
	cmd.SysProcAttr = attributes()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopGrace
	if err := cmd.Start(); err != nil {
		return nil, usage{}, fmt.Errorf("start %s: %w", program, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var used usage
	sample := time.NewTicker(sampleBeat)
	defer sample.Stop()
	for {
		select {
		case <-sample.C:
			if now, err := usageOf(cmd.Process.Pid); err == nil { // it may just have ended
				used.peak = max(used.peak, now.peak)
			}
		case err := <-ended:
			if err != nil {
				return stdout.Bytes(), used, fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, stderr)
			}
			used.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			return stdout.Bytes(), used, nil
		}
	}
}

// lines hands on what is written, line by line, as long as anybody reads them.
type lines struct {
	come chan string
	rest []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		l.rest = rest
		select {
		case l.come <- string(line):
		default: // nobody waits for a line any more
		}
	}
}

// tail keeps the end of what is written.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	const most = 4 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if len(t.text) > most {
		t.text = append([]byte(nil), t.text[len(t.text)-most:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}

// environ is what every child needs of ours, and what is given.
func environ(given ...string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(), "TZ=UTC"}
	return append(env, given...)
}
