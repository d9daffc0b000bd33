package main

import "syscall"

// attributes keep the terminal's Ctrl-C from a child, which we stop in order, and let the kernel
// end it when we are killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
