package compose_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"
)

// limits are what the kernel grants a container, read from its control groups of either version.
func (s *stack) limits(c container) (memory int64, cpus float64) {
	s.t.Helper()
	paths := map[string]string{} // by controller; "" is version 2
	for _, line := range strings.Split(strings.TrimSpace(s.proc(c, "cgroup")), "\n") {
		parts := strings.SplitN(line, ":", 3)
		for _, controller := range strings.Split(parts[1], ",") {
			paths[controller] = parts[2]
		}
	}
	if path, version1 := paths["memory"]; version1 {
		memory = s.number(filepath.Join("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes"))
		cpu := filepath.Join(cpuController(), paths["cpu"])
		return memory, float64(s.number(cpu+"/cpu.cfs_quota_us")) / float64(s.number(cpu+"/cpu.cfs_period_us"))
	}
	group := filepath.Join("/sys/fs/cgroup", paths[""])
	content, err := os.ReadFile(filepath.Join(group, "cpu.max"))
	require.NoError(s.t, err)
	var quota, period int64
	_, err = fmt.Sscan(string(content), &quota, &period) // "max" is no number: no limit
	require.NoError(s.t, err, "%s", content)
	return s.number(filepath.Join(group, "memory.max")), float64(quota) / float64(period)
}

// cpuController is the folder of version 1, which shares it with cpuacct on some systems.
func cpuController() string {
	if _, err := os.Stat("/sys/fs/cgroup/cpu"); errors.Is(err, fs.ErrNotExist) {
		return "/sys/fs/cgroup/cpu,cpuacct"
	}
	return "/sys/fs/cgroup/cpu"
}

func (s *stack) number(file string) int64 {
	s.t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(s.t, err)
	n, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
	require.NoError(s.t, err, file)
	return n
}
