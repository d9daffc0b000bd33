package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Problems are all that is wrong with the environment.
type Problems []string

// Error lists them, one a line.
func (p Problems) Error() string {
	if len(p) == 1 {
		return "configuration: " + p[0]
	}
	return fmt.Sprintf("configuration, %d problems:\n  %s", len(p), strings.Join(p, "\n  "))
}

// Setting is one effective value, for people to read.
type Setting struct {
	Name, Value, Meaning string
	Default              bool // nobody has set it
}

// Load reads the environment and, below it, a file named .env in the working directory. The error
// is [Problems].
func Load() (Config, error) {
	env, problems := environment(os.Environ(), ".env")
	c, _, more := parse(env)
	if problems = append(problems, more...); len(problems) > 0 {
		return c, problems
	}
	return c, nil
}

// Check is [Load] with every effective value, secrets masked, whether or not there are problems.
func Check() ([]Setting, error) {
	env, problems := environment(os.Environ(), ".env")
	_, settings, more := parse(env)
	if problems = append(problems, more...); len(problems) > 0 {
		return settings, problems
	}
	return settings, nil
}

// Defaults is the configuration of an environment that holds nothing but the given names.
func Defaults(env map[string]string) (Config, error) {
	c, _, problems := parse(env)
	if len(problems) > 0 {
		return c, problems
	}
	return c, nil
}

// Lookup reads one name of the environment that steers the program around its configuration, such
// as DEMO_ISSUES.
func Lookup(name, fallback string) string {
	if value, ok := os.LookupEnv(name); ok && value != "" {
		return value
	}
	return fallback
}

type databaseParts struct {
	host, name, user, sslMode string
	port                      int
	password                  Secret
}

type redisParts struct {
	url, password Secret
	host          string
	port          int
}

// environment merges the process's variables over those of the file.
func environment(process []string, file string) (env map[string]string, problems Problems) {
	env = map[string]string{}
	content, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		problems = append(problems, fmt.Sprintf("%s cannot be read: %v", file, err))
	}
	for at, line := range strings.Split(string(content), "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "export "))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if !found {
			problems = append(problems, fmt.Sprintf("%s line %d is not NAME=value", file, at+1))
			continue
		}
		env[strings.TrimSpace(name)] = unquote(strings.TrimSpace(value))
	}
	for _, entry := range process {
		if name, value, found := strings.Cut(entry, "="); found {
			env[name] = value
		}
	}
	return env, problems
}

func unquote(value string) string {
	if len(value) >= 2 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
		return value[1 : len(value)-1]
	}
	return value
}

// parse reads everything it can; what it returns is whole only without problems.
func parse(env map[string]string) (c Config, settings []Setting, problems Problems) {
	var db databaseParts
	var redis redisParts
	known := map[string]bool{}
	for _, v := range c.variables(&db, &redis) {
		known[v.name] = true
		setting, problem := v.read(env, known)
		settings = append(settings, setting)
		if problem != "" {
			problems = append(problems, problem)
		}
	}
	problems = append(problems, c.joinDatabase(env, db)...)
	problems = append(problems, c.joinRedis(env, redis)...)
	problems = append(problems, c.guarded()...)
	instances, more, wrong := readInstances(env, known)
	c.Instances, settings, problems = instances, append(settings, more...), append(problems, wrong...)
	problems = append(problems, unknownNames(env, known)...)
	return c, settings, problems
}

// read sets a variable from the environment, its file or its fallback.
func (v variable) read(env map[string]string, known map[string]bool) (Setting, string) {
	setting := Setting{Name: v.name, Value: v.fallback, Meaning: v.meaning, Default: true}
	value, given, problem := v.value(env, known)
	if problem != "" {
		return setting, problem
	}
	if !given {
		value = v.fallback
	}
	setting.Value, setting.Default = withoutUserinfo(value), !given
	if v.secret {
		setting.Value = Secret(value).String()
	}
	if !given && v.fallback == "" {
		return setting, ""
	}
	if err := v.set(value); err != nil {
		return setting, fmt.Sprintf("%s=%s %v", v.name, shown(v, value), err)
	}
	return setting, ""
}

func shown(v variable, value string) string {
	if v.secret {
		return "***"
	}
	return strconv.Quote(withoutUserinfo(value))
}

// userinfo is what stands before the host of a URL: a password, for all we know.
var userinfo = regexp.MustCompile(`//[^/@\s]*@`)

func withoutUserinfo(value string) string { return userinfo.ReplaceAllString(value, "//***@") }

func (v variable) value(env map[string]string, known map[string]bool) (value string, given bool, problem string) {
	value, given = env[v.name]
	given = given && value != ""
	if !v.secret {
		return value, given, ""
	}
	file := v.name + "_FILE"
	known[file] = true
	path := env[file]
	switch {
	case path == "":
		return value, given, ""
	case given:
		return "", false, fmt.Sprintf("%s and %s are both set: keep one", v.name, file)
	}
	content, err := os.ReadFile(path) // the operator names the file
	if err != nil {
		return "", false, fmt.Sprintf("%s=%q cannot be read: %v", file, path, errors.Unwrap(err))
	}
	value = strings.TrimRight(string(content), "\r\n")
	if value == "" {
		return "", false, fmt.Sprintf("%s=%q is empty: write the secret into it", file, path)
	}
	return value, true, ""
}

func (c *Config) joinDatabase(env map[string]string, db databaseParts) Problems {
	if c.Database.URL != "" {
		var set []string
		for _, name := range []string{"DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_PASSWORD_FILE", "DB_SSLMODE"} {
			if env[name] != "" {
				set = append(set, name)
			}
		}
		if len(set) > 0 {
			return Problems{"DATABASE_URL contradicts " + strings.Join(set, ", ") + ": set the one or the others"}
		}
		return nil
	}
	query := url.Values{"sslmode": {db.sslMode}}
	u := url.URL{Scheme: "postgres", Path: "/" + db.name, User: url.User(db.user)}
	if db.password != "" {
		u.User = url.UserPassword(db.user, db.password.Reveal())
	}
	if strings.HasPrefix(db.host, "/") { // the folder of a socket
		query.Set("host", db.host)
		query.Set("port", strconv.Itoa(db.port))
	} else {
		u.Host = net.JoinHostPort(db.host, strconv.Itoa(db.port))
	}
	u.RawQuery = query.Encode()
	c.Database.URL = Secret(u.String())
	return nil
}

func (c *Config) joinRedis(env map[string]string, redis redisParts) Problems {
	switch {
	case redis.url != "" && (redis.host != "" || redis.password != ""):
		return Problems{"REDIS_URL contradicts REDIS_HOST and REDIS_PASSWORD: set the one or the others"}
	case redis.url != "":
		c.Redis.URL = redis.url
	case redis.host != "":
		u := url.URL{Scheme: "redis", Host: net.JoinHostPort(redis.host, strconv.Itoa(redis.port))}
		if redis.password != "" {
			u.User = url.UserPassword("", redis.password.Reveal())
		}
		c.Redis.URL = Secret(u.String())
	case redis.password != "" || env["REDIS_PORT"] != "":
		return Problems{"REDIS_PASSWORD or REDIS_PORT is set without REDIS_HOST: set REDIS_HOST too"}
	}
	return nil
}

// guarded refuses to be reachable from elsewhere while nobody has to log in.
func (c *Config) guarded() Problems {
	ip := net.ParseIP(c.Listen.Addr)
	if c.Listen.TrustNetwork || c.Listen.Addr == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return Problems{fmt.Sprintf("LISTEN_ADDR=%q would let anyone who reaches this machine read and change everything, for there "+
		"are no accounts yet: set LISTEN_ADDR=127.0.0.1, or TRUST_NETWORK=true if something in front guards the port", c.Listen.Addr)}
}

// unknownNames finds names of ours that nothing reads: nearly always a slip.
func unknownNames(env map[string]string, known map[string]bool) (problems Problems) {
	for name, value := range env {
		ours := strings.HasPrefix(name, "DB_") || strings.HasPrefix(name, "REDIS_") || strings.HasPrefix(name, "SYNC_") ||
			strings.HasPrefix(name, "LIMIT_") || strings.HasPrefix(name, "JIRA_")
		others := strings.HasSuffix(name, "_IMAGE") || strings.HasPrefix(name, "JIRA_OPENAPI") // of compose, of the tests
		if ours && !known[name] && value != "" && !others {
			problems = append(problems, fmt.Sprintf("%s is not a name that jirasync knows%s", name, nearest(name, withInstance(known, name))))
		}
	}
	slices.Sort(problems)
	return problems
}

// withInstance adds the names of the instance whose number a name bears: a slip in the first of them
// is the only sign of that instance.
func withInstance(known map[string]bool, name string) map[string]bool {
	at := strings.LastIndexByte(name, '_')
	if _, err := strconv.Atoi(name[at+1:]); err != nil || !strings.HasPrefix(name, "JIRA_") {
		return known
	}
	candidates := maps.Clone(known)
	for _, part := range instanceParts {
		candidates["JIRA_"+part+name[at:]] = true
	}
	return candidates
}

// nearest suggests the known name that a slip most likely meant.
func nearest(name string, known map[string]bool) string {
	best, bestDistance := "", 4
	for candidate := range known {
		d := distance(name, candidate)
		if d < bestDistance || d == bestDistance && candidate < best {
			best, bestDistance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + best + "?"
}

// distance counts the letters to change, add or drop between two names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		previous := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			previous, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, previous+cost)
		}
	}
	return row[len(b)]
}
