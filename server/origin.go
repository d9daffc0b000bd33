package server

import (
	"net/http"
	"net/url"
	"strings"

	"jirasync/graph"
)

// ownHost refuses to be asked under a name that is not ours. A page whose name was led to this
// machine (DNS rebinding) is of one origin with us to its browser, and who asks from here may do
// everything. What guards the port otherwise knows its names.
func (s *Server) ownHost(next http.Handler) http.Handler {
	if s.deps.TrustNetwork {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.isOwnHost(r.Host) && !underAnyName(r.URL.Path) {
			s.writeRefusal(w, r, &httpError{http.StatusForbidden, graph.CodeForbidden, "the server is asked as localhost here: for another name set PUBLIC_URL to the address that people use"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) isOwnHost(host string) bool {
	name := strings.ToLower((&url.URL{Host: host}).Hostname())
	return isLoopback(name) || s.public != nil && strings.EqualFold(name, s.public.Hostname())
}

// underAnyName are the paths of probes, which know an address only, and of webhooks, which are signed.
func underAnyName(path string) bool {
	switch path {
	case "/healthz", "/readyz", "/api/health", "/metrics":
		return true
	}
	return strings.HasPrefix(path, "/webhooks/")
}

// crossOrigin refuses what other sites would write.
func (s *Server) crossOrigin() (*http.CrossOriginProtection, error) {
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.writeRefusal(w, r, &httpError{http.StatusForbidden, graph.CodeForbidden, "requests from another site are refused: set PUBLIC_URL to the address that people use"})
	}))
	if s.public == nil {
		return p, nil
	}
	return p, p.AddTrustedOrigin(s.public.Scheme + "://" + s.public.Host)
}

// sameOrigin refuses pages of other sites; programs send no origin.
func (s *Server) sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || r.Header.Get("Sec-Fetch-Site") == "same-origin" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	// A page cannot set X-Forwarded-Host on a websocket, so a proxy has.
	return strings.EqualFold(u.Host, r.Host) || strings.EqualFold(u.Host, r.Header.Get("X-Forwarded-Host")) ||
		s.public != nil && u.Scheme == s.public.Scheme && strings.EqualFold(u.Host, s.public.Host)
}
