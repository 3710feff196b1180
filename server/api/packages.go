package api

import (
	"bytes"
	"context"

	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/server/account"
)

// publisher is the caller as the registry knows accounts.
func publisher(who *account.Identity) registry.Account {
	return registry.Account{ID: who.AccountID, Owner: who.Name == "owner" && who.May(account.Admin)}
}

// ListPackages searches the registry.
func (a *API) ListPackages(ctx context.Context, r ListPackagesRequestObject) (ListPackagesResponseObject, error) {
	list, next, err := a.Registry.Search(ctx, value(r.Params.Q, ""), value(r.Params.Cursor, ""), pageSize(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	items := make([]PackageSummary, len(list))
	for i, p := range list {
		items[i] = PackageSummary{Scope: p.Scope, Name: p.Name, Version: p.Version, Description: p.Description,
			Kinds: &p.Kinds, Functions: &p.Functions, PublishedAt: &p.PublishedAt, Downloads: &p.Downloads}
	}
	return ListPackages200JSONResponse{Items: items, NextCursor: optional(next)}, nil
}

// PublishPackage takes a package's archive through the gate.
func (a *API) PublishPackage(ctx context.Context, r PublishPackageRequestObject) (PublishPackageResponseObject, error) {
	v, err := a.Publisher.Publish(ctx, r.Body, publisher(account.From(ctx)))
	if err != nil {
		return nil, readError(r.Body, err)
	}
	return PublishPackage201JSONResponse(packageVersion(v)), nil
}

// GetPackage returns a package with its newest version.
func (a *API) GetPackage(ctx context.Context, r GetPackageRequestObject) (GetPackageResponseObject, error) {
	latest, err := a.Registry.Latest(ctx, r.Scope, r.Name)
	if err != nil {
		return nil, err
	}
	versions, err := a.Registry.Versions(ctx, r.Scope, r.Name)
	if err != nil {
		return nil, err
	}
	return GetPackage200JSONResponse{Scope: r.Scope, Name: r.Name, Latest: packageVersion(latest), Versions: versionSummaries(versions)}, nil
}

// ListPackageVersions lists versions, newest first.
func (a *API) ListPackageVersions(ctx context.Context, r ListPackageVersionsRequestObject) (ListPackageVersionsResponseObject, error) {
	versions, err := a.Registry.Versions(ctx, r.Scope, r.Name)
	if err != nil {
		return nil, err
	}
	return ListPackageVersions200JSONResponse{Items: versionSummaries(versions)}, nil
}

// GetPackageVersion returns one version.
func (a *API) GetPackageVersion(ctx context.Context, r GetPackageVersionRequestObject) (GetPackageVersionResponseObject, error) {
	v, err := a.Registry.Version(ctx, registry.Ref{Scope: r.Scope, Name: r.Name, Version: r.Version})
	if err != nil {
		return nil, err
	}
	return GetPackageVersion200JSONResponse(packageVersion(v)), nil
}

// DownloadPackage returns the archive of a version.
func (a *API) DownloadPackage(ctx context.Context, r DownloadPackageRequestObject) (DownloadPackageResponseObject, error) {
	ref := registry.Ref{Scope: r.Scope, Name: r.Name, Version: r.Version}
	v, err := a.Registry.Version(ctx, ref)
	if err != nil {
		return nil, err
	}
	archive, err := registry.ReadBlob(ctx, a.Publisher.Blobs, v.Digest)
	if err != nil {
		return nil, err
	}
	if err := a.Registry.CountDownload(ctx, ref); err != nil {
		a.Log.Warn("a download was not counted", "package", ref.String(), "error", err)
	}
	return DownloadPackage200ApplicationgzipResponse{Body: bytes.NewReader(archive), ContentLength: int64(len(archive))}, nil
}

// YankPackageVersion hides a version from new imports, or shows it again.
func (a *API) YankPackageVersion(ctx context.Context, r YankPackageVersionRequestObject) (YankPackageVersionResponseObject, error) {
	ref := registry.Ref{Scope: r.Scope, Name: r.Name, Version: r.Version}
	if err := a.Registry.Yank(ctx, ref, r.Body.Yanked, value(r.Body.Reason, ""), publisher(account.From(ctx))); err != nil {
		return nil, err
	}
	return YankPackageVersion204Response{}, nil
}

func versionSummaries(list []registry.VersionSummary) []PackageVersionSummary {
	out := make([]PackageVersionSummary, len(list))
	for i, v := range list {
		out[i] = PackageVersionSummary{Version: v.Version, Digest: v.Digest, Size: &v.Size, PublishedAt: v.PublishedAt, Yanked: v.Yanked}
	}
	return out
}

// measured is a number that was measured, nil for none.
func measured(x float64) *float64 {
	if x == 0 {
		return nil
	}
	return &x
}

func packageVersion(v *registry.Version) PackageVersion {
	about := v.Manifest.Package
	out := PackageVersion{Scope: v.Scope, Name: v.Name, Version: v.Version, Digest: v.Digest, Size: &v.Size, Description: about.Description,
		License: optional(about.License), Repository: optional(about.Repository), Readme: v.Readme, Functions: []FunctionDoc{},
		Import: optional(v.Import()), PublishedAt: v.PublishedAt, PublishedBy: optional(v.PublishedBy), Yanked: v.Yanked, Downloads: &v.Downloads, Notebooks: &v.Notebooks}
	for _, f := range v.Functions {
		examples := make([]FunctionExample, len(f.Examples))
		for i, e := range f.Examples {
			examples[i] = FunctionExample{Call: e.Call, Result: e.Result}
		}
		out.Functions = append(out.Functions, FunctionDoc{Name: f.Name, Signature: f.Signature, Kind: FunctionDocKind(f.Kind), Shape: FunctionDocShape(f.Shape),
			Doc: optional(f.Doc), Examples: &examples, NsPerRow: measured(f.Cost), Selectivity: measured(f.Selectivity), Tier: optional(f.Tier)})
	}
	checks := make([]PublishCheck, len(v.Checks))
	for i, c := range v.Checks {
		checks[i] = PublishCheck{Name: c.Name, Ok: c.OK, Message: optional(c.Message)}
	}
	out.Checks = &checks
	return out
}
