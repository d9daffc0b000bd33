package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// usage is what a process has used so far. Where the system does not tell, it is zero.
type usage struct {
	cpu      time.Duration
	resident int64 // bytes now
	peak     int64 // bytes at most
}

// userTick is the unit of CPU time in /proc.
const userTick = time.Second / 100

// usageOf reads what a process has used, which only Linux tells.
func usageOf(pid int) (usage, error) {
	stat, err := statOf(pid)
	if err != nil {
		return usage{}, err
	}
	u := usage{cpu: stat.own}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, err
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			continue // another line
		}
		switch name {
		case "VmRSS":
			u.resident = kilobytes << 10
		case "VmHWM":
			u.peak = kilobytes << 10
		}
	}
	return u, nil
}

type processStat struct {
	parent int
	own    time.Duration
	reaped time.Duration // of children that have ended
}

func statOf(pid int) (processStat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return processStat{}, err
	}
	// The second field is the name in parentheses, which may hold anything.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	const parent, user, reaped, needed = 1, 11, 13, 15
	if len(fields) < needed {
		return processStat{}, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	number := func(at int) int64 {
		n, _ := strconv.ParseInt(string(fields[at]), 10, 64) // the kernel writes numbers there
		return n
	}
	return processStat{
		parent: int(number(parent)),
		own:    time.Duration(number(user)+number(user+1)) * userTick,
		reaped: time.Duration(number(reaped)+number(reaped+1)) * userTick,
	}, nil
}

// familyCPU is what a process and its children, ended or not, have used; 0 where unknown.
func familyCPU(pid int) time.Duration {
	head, err := statOf(pid)
	if err != nil {
		return 0
	}
	total := head.own + head.reaped
	all, _ := filepath.Glob("/proc/[0-9]*") // the pattern is valid
	for _, dir := range all {
		other, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		if stat, err := statOf(other); err == nil && stat.parent == pid { // it may just have ended
			total += stat.own + stat.reaped
		}
	}
	return total
}
