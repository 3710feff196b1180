// Package std is the packages that come with DreamQL: a service publishes them at its first start, through the gate that
// strangers use.
//
// It holds sources and one compiled module, which a test rebuilds from its source. A new package is a folder here and a
// word in Names.
package std

import (
	"embed"
	"io/fs"

	"github.com/dreamql/dreamql/registry"
)

//go:embed geo text finance
var files embed.FS

// Names of the packages, in the order to publish them.
var Names = []string{"geo", "text", "finance"}

// Package returns one of Names.
func Package(name string) (*registry.Package, error) {
	folder, err := fs.Sub(files, name)
	if err != nil {
		return nil, err
	}
	return registry.LoadFS(folder)
}

// Packages returns all of them.
func Packages() ([]*registry.Package, error) {
	var out []*registry.Package
	for _, name := range Names {
		p, err := Package(name)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}
