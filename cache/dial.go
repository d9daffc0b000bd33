package cache

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Dial makes a client from a URL; it connects with the first command. The forms:
//
//	redis://user:password@host:6379/0     one server; rediss:// with TLS, unix:// by its socket
//	redis+cluster://host:6379?addr=host2:6379    a cluster (rediss+cluster:// with TLS)
//	redis+sentinel://host:26379?master_name=main&addr=host2:26379    by sentinels
//
// redis:// with master_name is by sentinels, with addr a cluster. By sentinels, user and password
// are theirs and the server's own are the parameters username and password. Other parameters are go-redis's
// (pool_size, read_timeout ...). An error never holds the URL, for that holds the password.
func Dial(raw string) (redis.UniversalClient, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("redis URL cannot be parsed")
	}
	form := formOf(u)
	u.Scheme, _, _ = strings.Cut(u.Scheme, "+")
	switch form {
	case "":
		o, err := redis.ParseURL(u.String())
		if err != nil {
			return nil, withoutURL(err, u)
		}
		o.ContextTimeoutEnabled = true
		return redis.NewClient(o), nil
	case "cluster":
		o, err := redis.ParseClusterURL(u.String())
		if err != nil {
			return nil, withoutURL(err, u)
		}
		o.ContextTimeoutEnabled = true
		return redis.NewClusterClient(o), nil
	case "sentinel":
		o, err := redis.ParseFailoverURL(u.String())
		if err != nil {
			return nil, withoutURL(err, u)
		}
		o.ContextTimeoutEnabled = true
		return redis.NewFailoverClient(o), nil
	}
	return nil, fmt.Errorf("redis URL: unknown form %q, known are cluster and sentinel", form)
}

func formOf(u *url.URL) string {
	if _, form, ok := strings.Cut(u.Scheme, "+"); ok {
		return form
	}
	q := u.Query()
	switch {
	case q.Has("master_name"):
		return "sentinel"
	case q.Has("addr") && u.Scheme != "unix":
		return "cluster"
	}
	return ""
}

// withoutURL keeps the reason and drops what could hold a secret.
func withoutURL(err error, u *url.URL) error {
	text := err.Error()
	if password, ok := u.User.Password(); ok && password != "" {
		text = strings.ReplaceAll(text, password, "***")
	}
	return fmt.Errorf("redis URL: %s", strings.ReplaceAll(text, u.String(), u.Redacted()))
}
