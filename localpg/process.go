package localpg

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// process is a child that dies with us.
type process struct {
	cmd     *exec.Cmd
	asked   atomic.Bool   // to stop, by us
	done    chan struct{} // closed once it has ended; failure is set by then
	failure error
}

// startProcess starts cmd from a thread that lives as long as the child does: the kernel
// sends the death signal when the thread ends that started it (golang/go#27505).
func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		err := cmd.Start()
		started <- err
		if err == nil {
			p.failure = cmd.Wait()
			close(p.done)
		}
	}()
	return p, <-started
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// err says why the child ended unasked.
func (p *process) err() error {
	select {
	case <-p.done:
		if p.asked.Load() {
			return nil
		}
		if p.failure == nil {
			return errors.New("PostgreSQL was shut down by somebody else")
		}
		return p.failure
	default:
		return nil
	}
}

// stop asks for a fast shutdown, and when ctx or the grace ends, for one at once.
func (p *process) stop(ctx context.Context) error {
	p.asked.Store(true)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		_ = p.cmd.Process.Signal(signal) // fails only for one that has ended
		grace, interrupted := time.NewTimer(shutdownGrace), ctx.Done()
		if signal != syscall.SIGINT { // the harder ones do not ask how long the caller waits
			grace.Reset(stopGrace)
			interrupted = nil
		}
		select {
		case <-p.done:
			grace.Stop()
			return nil
		case <-interrupted:
		case <-grace.C:
		}
		grace.Stop()
	}
	return errors.New("it does not end")
}
