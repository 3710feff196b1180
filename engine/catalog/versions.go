package catalog

import "context"

// Versions is what a Catalog also implements that can list the versions of a package, the newest first.
type Versions interface {
	Versions(ctx context.Context, pkg string) ([]string, error)
}

// VersionsOf lists the versions of a package as far as the catalogue tells: all of them, or the one that it would choose.
func VersionsOf(ctx context.Context, c Catalog, pkg string) ([]string, error) {
	if v, ok := c.(Versions); ok {
		return v.Versions(ctx, pkg)
	}
	p, err := c.Package(ctx, pkg, "")
	if err != nil || p == nil {
		return nil, err
	}
	return []string{p.Version}, nil
}
