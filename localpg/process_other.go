//go:build !linux

package localpg

import (
	"os"
	"syscall"
)

// attributes start a child as the account, out of reach of the terminal's Ctrl-C. Only
// Linux can shut it down for us when we are killed; elsewhere the next start finds it.
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if int(a.uid) != os.Geteuid() {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}

// runsIn tells whether pid may be a server of the data folder.
func runsIn(pid int, _ string) bool { return syscall.Kill(pid, 0) == nil }
