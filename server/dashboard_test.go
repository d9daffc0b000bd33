package server

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

var script = strings.Repeat("console.log('dashboard');\n", 100)

func dashboardOf(t *testing.T) *dashboard {
	t.Helper()
	d, err := newDashboard(fstest.MapFS{
		"index.html":       {Data: []byte("<!doctype html><title>Dashboard</title>")},
		"assets/app-1.js":  {Data: []byte(script)},
		"favicon.svg":      {Data: []byte("<svg/>")},
		".keep":            {Data: []byte("hidden")},
		"assets/.DS_Store": {Data: []byte("hidden")},
	})
	require.NoError(t, err)
	return d
}

func (d *dashboard) get(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result()
}

func TestDashboardAnswersItsFilesAndRoutes(t *testing.T) {
	t.Parallel()
	d := dashboardOf(t)
	for path, tt := range map[string]struct {
		status int
		media  string
		accept string
	}{
		"/":                 {200, "text/html", ""},
		"/issues/WEB-1":     {200, "text/html", ""},
		"/issues/WEB-1.2":   {200, "text/html", "text/html,*/*"},
		"/assets/app-1.js":  {200, "text/javascript", ""},
		"/favicon.svg":      {200, "image/svg+xml", ""},
		"/assets/app-0.js":  {404, "", "text/html"},
		"/missing.js":       {404, "", "*/*"},
		"/.keep":            {404, "", ""},
		"/assets/.DS_Store": {404, "", ""},
		// Routes like any other: no path leaves the files.
		"/../../etc/passwd":        {200, "text/html", ""},
		"/assets/..%2f..%2fsecret": {200, "text/html", ""},
	} {
		answer := d.get(t, http.MethodGet, path, "Accept", tt.accept)
		require.Equal(t, tt.status, answer.StatusCode, path)
		if tt.media != "" {
			require.Contains(t, answer.Header.Get("Content-Type"), tt.media, path)
		}
	}
	require.Equal(t, http.StatusMethodNotAllowed, d.get(t, http.MethodPost, "/").StatusCode)
	_, err := newDashboard(fstest.MapFS{})
	require.ErrorContains(t, err, "index.html")
}

func TestDashboardIsKeptByBrowsersAsLongAsItIsTrue(t *testing.T) {
	t.Parallel()
	d := dashboardOf(t)
	asset := d.get(t, http.MethodGet, "/assets/app-1.js", "Accept-Encoding", "gzip")
	require.Contains(t, asset.Header.Get("Cache-Control"), "immutable")
	require.Equal(t, "gzip", asset.Header.Get("Content-Encoding"))
	unzipped, err := gzip.NewReader(asset.Body)
	require.NoError(t, err)
	body, err := io.ReadAll(unzipped)
	require.NoError(t, err)
	require.Equal(t, script, string(body))

	page := d.get(t, http.MethodGet, "/")
	require.NotContains(t, page.Header.Get("Cache-Control"), "immutable")
	require.NotEmpty(t, page.Header.Get("ETag"))
	again := d.get(t, http.MethodGet, "/", "If-None-Match", page.Header.Get("ETag"))
	require.Equal(t, http.StatusNotModified, again.StatusCode)
	one := d.get(t, http.MethodGet, "/", "If-None-Match", `"other", `+page.Header.Get("ETag"))
	require.Equal(t, http.StatusNotModified, one.StatusCode)
	weakened := d.get(t, http.MethodGet, "/", "If-None-Match", "W/"+page.Header.Get("ETag"))
	require.Equal(t, http.StatusNotModified, weakened.StatusCode)
	head := d.get(t, http.MethodHead, "/")
	require.Equal(t, page.Header.Get("Content-Length"), head.Header.Get("Content-Length"))
	body, err = io.ReadAll(head.Body)
	require.NoError(t, err)
	require.Empty(t, body)
}

func TestDashboardIsCompressedForWhoTakesItSo(t *testing.T) {
	t.Parallel()
	d := dashboardOf(t)
	for accepted, coding := range map[string]string{
		"":                    "",
		"gzip":                "gzip",
		"br, GZIP;q=0.5":      "gzip",
		"gzip;q=0":            "",
		"gzip; q=0.0, br":     "",
		"x-gzip-of-our-house": "",
	} {
		require.Equal(t, coding, d.get(t, http.MethodGet, "/assets/app-1.js", "Accept-Encoding", accepted).Header.Get("Content-Encoding"), accepted)
	}
}
