package compose_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"
)

// checkInside looks at every container of the production stack from within: what the kernel says of
// its first process, not what a file asked for.
func (s *stack) checkInside(r *report) {
	var users, roots, caps, limits, logs []string
	for _, service := range services {
		c := s.inspect(service)
		status := s.proc(c, "status")
		uid := field(status, "Uid")
		require.NotEqual(s.t, "0", uid, "%s runs as root", service)
		users = append(users, service+" "+uid)

		require.Equal(s.t, "0000000000000000", field(status, "CapEff"), service)
		require.Equal(s.t, "0000000000000000", field(status, "CapBnd"), service)
		require.Equal(s.t, "1", field(status, "NoNewPrivs"), service)
		caps = append(caps, service)

		root := regexp.MustCompile(`(?m)^\S+ \S+ \S+ \S+ / (ro|rw)[, ]`).FindStringSubmatch(s.proc(c, "mountinfo"))
		require.Len(s.t, root, 2, service)
		require.Equal(s.t, "ro", root[1], "%s: root file system", service)
		roots = append(roots, service)

		memory, cpus := s.limits(c)
		require.Equal(s.t, c.HostConfig.Memory, memory, service)
		require.Positive(s.t, memory, service)
		require.InDelta(s.t, float64(c.HostConfig.NanoCPUs)/1e9, cpus, 0.001, service)
		require.Positive(s.t, cpus, service)
		limits = append(limits, fmt.Sprintf("%s %d MB and %.1f CPU", service, memory>>20, cpus))

		log := c.HostConfig.LogConfig
		require.Equal(s.t, "json-file", log.Type, service)
		require.NotEmpty(s.t, log.Config["max-size"], service)
		require.NotEmpty(s.t, log.Config["max-file"], service)
		logs = append(logs, fmt.Sprintf("%s %s x %s", service, log.Config["max-size"], log.Config["max-file"]))

		for port, bindings := range c.NetworkSettings.Ports {
			for _, b := range bindings {
				require.Equal(s.t, "127.0.0.1", b.HostIp, "%s %s", service, port)
			}
		}
	}
	r.add("inside: user ids", "%s", strings.Join(users, ", "))
	r.add("inside: read-only root file system", "%s", strings.Join(roots, ", "))
	r.add("inside: no capability, no new privileges", "%s", strings.Join(caps, ", "))
	r.add("inside: limits", "%s", strings.Join(limits, ", "))
	r.add("inside: log rotation", "%s", strings.Join(logs, ", "))
	r.add("inside: published ports", "on 127.0.0.1 only")
	s.checkSettings(r)
}

func (s *stack) checkSettings(r *report) {
	backend := s.inspect("backend")
	limit := ""
	for _, entry := range backend.Config.Env {
		if value, found := strings.CutPrefix(entry, "GOMEMLIMIT="); found {
			limit = value
		}
		require.NotRegexp(s.t, `^(DB|REDIS)_PASSWORD=.`, entry, "secrets come as files")
	}
	mebibytes, err := strconv.ParseInt(strings.TrimSuffix(limit, "MiB"), 10, 64)
	require.NoError(s.t, err)
	require.Less(s.t, mebibytes, backend.HostConfig.Memory>>20)
	r.add("inside: GOMEMLIMIT", "%s of %d MB", limit, backend.HostConfig.Memory>>20)

	redis := strings.Fields(s.exec("redis", "sh", "-c", `export REDISCLI_AUTH=$(cat /run/secrets/redis_password)
for k in maxmemory maxmemory-policy appendonly appendfsync; do redis-cli config get $k; done`))
	require.Equal(s.t, []string{
		"maxmemory", "268435456", "maxmemory-policy", "allkeys-lru", "appendonly", "yes", "appendfsync", "everysec",
	}, redis)
	r.add("inside: Redis", "256 MB allkeys-lru, AOF everysec, password set")
	out, err := s.try("docker", "compose", "-f", s.file, "exec", "-T", "redis", "redis-cli", "ping")
	require.NoError(s.t, err)
	require.Contains(s.t, out, "NOAUTH")

	postgres := strings.Fields(s.exec("postgres", "psql", "-XAt", "-U", "postgres", "-c", `SELECT name || '=' || current_setting(name)
FROM unnest(ARRAY['shared_buffers', 'effective_cache_size', 'work_mem', 'max_connections', 'password_encryption', 'server_encoding']) name`))
	require.Contains(s.t, postgres, "shared_buffers=512MB")
	require.Contains(s.t, postgres, "server_encoding=UTF8")
	r.add("inside: PostgreSQL", "%s", strings.Join(postgres, ", "))

	require.Equal(s.t, s.policyOf("8987/tcp", backend), s.policyOf("5648/tcp", s.inspect("frontend")))
	r.add("inside: content security policy", "the same from dashboard and server")

	subnet := strings.TrimSpace(s.run("docker", "network", "inspect", s.project+"_default", "--format", "{{(index .IPAM.Config 0).Subnet}}"))
	want := os.Getenv("NETWORK_SUBNET")
	if want == "" {
		want = "172.25.0.0/16"
	}
	require.Equal(s.t, want, subnet)
	r.add("inside: network", "%s", subnet)
}

// policyOf is the Content-Security-Policy that a published port sends.
func (s *stack) policyOf(port string, c container) string {
	s.t.Helper()
	binding := c.NetworkSettings.Ports[port][0]
	head := s.run("curl", "-sI", "http://"+binding.HostIp+":"+binding.HostPort+"/")
	match := regexp.MustCompile(`(?i)content-security-policy: (.+)\r`).FindStringSubmatch(head)
	require.NotNil(s.t, match, head)
	return match[1]
}

// proc reads a file of the container's first process.
func (s *stack) proc(c container, name string) string {
	s.t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", c.State.Pid, name))
	require.NoError(s.t, err)
	return string(content)
}

// field is the first word after a name of /proc/.../status.
func field(status, name string) string {
	match := regexp.MustCompile(`(?m)^` + name + `:\s+(\S+)`).FindStringSubmatch(status)
	if match == nil {
		return ""
	}
	return match[1]
}
