package config

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// variable is one name of the environment.
type variable struct {
	name     string
	fallback string // what an unset one means
	meaning  string
	secret   bool // may come from NAME_FILE; printed as ***
	set      func(value string) error
}

// variables lists every name, except those of the instances, bound to c. Their order is that of
// `config check`.
func (c *Config) variables(db *databaseParts, redis *redisParts) []variable {
	l := &c.Limits
	return []variable{
		{"DATABASE_URL", "", "PostgreSQL 15 or newer; instead of the DB_ names", true, secret(&c.Database.URL)},
		{"DB_HOST", "localhost", "host of PostgreSQL, or the folder of its socket", false, text(&db.host)},
		{"DB_PORT", "5432", "port of PostgreSQL", false, port(&db.port)},
		{"DB_NAME", "jira_sync", "database", false, text(&db.name)},
		{"DB_USER", "postgres", "account", false, text(&db.user)},
		{"DB_PASSWORD", "", "its password", true, secret(&db.password)},
		{
			"DB_SSLMODE", "prefer", "disable, prefer, require, verify-ca or verify-full", false,
			oneOf(&db.sslMode, "disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
		},
		{"DATABASE_READ_URL", "", "read replica for the API", true, secret(&c.Database.ReadURL)},
		{"DATABASE_DIRECT_URL", "", "past a pooler: for LISTEN and migrations", true, secret(&c.Database.DirectURL)},
		{"AUTO_MIGRATE", "true", "migrate the schema at start", false, boolean(&c.AutoMigrate)},
		{"REDIS_URL", "", "Redis 7, also cluster and sentinel; unset: cache and events in-process, one server only", true, secret(&redis.url)},
		{"REDIS_HOST", "", "host of Redis; instead of REDIS_URL", false, text(&redis.host)},
		{"REDIS_PORT", "6379", "port of Redis", false, port(&redis.port)},
		{"REDIS_PASSWORD", "", "its password", true, secret(&redis.password)},
		{"REDIS_TTL", "110", "life of a cached answer, in seconds", false, seconds(&c.Redis.TTL)},
		{"CACHE_ENABLED", "true", "false: make every answer anew, to measure or to find a fault", false, boolean(&c.CacheEnabled)},
		{"LISTEN_ADDR", "127.0.0.1", "address to listen on; containers set 0.0.0.0", false, text(&c.Listen.Addr)},
		{"PORT", "8987", "port to listen on", false, port(&c.Listen.Port)},
		{"METRICS_ADDR", "", "serve /metrics on an address of its own, as host:port", false, text(&c.Listen.MetricsAddr)},
		{"PUBLIC_URL", "", "external origin, for CORS and websockets; without TRUST_NETWORK the one name but localhost under which the server answers", false, origin(&c.Listen.PublicURL)},
		{"TRUST_NETWORK", "false", "true says that something in front guards the port: listen beyond loopback without accounts", false, boolean(&c.Listen.TrustNetwork)},
		{"AUTH", "off", "off: this release has no accounts yet", false, noAccountsYet},
		{"SYNC_INTERVAL", "2m", "first value of the schedule, changed at run time by mutation", false, duration(&c.Sync.Interval, 5*time.Second, 24*time.Hour)},
		{"SYNC_RECONCILE_INTERVAL", "15m", "first value of the time between two censuses of ids", false, duration(&c.Sync.ReconcileInterval, 10*time.Second, 7*24*time.Hour)},
		{"SYNC_ENABLED", "true", "false: this server never schedules", false, boolean(&c.Sync.Enabled)},
		{"LOG_LEVEL", "info", "debug, info, warn or error", false, oneOf(&c.Log.Level, "debug", "info", "warn", "error")},
		{"LOG_FORMAT", "", "json or text; unset: text on a terminal", false, oneOf(&c.Log.Format, "json", "text", "")},
		{"LIMIT_BODY_BYTES", "1048576", "bytes of a request", false, number(&l.BodyBytes)},
		{"LIMIT_TOKENS", "10000", "tokens of a query", false, number(&l.Tokens)},
		{"LIMIT_DEPTH", "20", "depth of a query", false, number(&l.Depth)},
		{"LIMIT_ROOT_FIELDS", "20", "root fields of a query", false, number(&l.RootFields)},
		{"LIMIT_ALIASES", "60", "aliases of a query", false, number(&l.Aliases)},
		{"LIMIT_DIRECTIVES", "60", "directives of a query", false, number(&l.Directives)},
		{"LIMIT_PAGE", "500", "entries of a page", false, number(&l.Page)},
		{"LIMIT_COST", "20000", "cost of a query", false, number(&l.Cost)},
		{"LIMIT_IN_LIST", "5000", "values of an `in`", false, number(&l.InList)},
		{"LIMIT_SEARCH_CHARS", "500", "characters of a search", false, number(&l.SearchChars)},
		{"LIMIT_TIME", "10s", "time of a request", false, duration(&l.Time, time.Millisecond, time.Hour)},
		{"LIMIT_GROUP_ROWS", "10000", "groups of a statistic", false, number(&l.GroupRows)},
		{"LIMIT_ANSWER_BYTES", "67108864", "bytes that are read for an answer", false, number(&l.AnswerBytes)},
		{"LIMIT_SUBSCRIPTIONS", "20", "subscriptions of a connection", false, number(&l.Subscriptions)},
		{"LIMIT_REQUESTS_PER_MINUTE", "1200", "requests a minute of a client", false, number(&l.RequestsPerMinute)},
	}
}

func text(into *string) func(string) error {
	return func(value string) error { *into = value; return nil }
}

func secret(into *Secret) func(string) error {
	return func(value string) error { *into = Secret(value); return nil }
}

func boolean(into *bool) func(string) error {
	return func(value string) error {
		parsed, err := strconv.ParseBool(value)
		if err != nil {
			return errors.New("must be true or false")
		}
		*into = parsed
		return nil
	}
}

func number(into *int) func(string) error {
	return func(value string) error {
		parsed, err := strconv.Atoi(value)
		if err != nil || parsed < 1 {
			return errors.New("must be a whole number above 0")
		}
		*into = parsed
		return nil
	}
}

func port(into *int) func(string) error {
	return func(value string) error {
		parsed, err := strconv.Atoi(value)
		if err != nil || parsed < 1 || parsed > 65535 {
			return errors.New("must be a port, 1 to 65535")
		}
		*into = parsed
		return nil
	}
}

func seconds(into *time.Duration) func(string) error {
	return func(value string) error {
		parsed, err := strconv.Atoi(value)
		if err != nil || parsed < 1 {
			return errors.New("must be a whole number of seconds above 0")
		}
		*into = time.Duration(parsed) * time.Second
		return nil
	}
}

func duration(into *time.Duration, lowest, highest time.Duration) func(string) error {
	return func(value string) error {
		parsed, err := time.ParseDuration(value)
		if err != nil || parsed < lowest || parsed > highest {
			return fmt.Errorf("must be a time such as 90s, 2m or 1h, from %s to %s", lowest, highest)
		}
		*into = parsed
		return nil
	}
}

func oneOf(into *string, allowed ...string) func(string) error {
	return func(value string) error {
		for _, a := range allowed {
			if strings.EqualFold(value, a) {
				*into = a
				return nil
			}
		}
		return fmt.Errorf("must be one of %s", strings.Join(allowed, ", "))
	}
}

func origin(into *string) func(string) error {
	return func(value string) error {
		if value == "" {
			return nil
		}
		u, err := url.Parse(value)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" || u.User != nil {
			return errors.New("must be an origin such as https://jira-sync.example.com, without a path")
		}
		*into = u.Scheme + "://" + u.Host
		return nil
	}
}

func noAccountsYet(value string) error {
	if value != "off" {
		return errors.New("must be off: this release has no accounts yet")
	}
	return nil
}
