package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// checkAddr refuses to be reachable from elsewhere while nobody has to log in, unless something in
// front guards the port.
func checkAddr(addr string, trust bool) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%q is no address to listen on: write it as 127.0.0.1:8987", addr)
	}
	if trust || isLoopback(host) {
		return nil
	}
	return fmt.Errorf("listening on %s would let anyone who reaches this machine read and change everything, for there are no "+
		"accounts yet: set LISTEN_ADDR=127.0.0.1 (port %s), or TRUST_NETWORK=true if something in front guards the port", addr, port)
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func listen(ctx context.Context, addr, setting string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program: stop that one, or choose another %s", addr, setting)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this account may not listen on %s: choose a %s above 1023", addr, setting)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return listener, nil
}
