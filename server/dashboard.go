package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// dashboard serves its files, which it reads and compresses once.
type dashboard struct {
	files map[string]*asset
	index *asset
}

type asset struct {
	body, gzipped []byte // gzipped is nil where it would save nothing
	media, tag    string
	immutable     bool // its name changes with its content
}

func newDashboard(files fs.FS) (*dashboard, error) {
	d := &dashboard{files: map[string]*asset{}}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		d.files["/"+name] = newAsset(name, body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the dashboard: %w", err)
	}
	if d.index = d.files["/index.html"]; d.index == nil {
		return nil, errors.New("the dashboard has no index.html")
	}
	return d, nil
}

func newAsset(name string, body []byte) *asset {
	a := &asset{body: body, media: mime.TypeByExtension(path.Ext(name)), immutable: strings.HasPrefix(name, "assets/")}
	if a.media == "" {
		a.media = http.DetectContentType(body)
	}
	a.tag = fmt.Sprintf(`"%x"`, sha256.Sum256(body))[:20] + `"`
	zipped := new(bytes.Buffer)
	z, _ := gzip.NewWriterLevel(zipped, gzip.BestCompression) // the level is valid
	_, _ = z.Write(body)                                      // into memory
	_ = z.Close()
	if zipped.Len() < len(body)*9/10 {
		a.gzipped = zipped.Bytes()
	}
	return a
}

// ServeHTTP answers a file by its path, and the dashboard's own routes by its page. What looks
// like a file and is none is not found: a script that turned out to be a page would be a riddle.
func (d *dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := path.Clean("/" + r.URL.Path)
	file := d.files[name]
	if file == nil {
		if strings.HasPrefix(name, "/assets/") || path.Ext(name) != "" && !strings.HasPrefix(r.Header.Get("Accept"), "text/html") {
			http.NotFound(w, r)
			return
		}
		file = d.index
	}
	file.serve(w, r)
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", a.media)
	header.Set("ETag", a.tag)
	header.Set("Cache-Control", "no-cache") // may be kept, must be asked for
	if a.immutable {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	header.Add("Vary", "Accept-Encoding")
	if matches(r.Header.Get("If-None-Match"), a.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.body
	if a.gzipped != nil && takesGzip(r.Header.Get("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		body = a.gzipped
	}
	header.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method != http.MethodHead {
		taken(len(body), w)
		_, _ = w.Write(body) // who has left hears nothing
	}
}
