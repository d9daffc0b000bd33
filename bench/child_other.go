//go:build !linux

package main

import "syscall"

// attributes keep the terminal's Ctrl-C from a child, which we stop in order.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
