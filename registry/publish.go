package registry

import (
	"context"
	"fmt"
	"io"
)

// Publisher is the gate to the registry; every package passes it, those that come with DreamQL too.
type Publisher struct {
	Store   Store
	Blobs   Blobs
	Checker Checker
}

// Rejected says that a package is well formed but does not do what its examples promise.
type Rejected struct {
	Ref    Ref
	Checks []CheckResult // all of them, passed ones too
}

func (e *Rejected) Error() string {
	failed, first := 0, ""
	for _, c := range e.Checks {
		if c.OK {
			continue
		}
		if failed++; failed == 1 {
			first = c.Name + ": " + c.Message
		}
	}
	if failed == 1 {
		return fmt.Sprintf("%s was not published: %s", e.Ref, first)
	}
	return fmt.Sprintf("%s was not published: %s (and %d more)", e.Ref, first, failed-1)
}

// Publish reads an archive from a stranger, validates it, asks whether by may publish it, compiles and runs what is in it,
// keeps its bytes, and then makes it visible in one transaction. Its error is an *Invalid or *Rejected for what the author
// can mend, or wraps ErrExists or ErrForbidden; the registry is then as it was.
func (p *Publisher) Publish(ctx context.Context, archive io.Reader, by Account) (*Version, error) {
	pkg, err := Read(archive)
	if err != nil {
		return nil, err
	}
	return p.PublishPackage(ctx, pkg, by)
}

// PublishPackage is Publish for a package that was read already.
func (p *Publisher) PublishPackage(ctx context.Context, pkg *Package, by Account) (*Version, error) {
	ref := pkg.Ref()
	if err := p.mayPublish(ctx, ref, by); err != nil {
		return nil, err
	}
	checks, err := p.Checker.CheckPackage(ctx, pkg)
	if err != nil {
		return nil, fmt.Errorf("check %s: %w", ref, err)
	}
	for _, c := range checks {
		if !c.OK {
			return nil, &Rejected{Ref: ref, Checks: checks}
		}
	}
	if m, ok := p.Checker.(Measurer); ok {
		if err := m.MeasurePackage(ctx, pkg); err != nil {
			return nil, fmt.Errorf("measure %s: %w", ref, err)
		}
	}
	// Bytes before rows: a version that is visible can always be loaded. Bytes without a row do no harm.
	if err := WriteBlob(ctx, p.Blobs, pkg.Digest, pkg.Archive); err != nil {
		return nil, err
	}
	for digest, data := range pkg.Blobs() {
		if err := WriteBlob(ctx, p.Blobs, digest, data); err != nil {
			return nil, err
		}
	}
	return p.Store.Insert(ctx, pkg, checks, by)
}

// Check is all of PublishPackage but publishing: whether by may, and what the checks find.
func (p *Publisher) Check(ctx context.Context, pkg *Package, by Account) ([]CheckResult, error) {
	if err := p.mayPublish(ctx, pkg.Ref(), by); err != nil {
		return nil, err
	}
	return p.Checker.CheckPackage(ctx, pkg)
}

// mayPublish refuses early, before any code runs; Insert decides in the end.
func (p *Publisher) mayPublish(ctx context.Context, ref Ref, by Account) error {
	if _, err := p.Store.Version(ctx, ref); err == nil {
		return Exists(ref)
	}
	return p.Store.MayPublish(ctx, ref.Scope, by)
}

// Exists is the error for a version that is published already.
func Exists(ref Ref) error {
	return fmt.Errorf("%s is %w; versions never change, so publish this under a new version number", ref, ErrExists)
}
