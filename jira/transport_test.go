package jira

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// dial makes a client that speaks to a real server over the loopback.
func dial(t *testing.T, handler http.Handler, change ...func(*Config)) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	cfg := config(nil)
	cfg.URL, cfg.Transport = server.URL, nil
	for _, c := range change {
		c(&cfg)
	}
	client, err := New(cfg)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

func TestConnectTellsWhoIsThere(t *testing.T) {
	t.Parallel()
	bothFlavors(t, func(t *testing.T, cloud bool) {
		server, err := dial(t, newFake(t, cloud, 0)).Connect(t.Context())
		require.NoError(t, err)
		want := DataCenter
		if cloud {
			want = Cloud
		}
		require.Equal(t, want, server.Kind)
		require.Equal(t, "10.3.0", server.Version)
		require.Equal(t, "Fake", server.Title)
		require.Equal(t, "Europe/Berlin", server.TimeZone)
		require.Equal(t, "me", server.Account.ID)
		require.WithinDuration(t, time.Now(), server.Now, time.Minute)
	})
}

// A2: a tool sent Cloud's requests to Data Center.
func TestAConfiguredKindWins(t *testing.T) {
	t.Parallel()
	client := connect(t, newFake(t, true, 0), func(c *Config) { c.Kind = DataCenter })
	server, err := client.Connect(t.Context())
	require.NoError(t, err)
	require.Equal(t, DataCenter, server.Kind)
}

func TestRedirectToAnotherHostGetsNoCredentials(t *testing.T) {
	t.Parallel()
	var leaked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked.Add(1) }))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		client := dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, status)
		}))
		_, err := client.Connect(t.Context())
		var redirect *RedirectError
		require.ErrorAs(t, err, &redirect)
		require.Contains(t, err.Error(), "set JIRA_URL_1 to it")
		require.EqualValues(t, 1, client.Stats().Requests, "no retry")
	}
	require.Zero(t, leaked.Load())
}

func TestRedirectWithinTheHostIsFollowed(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, 3)
	client := dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rest, ok := strings.CutPrefix(r.URL.Path, "/jira"); ok {
			http.Redirect(w, r, rest, http.StatusTemporaryRedirect)
			return
		}
		f.ServeHTTP(w, r)
	}), func(c *Config) { c.URL += "/jira" })
	ids, _ := collect(t, client, Query{}) // the body of the search goes along
	require.Len(t, ids, 3)
}

func TestRedirectThatDropsTheBodyIsRefused(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, 3)
	f.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
		if r.URL.Path == "/rest/api/2/search" {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
			return true
		}
		return false
	}
	var redirect *RedirectError
	require.ErrorAs(t, lastError(connect(t, f).Scan(t.Context(), Query{})), &redirect)
}

func TestContextPathsSurvive(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, 3)
	for _, end := range []string{"/jira", "/jira/"} {
		client := dial(t, http.StripPrefix("/jira", f), func(c *Config) { c.URL += end })
		ids, _ := collect(t, client, Query{})
		require.Len(t, ids, 3)
	}
}

func TestCredentialsAreSentAsConfigured(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"token": {func(*Config) {}, "Bearer " + testToken},
		"basic": {func(c *Config) { c.Token, c.Username, c.Password = "", "me@example.com", "pw" }, "Basic bWVAZXhhbXBsZS5jb206cHc="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, false, 0)
			f.before = func(_ http.ResponseWriter, r *http.Request, _ map[string]any) bool {
				require.Equal(t, tt.want, r.Header.Get("Authorization"))
				require.Equal(t, "jirasync", r.UserAgent())
				return false
			}
			_, err := connect(t, f, tt.change).Connect(t.Context())
			require.NoError(t, err)
		})
	}
}

// A3: scoped tokens work at the gateway only.
func TestCloudIDSendsEverythingToTheGateway(t *testing.T) {
	t.Parallel()
	f := newFake(t, true, 3)
	gateway := httptest.NewServer(http.StripPrefix("/ex/jira/abc-123", f))
	t.Cleanup(gateway.Close)
	client := dial(t, http.NotFoundHandler(), func(c *Config) { c.CloudID, c.GatewayURL = "abc-123", gateway.URL })
	ids, _ := collect(t, client, Query{JQL: "a = b"})
	require.Len(t, ids, 3)
}

func TestCookiesComeBack(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, 0)
	var nodes []string
	f.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
		http.SetCookie(w, &http.Cookie{Name: "node", Value: "two", Path: "/"})
		if cookie, err := r.Cookie("node"); err == nil {
			nodes = append(nodes, cookie.Value)
		}
		return false
	}
	_, err := connect(t, f).Connect(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"two"}, nodes)
}

func TestLinkLocalAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://169.254.169.254/latest", "http://[fe80::1]:80", "http://[::ffff:169.254.1.1]"} {
		cfg := config(nil)
		cfg.URL = address
		_, err := New(cfg)
		require.ErrorContains(t, err, "link-local")
		cfg.AllowLinkLocal = true
		_, err = New(cfg)
		require.NoError(t, err)
	}
	require.ErrorIs(t, refuseLinkLocal("tcp", "169.254.169.254:80", nil), errLinkLocal) // what a name led to
	require.ErrorIs(t, refuseLinkLocal("tcp", "[fe80::1%eth0]:80", nil), errLinkLocal)
	require.NoError(t, refuseLinkLocal("tcp", "127.0.0.1:80", nil))
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"no address":          {func(c *Config) { c.URL = "" }, "JIRA_URL_1 is not an address"},
		"no scheme":           {func(c *Config) { c.URL = "ftp://jira" }, "JIRA_URL_1 must begin with"},
		"a password in it":    {func(c *Config) { c.URL = "http://me:planted-secret@jira" }, "JIRA_URL_1 holds a user name"},
		"a broken password":   {func(c *Config) { c.URL = "http://me:planted-secret%zz@jira" }, "JIRA_URL_1 is not an address"},
		"a query":             {func(c *Config) { c.URL = "http://jira/?os_password=planted-secret" }, "JIRA_URL_1 must end"},
		"no credentials":      {func(c *Config) { c.Token = "" }, "set JIRA_TOKEN_1"},
		"half a pair":         {func(c *Config) { c.Token, c.Username = "", "me" }, "JIRA_PASSWORD_1"},
		"two ways to log in":  {func(c *Config) { c.Password = "planted-secret" }, "both set"},
		"an unknown kind":     {func(c *Config) { c.Kind = "server" }, "JIRA_KIND_1"},
		"no requests at once": {func(c *Config) { c.Concurrency = -1 }, "JIRA_CONCURRENCY_1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(nil)
			tt.change(&cfg)
			_, err := New(cfg)
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), testToken)
		})
	}
}

// flaky answers the first requests of a path through a hook and the rest through a fake.
func flaky(f *fake, times int, hook func(w http.ResponseWriter, r *http.Request)) {
	f.before = func(w http.ResponseWriter, r *http.Request, _ map[string]any) bool {
		if !strings.Contains(r.URL.Path, "search") || times == 0 {
			return false
		}
		times--
		hook(w, r)
		return true
	}
}

func TestFaultsOfTheWayAreRetried(t *testing.T) {
	t.Parallel()
	for name, hook := range map[string]func(w http.ResponseWriter, r *http.Request){
		"500":            func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"502 with HTML":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502); io.WriteString(w, "<html>") },
		"503":            func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
		"truncated JSON": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"issues":[{"id":"1","fields":{}}`) },
		"HTML with 200": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "<!doctype html><title>Log in</title>")
		},
		"nothing":    func(http.ResponseWriter, *http.Request) {},
		"other JSON": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"hello":"world"}`) },
		"reset before the answer": func(w http.ResponseWriter, _ *http.Request) {
			conn := hijack(w)
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		},
		"reset in mid-body": func(w http.ResponseWriter, _ *http.Request) {
			conn := hijack(w)
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"issues\":[")
			conn.Close()
		},
		"cut in mid-chunk": func(w http.ResponseWriter, _ *http.Request) {
			conn := hijack(w)
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"issues\":[")
			conn.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, false, 7)
			flaky(f, 2, hook)
			client := dial(t, f)
			ids, _ := collect(t, client, Query{})
			require.Equal(t, f.ids(), ids)
			require.EqualValues(t, 2, client.Stats().Retries)
		})
	}
}

func hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	return conn
}

// stuck never answers, or never ends its answer, until it is given up.
type stuck struct {
	beats time.Duration // between two bytes of a body; 0 is no answer at all
}

func (s stuck) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.beats == 0 {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	body, write := io.Pipe()
	go func() {
		for r.Context().Err() == nil {
			select {
			case <-time.After(s.beats):
				write.Write([]byte(" "))
			case <-r.Context().Done():
			}
		}
		write.CloseWithError(r.Context().Err())
	}()
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body, Request: r}, nil
}

func TestSilenceAndTricklesEnd(t *testing.T) {
	t.Parallel()
	for name, beats := range map[string]time.Duration{
		"no answer": 0, "a body that stops": 2 * time.Minute, "a body without end": time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := config(nil)
				cfg.Transport = stuck{beats}
				client, err := New(cfg)
				require.NoError(t, err)
				start := time.Now()
				_, err = client.Connect(t.Context())
				var unreachable *UnreachableError
				require.ErrorAs(t, err, &unreachable)
				require.Less(t, time.Since(start), 20*time.Minute)
			})
		})
	}
}

func TestACancelledCallReturnsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := config(nil)
		cfg.Transport = stuck{}
		client, err := New(cfg)
		require.NoError(t, err)
		ctx, cancel := contextWithTimeout(t, 5*time.Second)
		defer cancel()
		start := time.Now()
		_, err = client.Connect(ctx)
		require.ErrorIs(t, err, ctx.Err())
		require.Equal(t, 5*time.Second, time.Since(start))
	})
}

func TestNowIsTheServersClock(t *testing.T) {
	t.Parallel()
	f := newFake(t, false, 1)
	f.before = func(w http.ResponseWriter, _ *http.Request, _ map[string]any) bool {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		return false
	}
	client := connect(t, f)
	for range 3 {
		now, err := client.Now(t.Context())
		require.NoError(t, err)
		require.WithinDuration(t, time.Now().Add(-time.Hour), now, 10*time.Second)
	}
	require.Len(t, f.sent(), 1, "a clock just seen is not asked for again")
	_, pages := collect(t, client, Query{})
	require.WithinDuration(t, time.Now().Add(-time.Hour), pages[0].AskedAt, 10*time.Second)
}
