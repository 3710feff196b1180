// Package web holds the built browser application, so that one binary serves everything.
//
// It contains no logic: the server decides how the files are served. The sources are in src/, and `npm run build` writes
// dist/; before the first build dist/ is empty but for a marker file, and Dist has no index.html.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist is the content of dist/: index.html and, under assets/, files whose names carry a digest of their content.
func Dist() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // dist is a fixed, valid path
	}
	return files
}
