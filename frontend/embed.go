// Package frontend carries the built dashboard inside the binary.
package frontend

import (
	"embed"
	"io/fs"
)

// dist is what `npm run build` made. Its .keep, which each build brings along from public/,
// lets the Go code compile without one.
//
//go:embed all:dist
var dist embed.FS

// Files returns the dashboard with index.html at its root; ok is false in a binary that was
// built without it.
func Files() (files fs.FS, ok bool) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, false
	}
	_, err = fs.Stat(files, "index.html")
	return files, err == nil
}
