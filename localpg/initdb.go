package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// initCluster makes the data folder. initdb works in a folder of another name that takes
// its final one as the last step, so that data is always whole: what stands under the other
// name was never used by a server and is begun anew.
func initCluster(ctx context.Context, bin binaries, p place, unsafe bool) error {
	partial := filepath.Join(p.dir, partialName)
	err := runInitdb(ctx, bin, p, partial, "C.UTF-8", unsafe)
	if failed, ok := errors.AsType[*FailedError](err); ok && strings.Contains(failed.Output, "invalid locale name") {
		err = runInitdb(ctx, bin, p, partial, "C", unsafe)
	}
	if err != nil {
		return err
	}
	if err := os.Rename(partial, filepath.Join(p.dir, dataName)); err != nil {
		return fmt.Errorf("finish the cluster: %w", err)
	}
	return syncDir(p.dir)
}

func runInitdb(ctx context.Context, bin binaries, p place, partial, locale string, unsafe bool) error {
	if err := os.RemoveAll(partial); err != nil {
		return fmt.Errorf("clear an unfinished cluster: %w", err)
	}
	if err := os.Mkdir(partial, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if err := p.account.chown(partial); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	args := []string{
		"-D", partial, "-U", superuser, "--auth-local=trust", "--auth-host=reject",
		"-E", "UTF8", "--locale=" + locale, "--no-instructions",
	}
	if unsafe {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin.dir, "initdb"), args...) //nolint:gosec // a path we found
	cmd.Dir = partial
	cmd.Env = childEnv()
	cmd.SysProcAttr = p.account.attributes()
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it clears up behind itself
	cmd.WaitDelay = stopGrace

	// The kernel sends the death signal when the thread ends that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	out, err := cmd.CombinedOutput()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("initdb: %w", ctx.Err())
	case err != nil:
		return &FailedError{Act: "initdb", Dir: p.dir, Output: string(out) + withoutExit(err)}
	}
	return nil
}

// withoutExit tells an error of starting a program from its own exit code.
func withoutExit(err error) string {
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		return ""
	}
	return err.Error()
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// childEnv keeps our secrets, the caller's PG* variables and its locale from the child.
func childEnv() []string {
	env := []string{"LC_ALL=C", "TZ=UTC"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
