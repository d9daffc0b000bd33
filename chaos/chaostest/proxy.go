package chaostest

import (
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// Toxics, as toxiproxy describes them. They work on what the server sends unless they say upstream.
const (
	Reset     = `{"type": "reset_peer", "attributes": {"timeout": 0}}`  // the next answer becomes a reset
	Truncate  = `{"type": "limit_data", "attributes": {"bytes": 3000}}` // then the connection closes
	Narrow    = `{"type": "bandwidth", "attributes": {"rate": 500}}`    // KB/s
	SlowClose = `{"type": "slow_close", "attributes": {"delay": 300}}`  // ms after the server has closed
	Late      = `{"type": "latency", "attributes": {"latency": 100, "jitter": 50}}`
	VeryLate  = `{"type": "latency", "attributes": {"latency": 1000}}`
	Silence   = `{"type": "timeout", "attributes": {"timeout": 300}}` // nothing, then the connection closes
)

// Proxy stands between a client and its server, and does to the network what a test asks for.
type Proxy struct {
	t     testing.TB
	proxy *toxiproxy.Proxy
}

// Before starts a proxy in front of a server until the test ends. The network is that of the server's
// address: tcp or unix.
func Before(t testing.TB, network, address string) *Proxy {
	t.Helper()
	if network != "tcp" {
		address = relay(t, network, address)
	}
	api := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := &Proxy{t: t, proxy: toxiproxy.NewProxy(api, t.Name(), "127.0.0.1:0", address)}
	p.Up()
	t.Cleanup(p.proxy.Stop)
	return p
}

// BeforePostgres is a proxy in front of the server that a URL of dbtest leads to, and the URL that
// leads through it.
func BeforePostgres(t testing.TB, database string) (*Proxy, string) {
	t.Helper()
	u, err := url.Parse(database)
	require.NoError(t, err)
	network, address := "tcp", u.Host
	options := u.Query()
	if dir := options.Get("host"); strings.HasPrefix(dir, "/") {
		port := options.Get("port")
		if port == "" {
			port = "5432"
		}
		network, address = "unix", filepath.Join(dir, ".s.PGSQL."+port)
	}
	options.Del("host")
	options.Del("port")
	options.Set("sslmode", "disable")
	p := Before(t, network, address)
	u.Host, u.RawQuery = p.Addr(), options.Encode()
	return p, u.String()
}

// BeforeRedis is a proxy in front of the server of a URL of redistest, and the URL that leads
// through it.
func BeforeRedis(t testing.TB, server string) (*Proxy, string) {
	t.Helper()
	socket, isSocket := strings.CutPrefix(server, "unix://")
	require.True(t, isSocket, server)
	p := Before(t, "unix", socket)
	return p, "redis://" + p.Addr()
}

// Addr is where clients connect.
func (p *Proxy) Addr() string { return p.proxy.Listen }

// Inject begins a fault, for the connections there are and for new ones.
func (p *Proxy) Inject(toxic string) {
	p.t.Helper()
	_, err := p.proxy.Toxics.AddToxicJson(strings.NewReader(toxic))
	require.NoError(p.t, err)
}

// Heal ends all faults. Connections that a fault has hold of are cut: who was in trouble connects anew.
func (p *Proxy) Heal() {
	p.t.Helper()
	p.Down()
	p.proxy.Toxics.ResetToxics(p.t.Context())
	p.Up()
}

// Down cuts all connections and takes no more.
func (p *Proxy) Down() { p.proxy.Stop() }

// Up takes connections again, at the same address.
func (p *Proxy) Up() {
	p.t.Helper()
	require.NoError(p.t, p.proxy.Start())
}

// relay gives a socket of another network an address that toxiproxy can reach, until the test ends.
func relay(t testing.TB, network, address string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx := t.Context()
	var serving sync.WaitGroup
	var dialer net.Dialer
	serving.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			server, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				_ = client.Close() // as a port does on which nobody listens
				continue
			}
			serving.Go(func() { pass(client, server) })
			serving.Go(func() { pass(server, client) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait() // for the proxy's side, which was cut before
	})
	return listener.Addr().String()
}

// pass copies until either side ends, then ends both.
func pass(from, to net.Conn) {
	_, _ = io.Copy(to, from) // that it ended is all we need to know
	_ = from.Close()
	_ = to.Close()
}

// Links are goroutines of toxiproxy that [goleak] is to let be: a link whose writing side was cut
// waits for good.
func Links() []goleak.Option {
	return []goleak.Option{
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).read"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).write"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run"),
	}
}
