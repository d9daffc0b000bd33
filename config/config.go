package config

import (
	"time"
)

// Config is all that the environment says.
type Config struct {
	Database     Database
	Redis        Redis
	Listen       Listen
	Instances    []Instance // in order of their number
	Sync         Sync
	Log          Log
	Limits       Limits
	AutoMigrate  bool
	CacheEnabled bool // false: every answer is made anew
}

// Database is how to reach PostgreSQL.
type Database struct {
	URL       Secret
	ReadURL   Secret // a replica; empty: URL
	DirectURL Secret // past a pooler; empty: URL
}

// Redis is the shared cache and events; without a URL both are in-process.
type Redis struct {
	URL Secret
	TTL time.Duration // of an answer
}

// Listen is where and for whom the server answers.
type Listen struct {
	Addr         string
	Port         int
	MetricsAddr  string // empty: on the main address
	PublicURL    string // external origin; empty: the one a request names
	TrustNetwork bool   // something in front guards the port
}

// Instance is one JIRA_..._n group.
type Instance struct {
	Number      int
	URL         string
	Name        string
	Kind        string // auto, cloud or datacenter
	Username    string
	Password    Secret
	Token       Secret
	CloudID     string
	Projects    []string // keys; empty: all
	JQL         string   // narrows what is mirrored
	Concurrency int

	WebhookSecret Secret // of signed webhooks; empty: none are taken
}

// Sync is the schedule's first values.
type Sync struct {
	Interval          time.Duration
	ReconcileInterval time.Duration
	Enabled           bool // false: this server never schedules
}

// Log is how much to write and in which form.
type Log struct {
	Level  string // debug, info, warn or error
	Format string // json, text, or empty: text on a terminal
}

// Limits bound a GraphQL request.
type Limits struct {
	BodyBytes         int
	Tokens            int
	Depth             int
	RootFields        int
	Aliases           int
	Directives        int
	Page              int
	Cost              int
	InList            int
	SearchChars       int
	Time              time.Duration
	GroupRows         int
	AnswerBytes       int
	Subscriptions     int // of one connection
	RequestsPerMinute int // of one client
}

// Secret is a value that never prints itself: not in a log, an error or a dump.
type Secret string

// Reveal is the value, for the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// String hides the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the value from JSON and from slog.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
